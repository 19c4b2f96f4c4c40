import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Where a client connects and how it logs in, in Kafka's own settings. */
final class Settings {
  private Settings() {}

  static Map<String, Object> client(JsonNode at) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", at.get("bootstrap").asText());
    JsonNode security = at.get("security");
    settings.put("security.protocol", security.get("protocol").asText());
    JsonNode login = security.get("login");
    if (login != null) {
      String mechanism = login.get("mechanism").asText();
      String module = mechanism.equals("PLAIN") ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
      settings.put("sasl.mechanism", mechanism);
      settings.put("sasl.jaas.config", String.format("org.apache.kafka.common.security.%s required username=\"%s\" password=\"%s\";",
          module, login.get("username").asText(), login.get("password").asText()));
    }
    if (security.has("ca")) {
      settings.put("ssl.truststore.type", "PEM");
      settings.put("ssl.truststore.location", security.get("ca").asText());
    }
    return settings;
  }

  static Map<String, Object> producer(JsonNode at) {
    Map<String, Object> settings = client(at);
    settings.put("key.serializer", ByteArraySerializer.class);
    settings.put("value.serializer", ByteArraySerializer.class);
    settings.put("acks", "all");
    return settings;
  }

  static Map<String, Object> consumer(JsonNode at) {
    Map<String, Object> settings = client(at);
    settings.put("key.deserializer", ByteArrayDeserializer.class);
    settings.put("value.deserializer", ByteArrayDeserializer.class);
    settings.put("auto.offset.reset", "earliest");
    settings.put("enable.auto.commit", "false");
    settings.put("fetch.max.wait.ms", "50");
    return settings;
  }
}
