import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

final class Writing {
  private Writing() {}

  static void produce(JsonNode job, Conversation with) throws Exception {
    for (JsonNode part : job.get("parts")) {
      Map<String, Object> settings = Settings.producer(job);
      settings.put("compression.type", part.get("compression").asText());
      settings.put("enable.idempotence", part.get("idempotent").asBoolean());
      // Otherwise a batch that is sent again can overtake another one.
      if (!part.get("idempotent").asBoolean()) settings.put("max.in.flight.requests.per.connection", 1);
      try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
        int partition = part.get("partition").asInt();
        sendAll(producer, Json.records(part.get("records").asText(), job.get("topic").asText(), partition), with);
      }
    }
  }

  /** Throws the first failure. */
  static void sendAll(KafkaProducer<byte[], byte[]> producer, List<ProducerRecord<byte[], byte[]>> records, Conversation with)
      throws Exception {
    AtomicReference<Exception> first = new AtomicReference<>();
    for (int i = 0; i < records.size(); i++) {
      int index = i;
      producer.send(records.get(i), (at, failure) -> {
        if (failure != null) first.compareAndSet(null, failure);
        else with.say(acked(at.partition(), index, at.offset()));
      });
    }
    producer.flush();
    if (first.get() != null) throw first.get();
  }

  static void stream(JsonNode job, Conversation with) throws Exception {
    Map<String, Object> settings = Settings.producer(job);
    settings.put("enable.idempotence", job.get("idempotent").asBoolean());
    settings.put("reconnect.backoff.max.ms", 200);
    settings.put("max.block.ms", 60_000);
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
      String topic = job.get("topic").asText();
      for (int number = 0; !with.inputEndsWithin(job.get("pauseMs").asLong()); number++) {
        int index = number;
        byte[] value = String.valueOf(number).getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(topic, number % job.get("partitions").asInt(), null, value), (at, failure) -> {
          if (failure == null) with.say(acked(at.partition(), index, at.offset()));
          else with.say(Json.under("failed", Json.object().put("index", index).put("error", failure.toString())));
        });
      }
      producer.flush();
    }
  }

  static void login(JsonNode job, Conversation with) throws Exception {
    int index = 0;
    for (JsonNode attempt : job.get("attempts")) {
      ObjectNode login = Json.object().put("index", index++);
      Map<String, Object> settings = Settings.producer(attempt);
      settings.put("max.block.ms", 8_000);
      settings.put("request.timeout.ms", 4_000);
      settings.put("delivery.timeout.ms", 8_000);
      KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings);
      try {
        byte[] value = attempt.get("value").asText().getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(job.get("topic").asText(), 0, null, value)).get();
      } catch (ExecutionException | KafkaException refused) {
        login.put("error", refused.toString());
      } finally {
        producer.close(Duration.ofSeconds(1));
      }
      with.say(Json.under("login", login));
    }
  }

  private static ObjectNode acked(int partition, int index, long offset) {
    return Json.under("acked", Json.object().put("partition", partition).put("index", index).put("offset", offset));
  }
}
