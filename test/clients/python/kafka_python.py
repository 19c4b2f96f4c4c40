"""kafka-python as a program of the matrix."""

import sys
import time

from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    OffsetSpec,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata
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
        "bootstrap_servers": job["bootstrap"],
        "security_protocol": security["protocol"],
        "reconnect_backoff_max_ms": 500,
        **more,
    }
    if security["protocol"] == "PLAINTEXT":
        return common
    login = security["login"]
    common.update(
        sasl_mechanism=login["mechanism"],
        sasl_plain_username=login["username"],
        sasl_plain_password=login["password"],
    )
    if security["protocol"] == "SASL_SSL":
        common["ssl_cafile"] = security["ca"]
    return common


def show(message):
    say_record(message.partition, message.offset, message.key, message.value, message.headers, message.timestamp)


def produce(job):
    for part in job["parts"]:
        compression = part["compression"]
        producer = KafkaProducer(
            **settings(
                job,
                acks="all",
                enable_idempotence=part["idempotent"],
                compression_type=None if compression == "none" else compression,
                linger_ms=5,
            )
        )
        sent = [
            producer.send(
                job["topic"],
                partition=part["partition"],
                key=key,
                value=value,
                headers=headers,
                timestamp_ms=timestamp,
            )
            for key, value, headers, timestamp in read_records(part["records"])
        ]
        for index, future in enumerate(sent):
            metadata = future.get(WITHIN_S)
            say(acked={"partition": metadata.partition, "index": index, "offset": metadata.offset})
        producer.close()


def consume(job):
    consumer = KafkaConsumer(**settings(job, isolation_level=job["isolation"], fetch_max_wait_ms=200))
    partitions = [TopicPartition(job["topic"], each) for each in range(job["partitions"])]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    left = job["count"]
    while left > 0:
        for messages in consumer.poll(200, max_records=left).values():
            for message in messages:
                show(message)
                left -= 1
    consumer.close()


def subscribed(consumer, topic, listener=None):
    """With the topic's partitions known before the first round.

    A leader that learns of them later joins once more for their sake. Where a poll ends while it waits for that round,
    it no longer sees a reason to join, and never looks at what it was assigned (KAFKA-9815 mends the same in Java).
    """
    consumer.subscribe([topic], listener=listener)
    while not consumer.partitions_for_topic(topic):
        pass  # Asked again: an answer that was under way told of other topics.
    return consumer


class Assigned(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        say(assigned=[])

    def on_partitions_assigned(self, assigned):
        say(assigned=sorted(each.partition for each in assigned))


def member(job):
    if job["protocol"] != "classic":
        sys.exit("kafka-python knows the classic protocol only")
    consumer = KafkaConsumer(
        **settings(
            job,
            group_id=job["group"],
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            session_timeout_ms=job["sessionTimeoutMs"],
            heartbeat_interval_ms=job["heartbeatMs"],
            fetch_max_wait_ms=200,
        )
    )
    subscribed(consumer, job["topic"], Assigned())
    while not input_ended():
        found = consumer.poll(100)
        for messages in found.values():
            for message in messages:
                show(message)
        if found:
            try:
                consumer.commit()
            except KafkaError as error:
                # Whoever has the partition now reads it again.
                print("commit:", error, file=sys.stderr)
    consumer.close(autocommit=False)


def end(producer, how):
    if how == "commit":
        producer.commit_transaction()
    else:
        producer.abort_transaction()


def transactions(job):
    producer = KafkaProducer(**settings(job, transactional_id=job["transactionalId"]))
    producer.init_transactions()
    for index, one in enumerate(job["transactions"]):
        producer.begin_transaction()
        for key, value, headers, timestamp in read_records(one["records"]):
            producer.send(
                job["topic"],
                partition=one["partition"],
                key=key,
                value=value,
                headers=headers,
                timestamp_ms=timestamp,
            )
        producer.flush(WITHIN_S)
        end(producer, one["end"])
        say(ended={"index": index, "end": one["end"]})
    producer.close()


def transform(job):
    producer = KafkaProducer(**settings(job, transactional_id=job["transactionalId"]))
    producer.init_transactions()
    consumer = KafkaConsumer(
        **settings(
            job,
            group_id=job["group"],
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            isolation_level="read_committed",
            fetch_max_wait_ms=200,
        )
    )
    subscribed(consumer, job["from"])
    done = index = 0
    while done < job["count"]:
        found = consumer.poll(300, max_records=job["batch"])
        if not found:
            continue
        producer.begin_transaction()
        behind = {}
        for place, messages in found.items():
            for message in messages:
                value = b"t:" + (message.value or b"")
                producer.send(job["to"], partition=place.partition, key=message.key, value=value)
            behind[place] = OffsetAndMetadata(messages[-1].offset + 1, "", -1)
        producer.send_offsets_to_transaction(behind, consumer.group_metadata())
        producer.flush(WITHIN_S)
        how = "abort" if index == 1 else "commit"
        end(producer, how)
        say(ended={"index": index, "end": how})
        index += 1
        if how == "commit":
            done += sum(len(messages) for messages in found.values())
        else:
            for place, messages in found.items():
                consumer.seek(place, messages[0].offset)
    consumer.close(autocommit=False)
    producer.close()


def login(job):
    def attempt(one):
        within_ms = LOGIN_WITHIN_S * 1000
        producer = KafkaProducer(
            **settings(
                one,
                max_block_ms=within_ms,
                request_timeout_ms=within_ms - 1000,
                delivery_timeout_ms=within_ms,
                bootstrap_timeout_ms=within_ms,
            )
        )
        try:
            producer.send(job["topic"], partition=0, value=one["value"].encode()).get(LOGIN_WITHIN_S)
        finally:
            producer.close(timeout=1)

    log_in(job, attempt)


def stream(job):
    producer = KafkaProducer(**settings(job, acks="all", enable_idempotence=job["idempotent"]))
    index = 0
    while not input_ended():
        sent = producer.send(job["topic"], partition=index % job["partitions"], value=str(index).encode())

        def acked(metadata, number=index):
            say(acked={"partition": metadata.partition, "index": number, "offset": metadata.offset})

        def failed(error, number=index):
            say(failed={"index": number, "error": repr(error)})

        sent.add_callback(acked).add_errback(failed)
        index += 1
        time.sleep(job["pauseMs"] / 1000)
    producer.flush(WITHIN_S)
    producer.close()


def admin(job):
    client = KafkaAdminClient(**settings(job))
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
    client.close()


def describe_cluster(client, _):
    found = client.describe_cluster()
    return {"clusterId": found["cluster_id"], "brokers": len(found["brokers"])}


def list_topics(client, _):
    return {"topics": client.list_topics()}


def describe_topic(client, operation):
    return {"partitions": len(places_of(client, operation["topic"]))}


def create_topic(client, operation):
    options = {
        "num_partitions": operation["partitions"],
        "replication_factor": 1,
        "configs": operation["config"],
    }
    client.create_topics({operation["topic"]: options})


def places_of(client, topic):
    [found] = client.describe_topics([topic])
    return [TopicPartition(topic, each) for each in range(len(found["partitions"]))]


def create_partitions(client, operation):
    client.create_partitions({operation["topic"]: operation["count"]})


def alter_configs(client, operation):
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, operation["topic"], operation["config"])])


def describe_configs(client, operation):
    topic = operation["topic"]
    found = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
    return {"config": {name: config["value"] for name, config in found["topic"][topic].items()}}


def list_offsets(client, operation):
    places = places_of(client, operation["topic"])

    def at(spec):
        found = client.list_partition_offsets({place: spec for place in places})
        return [found[place].offset for place in places]

    return {"earliest": at(OffsetSpec.EARLIEST), "latest": at(OffsetSpec.LATEST)}


def delete_records(client, operation):
    client.delete_records({TopicPartition(operation["topic"], operation["partition"]): operation["before"]})


def list_groups(client, _):
    return {"groups": [each["group_id"] for each in client.list_groups()]}


def describe_group(client, operation):
    found = client.describe_groups([operation["group"]])[operation["group"]]
    return {"state": found["group_state"], "members": len(found["members"])}


def group_offsets(client, operation):
    group = operation["group"]
    places = places_of(client, operation["topic"])
    found = client.list_group_offsets({group: places})[group]
    return {"offsets": [found[each].offset if found[each].offset >= 0 else None for each in places]}


def alter_group_offsets(client, operation):
    place = TopicPartition(operation["topic"], operation["partition"])
    client.alter_group_offsets(operation["group"], {place: OffsetAndMetadata(operation["offset"], "", -1)})


def delete_group(client, operation):
    client.delete_groups([operation["group"]])


def create_acl(client, operation):
    pattern = ResourcePattern(ResourceType.TOPIC, operation["topic"])
    client.create_acls([ACL(operation["principal"], "*", ACLOperation.READ, ACLPermissionType.ALLOW, pattern)])


def acls_of(topic):
    pattern = ResourcePatternFilter(ResourceType.TOPIC, topic, ACLResourcePatternType.LITERAL)
    return ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, pattern)


def describe_acls(client, operation):
    acls, _ = client.describe_acls(acls_of(operation["topic"]))
    return {"acls": len(acls)}


def delete_acls(client, operation):
    [(_, acls, _)] = client.delete_acls([acls_of(operation["topic"])])
    return {"acls": len(acls)}


def delete_topic(client, operation):
    client.delete_topics([operation["topic"]])


run_verb(produce, consume, member, transactions, transform, login, stream, admin)
