"""confluent-kafka (librdkafka) as a program of the matrix."""

import sys
import time

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)
from program import (
    LOGIN_WITHIN_S,
    WITHIN_S,
    administer,
    input_ended,
    log_in,
    read_records,
    run_verb,
    say,
    say_record,
)


def settings(job, **more):
    security = job["security"]
    common = {
        "bootstrap.servers": job["bootstrap"],
        "security.protocol": security["protocol"],
        "reconnect.backoff.max.ms": 500,
        "log_level": 2,
        **more,
    }
    if security["protocol"] == "PLAINTEXT":
        return common
    login = security["login"]
    common.update(
        {
            "sasl.mechanism": login["mechanism"],
            "sasl.username": login["username"],
            "sasl.password": login["password"],
        }
    )
    if security["protocol"] == "SASL_SSL":
        common["ssl.ca.location"] = security["ca"]
    return common


def show(message):
    _, timestamp = message.timestamp()
    say_record(message.partition(), message.offset(), message.key(), message.value(), message.headers(), timestamp)


def produce(job):
    for part in job["parts"]:
        producer = Producer(
            settings(
                job,
                **{
                    "acks": "all",
                    "enable.idempotence": part["idempotent"],
                    "compression.type": part["compression"],
                    "linger.ms": 5,
                },
            )
        )
        for index, (key, value, headers, timestamp) in enumerate(read_records(part["records"])):

            def delivered(error, message, index=index):
                if error:
                    raise KafkaException(error)
                say(acked={"partition": message.partition(), "index": index, "offset": message.offset()})

            producer.produce(
                job["topic"],
                partition=part["partition"],
                key=key,
                value=value,
                headers=headers,
                timestamp=timestamp,
                on_delivery=delivered,
            )
        if producer.flush(WITHIN_S) > 0:
            sys.exit("records are left over")


def consume(job):
    consumer = Consumer(
        settings(
            job,
            **{
                "group.id": job["group"],
                "isolation.level": job["isolation"],
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 200,
            },
        )
    )
    consumer.assign([TopicPartition(job["topic"], each, OFFSET_BEGINNING) for each in range(job["partitions"])])
    left = job["count"]
    while left > 0:
        for message in consumer.consume(min(left, 100), 0.2):
            if message.error():
                raise KafkaException(message.error())
            show(message)
            left -= 1
    consumer.close()


def member(job):
    config = {"group.id": job["group"], "auto.offset.reset": "earliest", "enable.auto.commit": False}
    if job["protocol"] == "consumer":
        config["group.protocol"] = "consumer"
    else:
        config["session.timeout.ms"] = job["sessionTimeoutMs"]
        config["heartbeat.interval.ms"] = job["heartbeatMs"]
    consumer = Consumer(settings(job, **config, **{"fetch.wait.max.ms": 200}))
    own = set()

    def assigned(_, partitions):
        own.update(each.partition for each in partitions)
        say(assigned=sorted(own))

    def revoked(_, partitions):
        own.difference_update(each.partition for each in partitions)
        say(assigned=sorted(own))

    consumer.subscribe([job["topic"]], on_assign=assigned, on_revoke=revoked, on_lost=revoked)
    while not input_ended():
        messages = [each for each in consumer.consume(100, 0.1) if not each.error()]
        if not messages:
            continue
        for message in messages:
            show(message)
        try:
            consumer.commit(asynchronous=False)
        except KafkaException as error:
            # Whoever has the partition now reads it again.
            print("commit:", error, file=sys.stderr)
    consumer.close()


def transactions(job):
    producer = Producer(settings(job, **{"transactional.id": job["transactionalId"]}))
    producer.init_transactions(WITHIN_S)
    for index, one in enumerate(job["transactions"]):
        producer.begin_transaction()
        for key, value, headers, timestamp in read_records(one["records"]):
            producer.produce(
                job["topic"], partition=one["partition"], key=key, value=value, headers=headers, timestamp=timestamp
            )
        producer.flush(WITHIN_S)
        end(producer, one["end"])
        say(ended={"index": index, "end": one["end"]})


def end(producer, how):
    if how == "commit":
        producer.commit_transaction(WITHIN_S)
    else:
        producer.abort_transaction(WITHIN_S)


def transform(job):
    producer = Producer(settings(job, **{"transactional.id": job["transactionalId"]}))
    producer.init_transactions(WITHIN_S)
    consumer = Consumer(
        settings(
            job,
            **{
                "group.id": job["group"],
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 200,
            },
        )
    )
    consumer.subscribe([job["from"]])
    done = index = 0
    while done < job["count"]:
        batch = [each for each in consumer.consume(job["batch"], 0.3) if not each.error()]
        if not batch:
            continue
        first = {}
        behind = {}
        producer.begin_transaction()
        for message in batch:
            partition = message.partition()
            first.setdefault(partition, message.offset())
            behind[partition] = message.offset() + 1
            producer.produce(
                job["to"], partition=partition, key=message.key(), value=b"t:" + (message.value() or b"")
            )
        places = [TopicPartition(job["from"], partition, offset) for partition, offset in behind.items()]
        producer.send_offsets_to_transaction(places, consumer.consumer_group_metadata(), WITHIN_S)
        how = "abort" if index == 1 else "commit"
        end(producer, how)
        say(ended={"index": index, "end": how})
        index += 1
        if how == "commit":
            done += len(batch)
        else:
            for partition, offset in first.items():
                consumer.seek(TopicPartition(job["from"], partition, offset))
    consumer.close()


def login(job):
    def attempt(one):
        refused = []
        producer = Producer(
            settings(one, **{"message.timeout.ms": LOGIN_WITHIN_S * 1000, "error_cb": refused.append})
        )
        outcomes = []
        producer.produce(job["topic"], partition=0, value=one["value"], on_delivery=lambda error, _: outcomes.append(error))
        until = time.monotonic() + LOGIN_WITHIN_S + 2
        # A login that is refused is tried again until the message is too old.
        while not outcomes and not refused and time.monotonic() < until:
            producer.poll(0.1)
        failed = outcomes[0] if outcomes else (refused or ["no answer"])[0]
        producer.purge()
        producer.flush(1)
        if failed is not None:
            raise KafkaException(failed)

    log_in(job, attempt)


def stream(job):
    producer = Producer(settings(job, **{"acks": "all", "enable.idempotence": job["idempotent"], "linger.ms": 0}))
    index = 0

    def delivered_as(number):
        def delivered(error, message):
            if error:
                say(failed={"index": number, "error": str(error)})
            else:
                say(acked={"partition": message.partition(), "index": number, "offset": message.offset()})

        return delivered

    while not input_ended():
        producer.produce(
            job["topic"], partition=index % job["partitions"], value=str(index), on_delivery=delivered_as(index)
        )
        index += 1
        producer.poll(job["pauseMs"] / 1000)
    if producer.flush(WITHIN_S) > 0:
        sys.exit("records are left over")


def admin(job):
    client = AdminClient(settings(job))
    administer(
        job,
        client,
        describe_cluster,
        create_topic,
        list_topics,
        describe_topic,
        create_partitions,
        describe_configs,
        alter_configs,
        list_offsets,
        delete_records,
        list_groups,
        describe_group,
        group_offsets,
        alter_group_offsets,
        delete_group,
        create_acl,
        describe_acls,
        delete_acls,
        delete_topic,
    )


def one(futures):
    [future] = futures.values()
    return future.result(WITHIN_S)


def settings_of(topic, config=()):
    return ConfigResource(ResourceType.TOPIC, topic, incremental_configs=list(config) or None)


def describe_cluster(client, _):
    found = client.describe_cluster().result(WITHIN_S)
    return {"clusterId": found.cluster_id, "brokers": len(found.nodes)}


def list_topics(client, _):
    return {"topics": list(client.list_topics(timeout=WITHIN_S).topics)}


def describe_topic(client, operation):
    return {"partitions": len(partitions_of(client, operation["topic"]))}


def create_topic(client, operation):
    one(client.create_topics([NewTopic(operation["topic"], operation["partitions"], 1, config=operation["config"])]))


def partitions_of(client, topic):
    return sorted(client.list_topics(topic, timeout=WITHIN_S).topics[topic].partitions)


def alter_configs(client, operation):
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in operation["config"].items()
    ]
    one(client.incremental_alter_configs([settings_of(operation["topic"], entries)]))


def describe_configs(client, operation):
    found = one(client.describe_configs([settings_of(operation["topic"])]))
    return {"config": {name: entry.value for name, entry in found.items()}}


def list_offsets(client, operation):
    topic = operation["topic"]
    places = [TopicPartition(topic, each) for each in partitions_of(client, topic)]

    def at(spec):
        futures = client.list_offsets({place: spec for place in places})
        found = {place.partition: future.result(WITHIN_S).offset for place, future in futures.items()}
        return [found[place.partition] for place in places]

    return {"earliest": at(OffsetSpec.earliest()), "latest": at(OffsetSpec.latest())}


def delete_records(client, operation):
    one(client.delete_records([TopicPartition(operation["topic"], operation["partition"], operation["before"])]))


def list_groups(client, _):
    return {"groups": [each.group_id for each in client.list_consumer_groups().result(WITHIN_S).valid]}


def describe_group(client, operation):
    found = one(client.describe_consumer_groups([operation["group"]]))
    return {"state": found.state.name, "members": len(found.members)}


def group_offsets(client, operation):
    topic = operation["topic"]
    places = [TopicPartition(topic, each) for each in partitions_of(client, topic)]
    found = one(client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(operation["group"], places)]))
    offsets = {place.partition: place.offset for place in found.topic_partitions}
    return {"offsets": [offsets[each.partition] if offsets[each.partition] >= 0 else None for each in places]}


def alter_group_offsets(client, operation):
    place = TopicPartition(operation["topic"], operation["partition"], operation["offset"])
    one(client.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(operation["group"], [place])]))


def delete_group(client, operation):
    one(client.delete_consumer_groups([operation["group"]]))


def create_acl(client, operation):
    binding = AclBinding(
        ResourceType.TOPIC,
        operation["topic"],
        ResourcePatternType.LITERAL,
        operation["principal"],
        "*",
        AclOperation.READ,
        AclPermissionType.ALLOW,
    )
    one(client.create_acls([binding]))


def acls_of(topic):
    return AclBindingFilter(
        ResourceType.TOPIC,
        topic,
        ResourcePatternType.LITERAL,
        None,
        None,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )


def describe_acls(client, operation):
    return {"acls": len(client.describe_acls(acls_of(operation["topic"])).result(WITHIN_S))}


def delete_acls(client, operation):
    return {"acls": len(one(client.delete_acls([acls_of(operation["topic"])])))}


def create_partitions(client, operation):
    one(client.create_partitions([NewPartitions(operation["topic"], operation["count"])]))


def delete_topic(client, operation):
    one(client.delete_topics([operation["topic"]]))


run_verb(produce, consume, member, transactions, transform, login, stream, admin)
