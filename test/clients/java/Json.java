import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/** Records and answers as JSON: bytes are base64. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Json() {}

  static JsonNode read(String text) throws JsonProcessingException {
    return MAPPER.readTree(text);
  }

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** The records of a file, for one partition. */
  static List<ProducerRecord<byte[], byte[]>> records(String file, String topic, int partition) throws IOException {
    List<ProducerRecord<byte[], byte[]>> all = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(file))) {
      if (line.isEmpty()) continue;
      JsonNode record = read(line);
      List<Header> headers = new ArrayList<>();
      record.get("headers").forEach(header -> headers.add(new RecordHeader(header.get(0).asText(), bytes(header.get(1)))));
      long timestamp = record.get("timestamp").asLong();
      all.add(new ProducerRecord<>(topic, partition, timestamp, bytes(record.get("key")), bytes(record.get("value")), headers));
    }
    return all;
  }

  static ObjectNode record(ConsumerRecord<byte[], byte[]> record) {
    ObjectNode seen = object();
    seen.put("partition", record.partition()).put("offset", record.offset()).put("timestamp", record.timestamp());
    seen.put("key", text(record.key())).put("value", text(record.value()));
    ArrayNode headers = seen.putArray("headers");
    for (Header header : record.headers()) headers.addArray().add(header.key()).add(text(header.value()));
    return under("record", seen);
  }

  static ObjectNode under(String name, ObjectNode what) {
    ObjectNode answer = object();
    answer.set(name, what);
    return answer;
  }

  private static byte[] bytes(JsonNode text) {
    return text.isNull() ? null : Base64.getDecoder().decode(text.asText());
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }
}
