import { Kafka, logLevel } from 'kafkajs';
const [,, port, from, to] = process.argv;
const k = new Kafka({ brokers: ['127.0.0.1:'+port], logLevel: logLevel.ERROR });
const p = k.producer(); await p.connect(); for (let i = +from; i <= +to; i++) await p.send({ topic: 'dr-topic', messages: [{ value: String(i) }] }); await p.disconnect();
const a = k.admin(); await a.connect(); await a.setOffsets({ groupId: 'cli-consumer', topic: 'dr-topic', partitions: [{partition: 0, offset: '5'}]}); await a.disconnect();
