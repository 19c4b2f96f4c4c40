import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;

final class Reading {
  private static final long ALL_WITHIN_MS = 50_000;
  private static final Duration POLL = Duration.ofMillis(50);

  private Reading() {}

  static void consume(JsonNode job, Conversation with) {
    Map<String, Object> settings = Settings.consumer(job);
    settings.put("isolation.level", job.get("isolation").asText());
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
      String topic = job.get("topic").asText();
      List<TopicPartition> all =
          IntStream.range(0, job.get("partitions").asInt()).mapToObj(partition -> new TopicPartition(topic, partition)).toList();
      consumer.assign(all);
      consumer.seekToBeginning(all);
      int missing = job.get("count").asInt();
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ALL_WITHIN_MS);
      while (missing > 0) {
        if (System.nanoTime() > end) throw new IllegalStateException(missing + " records are missing");
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          with.say(Json.record(record));
          missing--;
        }
      }
    }
  }

  static void member(JsonNode job, Conversation with) {
    Map<String, Object> settings = Settings.consumer(job);
    settings.put("group.id", job.get("group").asText());
    settings.put("group.protocol", job.get("protocol").asText());
    settings.put("metadata.max.age.ms", 2_000);
    settings.put("default.api.timeout.ms", 5_000);
    settings.put("request.timeout.ms", 4_000);
    settings.put("reconnect.backoff.max.ms", 200);
    if (job.get("protocol").asText().equals("classic")) {
      settings.put("session.timeout.ms", job.get("sessionTimeoutMs").asInt());
      settings.put("heartbeat.interval.ms", job.get("heartbeatMs").asInt());
    }
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
      consumer.subscribe(List.of(job.get("topic").asText()), new Told(with));
      while (!with.inputEnded()) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) with.say(Json.record(record));
        commit(consumer);
      }
      commit(consumer);
    }
  }

  /** What is not committed now is committed later, or read again by who has the partition then. */
  private static void commit(KafkaConsumer<byte[], byte[]> consumer) {
    try {
      if (!consumer.assignment().isEmpty()) consumer.commitSync();
    } catch (CommitFailedException | RebalanceInProgressException moved) {
      System.err.println("not committed: " + moved);
    } catch (RetriableException away) {
      System.err.println("not committed: " + away);
    }
  }

  private static final class Told implements ConsumerRebalanceListener {
    private final Conversation with;
    private final TreeSet<Integer> mine = new TreeSet<>();

    Told(Conversation with) {
      this.with = with;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> added) {
      added.forEach(each -> mine.add(each.partition()));
      say();
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> taken) {
      taken.forEach(each -> mine.remove(each.partition()));
      say();
    }

    private void say() {
      ObjectNode answer = Json.object();
      ArrayNode all = answer.putArray("assigned");
      mine.forEach(all::add);
      with.say(answer);
    }
  }
}
