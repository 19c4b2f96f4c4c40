import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AccessControlEntryFilter;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourcePatternFilter;
import org.apache.kafka.common.resource.ResourceType;

final class Administering {
  private Administering() {}

  static void run(JsonNode job, Conversation with) throws InterruptedException {
    Map<String, Object> settings = Settings.client(job);
    settings.put("request.timeout.ms", 10_000);
    settings.put("default.api.timeout.ms", 20_000);
    try (Admin admin = Admin.create(settings)) {
      for (JsonNode operation : job.get("operations")) {
        ObjectNode did = Json.object().put("op", operation.get("op").asText());
        try {
          call(admin, operation, did);
        } catch (Exception failure) {
          did.put("error", failure.toString());
        }
        with.say(Json.under("did", did));
      }
    }
  }

  private static void call(Admin admin, JsonNode operation, ObjectNode did) throws Exception {
    String topic = operation.path("topic").asText();
    String group = operation.path("group").asText();
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    AclBindingFilter acls = new AclBindingFilter(
        new ResourcePatternFilter(ResourceType.TOPIC, topic, PatternType.LITERAL), AccessControlEntryFilter.ANY);
    switch (operation.get("op").asText()) {
      case "describe-cluster" -> {
        did.put("clusterId", admin.describeCluster().clusterId().get());
        did.put("brokers", admin.describeCluster().nodes().get().size());
      }
      case "create-topic" -> {
        Map<String, String> config = new HashMap<>();
        operation.get("config").fields().forEachRemaining(each -> config.put(each.getKey(), each.getValue().asText()));
        NewTopic wanted = new NewTopic(topic, Optional.of(operation.get("partitions").asInt()), Optional.empty());
        admin.createTopics(List.of(wanted.configs(config))).all().get();
      }
      case "list-topics" -> addAll(did.putArray("topics"), admin.listTopics().names().get());
      case "describe-topic" ->
        did.put("partitions", admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size());
      case "create-partitions" ->
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(operation.get("count").asInt()))).all().get();
      case "describe-configs" -> {
        Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
        ObjectNode all = did.putObject("config");
        for (ConfigEntry entry : config.entries()) all.put(entry.name(), entry.value());
      }
      case "alter-configs" -> {
        List<AlterConfigOp> changes = new ArrayList<>();
        operation.get("config").fields().forEachRemaining(each ->
            changes.add(new AlterConfigOp(new ConfigEntry(each.getKey(), each.getValue().asText()), AlterConfigOp.OpType.SET)));
        admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
      }
      case "list-offsets" -> {
        int partitions = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
        ArrayNode earliest = did.putArray("earliest");
        ArrayNode latest = did.putArray("latest");
        for (int i = 0; i < partitions; i++) {
          earliest.add(offset(admin, new TopicPartition(topic, i), OffsetSpec.earliest()));
          latest.add(offset(admin, new TopicPartition(topic, i), OffsetSpec.latest()));
        }
      }
      case "delete-records" -> {
        TopicPartition partition = new TopicPartition(topic, operation.get("partition").asInt());
        admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(operation.get("before").asLong()))).all().get();
      }
      case "list-groups" -> {
        ArrayNode groups = did.putArray("groups");
        admin.listConsumerGroups().all().get().forEach(each -> groups.add(each.groupId()));
      }
      case "describe-group" -> {
        ConsumerGroupDescription found = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        did.put("state", found.state().toString()).put("members", found.members().size());
      }
      case "group-offsets" -> {
        int partitions = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
        Map<TopicPartition, OffsetAndMetadata> found = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        ArrayNode offsets = did.putArray("offsets");
        for (int i = 0; i < partitions; i++) {
          OffsetAndMetadata at = found.get(new TopicPartition(topic, i));
          offsets.add(at == null ? null : at.offset());
        }
      }
      case "alter-group-offsets" -> {
        TopicPartition partition = new TopicPartition(topic, operation.get("partition").asInt());
        OffsetAndMetadata at = new OffsetAndMetadata(operation.get("offset").asLong());
        admin.alterConsumerGroupOffsets(group, Map.of(partition, at)).all().get();
      }
      case "delete-group" -> admin.deleteConsumerGroups(List.of(group)).all().get();
      case "create-acl" -> {
        AccessControlEntry entry =
            new AccessControlEntry(operation.get("principal").asText(), "*", AclOperation.READ, AclPermissionType.ALLOW);
        admin.createAcls(List.of(new AclBinding(new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL), entry))).all().get();
      }
      case "describe-acls" -> did.put("acls", admin.describeAcls(acls).values().get().size());
      case "delete-acls" -> did.put("acls", admin.deleteAcls(List.of(acls)).all().get().size());
      case "delete-topic" -> admin.deleteTopics(List.of(topic)).all().get();
      default -> throw new IllegalArgumentException("no such operation");
    }
  }

  private static long offset(Admin admin, TopicPartition partition, OffsetSpec spec) throws Exception {
    return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
  }

  private static void addAll(ArrayNode to, Iterable<String> names) {
    names.forEach(to::add);
  }
}
