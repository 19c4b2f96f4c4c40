import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

final class Transactions {
  private static final long ALL_WITHIN_MS = 50_000;
  private static final byte[] PREFIX = "t:".getBytes(StandardCharsets.UTF_8);

  private Transactions() {}

  static void inTurn(JsonNode job, Conversation with) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = producer(job)) {
      int index = 0;
      for (JsonNode transaction : job.get("transactions")) {
        producer.beginTransaction();
        int partition = transaction.get("partition").asInt();
        String file = transaction.get("records").asText();
        Writing.sendAll(producer, Json.records(file, job.get("topic").asText(), partition), with);
        end(producer, transaction.get("end").asText(), index++, with);
      }
    }
  }

  static void transform(JsonNode job, Conversation with) {
    Map<String, Object> settings = Settings.consumer(job);
    settings.put("group.id", job.get("group").asText());
    settings.put("isolation.level", "read_committed");
    settings.put("max.poll.records", job.get("batch").asInt());
    try (KafkaProducer<byte[], byte[]> producer = producer(job);
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
      consumer.subscribe(List.of(job.get("from").asText()));
      int missing = job.get("count").asInt();
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ALL_WITHIN_MS);
      for (int index = 0; missing > 0; ) {
        if (System.nanoTime() > end) throw new IllegalStateException(missing + " records are missing");
        ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(50));
        if (records.isEmpty()) continue;
        producer.beginTransaction();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
          producer.send(new ProducerRecord<>(job.get("to").asText(), record.partition(), record.key(), prefixed(record.value())));
          offsets.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        producer.flush();
        boolean aborts = index == 1;
        end(producer, aborts ? "abort" : "commit", index++, with);
        if (aborts) rewind(consumer);
        else missing -= records.count();
      }
    }
  }

  private static KafkaProducer<byte[], byte[]> producer(JsonNode job) {
    Map<String, Object> settings = Settings.producer(job);
    settings.put("transactional.id", job.get("transactionalId").asText());
    KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings);
    producer.initTransactions();
    return producer;
  }

  private static void end(KafkaProducer<byte[], byte[]> producer, String end, int index, Conversation with) {
    if (end.equals("commit")) producer.commitTransaction();
    else producer.abortTransaction();
    with.say(Json.under("ended", Json.object().put("index", index).put("end", end)));
  }

  /** To what is committed, or the beginning. */
  private static void rewind(KafkaConsumer<byte[], byte[]> consumer) {
    Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(consumer.assignment());
    for (TopicPartition partition : consumer.assignment()) {
      OffsetAndMetadata at = committed.get(partition);
      if (at == null) consumer.seekToBeginning(List.of(partition));
      else consumer.seek(partition, at.offset());
    }
  }

  private static byte[] prefixed(byte[] value) {
    int length = value == null ? 0 : value.length;
    byte[] all = new byte[PREFIX.length + length];
    System.arraycopy(PREFIX, 0, all, 0, PREFIX.length);
    if (length > 0) System.arraycopy(value, 0, all, PREFIX.length, length);
    return all;
  }
}
