#!/usr/bin/env python3
"""Compares a mirror topic with its source, offset by offset, as a foreign client sees them.

For every partition and every offset from 0 to the end both clusters must show the same key, value, headers, timestamp
and timestamp type, or both nothing. Reads in lock step, so memory is bounded by two client queues. Shares no code with
klink: librdkafka decodes, filters aborted transactions and verifies checksums.

One JSON line per partition on standard output, then one for the whole; the first difference of each partition is spelled
out on standard error. Exit code 0: equal; 1: a difference; 2: the comparison could not be made.

  check.py --source HOST:PORT --destination HOST:PORT --topic NAME
"""
import argparse
import json
import multiprocessing
import sys
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition, IsolationLevel
from confluent_kafka.admin import AdminClient, OffsetSpec

BATCH = 2_000
#: `consume` waits this long for a full batch.
BATCH_WAIT_S = 0.01
#: A poll this long without a record, an end of partition or an error means that the cluster does not answer.
SILENCE_S = 60
QUEUE_KB = 32 * 1024
SHOWN_BYTES = 60


class CannotCompare(Exception):
    """The comparison itself failed; says nothing about the mirror."""


class Side:
    """One cluster: its consumer, and the ends of the partitions."""

    def __init__(self, name, bootstrap, topic, isolation):
        self.name = name
        self.topic = topic
        self.isolation = isolation
        common = {'bootstrap.servers': bootstrap, 'client.id': f'check-{name}'}
        self.admin = AdminClient(common)
        self.consumer = Consumer(
            {
                **common,
                'group.id': f'check-{name}',
                'enable.auto.commit': False,
                'enable.auto.offset.store': False,
                'auto.offset.reset': 'error',
                'enable.partition.eof': True,
                'check.crcs': True,
                'isolation.level': isolation,
                'queued.max.messages.kbytes': QUEUE_KB,
                'fetch.message.max.bytes': 8 << 20,
                'fetch.max.bytes': 64 << 20,
                'fetch.wait.max.ms': 50,
                'fetch.error.backoff.ms': 50,
                'fetch.queue.backoff.ms': 5,
                'allow.auto.create.topics': False,
            }
        )

    def partitions(self):
        metadata = self.admin.list_topics(self.topic, timeout=30).topics[self.topic]
        if metadata.error is not None:
            raise CannotCompare(f'{self.name}: {self.topic}: {metadata.error}')
        return sorted(metadata.partitions)

    def offsets(self, partitions, spec, isolation):
        wanted = {TopicPartition(self.topic, p): spec for p in partitions}
        answers = self.admin.list_offsets(wanted, isolation_level=isolation, request_timeout=30)
        return {place.partition: future.result().offset for place, future in answers.items()}

    def ends(self, partitions):
        """log start, last stable offset and high watermark by partition."""
        starts = self.offsets(partitions, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED)
        # In this order: of a log that still grows, an open transaction must not be reported.
        high = self.offsets(partitions, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED)
        stable = self.offsets(partitions, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED)
        return {p: (starts[p], stable[p], high[p]) for p in partitions}

    def read(self, partition, end):
        """Lists of messages below `end`, in order. Ends when the client has passed every offset below it."""
        if end <= 0:
            return
        self.consumer.assign([TopicPartition(self.topic, partition, 0)])
        heard = time.monotonic()
        try:
            while True:
                messages = self.consumer.consume(BATCH, BATCH_WAIT_S)
                if messages:
                    heard = time.monotonic()
                elif time.monotonic() - heard > SILENCE_S:
                    raise CannotCompare(f'{self.name} {self.topic}/{partition}: nothing for {SILENCE_S} s')
                found = []
                for message in messages:
                    error = message.error()
                    if error is None:
                        if message.offset() >= end:
                            yield found
                            return
                        found.append(message)
                    elif error.code() == KafkaError._PARTITION_EOF:
                        # Also given at an end in between, when the log was still growing or a fetch was cut short.
                        if message.offset() >= end:
                            yield found
                            return
                    elif not error.retriable() and error.code() not in TRANSIENT:
                        raise CannotCompare(f'{self.name} {self.topic}/{partition}: {error}')
                if found:
                    yield found
        finally:
            self.consumer.unassign()


TRANSIENT = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT)


class Stream:
    """Messages of one partition with a place to look at."""

    def __init__(self, batches):
        self.batches = batches
        self.now = []
        self.at = 0

    def fill(self):
        while self.at >= len(self.now):
            self.now = next(self.batches, None)
            self.at = 0
            if self.now is None:
                self.now = []
                return False
        return True

    def head(self):
        return self.now[self.at] if self.fill() else None


def facts(message):
    """All that a reader sees of a record."""
    kind, stamp = message.timestamp()
    return {
        'offset': message.offset(),
        'timestamp': stamp,
        'timestampType': kind,
        'key': message.key(),
        'value': message.value(),
        'headers': message.headers() or [],
    }


FIELDS = ('timestamp', 'timestampType', 'key', 'value', 'headers')


def compare_partition(source, destination, partition, source_end, destination_end):
    """The first difference below both ends (None: equal), and how many records were seen equal."""
    ours = Stream(source.read(partition, min(source_end, destination_end)))
    theirs = Stream(destination.read(partition, min(source_end, destination_end)))
    records = payload = invisible = 0
    expected = 0
    while True:
        more, other = ours.fill(), theirs.fill()
        if not (more and other):
            break
        count = min(len(ours.now) - ours.at, len(theirs.now) - theirs.at)
        for a, b in zip(ours.now[ours.at : ours.at + count], theirs.now[theirs.at : theirs.at + count]):
            offset = a.offset()
            key, value = a.key(), a.value()
            if (
                offset != b.offset()
                or value != b.value()
                or key != b.key()
                or a.timestamp() != b.timestamp()
                or (a.headers() or []) != (b.headers() or [])
            ):
                return difference(a, b), records, payload, invisible
            records += 1
            payload += (len(key) if key else 0) + (len(value) if value else 0)
            if offset < expected:
                raise CannotCompare(f'{source.topic}/{partition}: offset {offset} after {expected - 1}')
            invisible += offset - expected
            expected = offset + 1
        ours.at += count
        theirs.at += count
    return difference(ours.head(), theirs.head()), records, payload, invisible


def difference(ours, theirs):
    """What differs first; None when both are at their end."""
    if ours is None and theirs is None:
        return None
    if theirs is None or (ours is not None and ours.offset() < theirs.offset()):
        return {'offset': ours.offset(), 'what': 'missing at the destination', 'source': printable(facts(ours))}
    if ours is None or theirs.offset() < ours.offset():
        return {'offset': theirs.offset(), 'what': 'nothing at the source', 'destination': printable(facts(theirs))}
    mine, other = facts(ours), facts(theirs)
    fields = [field for field in FIELDS if mine[field] != other[field]]
    found = {'offset': ours.offset(), 'what': f'other {", ".join(fields)}'}
    for field in fields:
        found[field] = {
            'source': shown(mine[field]),
            'destination': shown(other[field]),
            **first_byte(mine[field], other[field]),
        }
    return found


def first_byte(mine, other):
    if not isinstance(mine, bytes) or not isinstance(other, bytes):
        return {}
    at = next((i for i, (a, b) in enumerate(zip(mine, other)) if a != b), min(len(mine), len(other)))
    return {'firstByte': at, 'lengths': [len(mine), len(other)], 'around': [shown(mine[at:]), shown(other[at:])]}


def printable(record):
    return {name: shown(value) for name, value in record.items()}


def shown(value):
    if isinstance(value, bytes):
        text = repr(value[:SHOWN_BYTES])[1:]
        return text if len(value) <= SHOWN_BYTES else f'{text}… ({len(value)} bytes)'
    if isinstance(value, list):
        return [[name, shown(content)] for name, content in value]
    return value


def check_partition(source, destination, partition, ends, options):
    (start, stable, _), (mirror_start, mirror_stable, mirror_high) = ends
    found, records, payload, invisible = compare_partition(source, destination, partition, stable, mirror_high)
    if found is None and mirror_high > stable:
        found = {'offset': stable, 'what': f'the mirror ends at {mirror_high}, the source is stable up to {stable}'}
    if found is None and mirror_high < stable and not options.allow_behind:
        found = {'offset': mirror_high, 'what': f'the mirror ends at {mirror_high}, the source at {stable}'}
    if found is None and mirror_stable != mirror_high:
        found = {'offset': mirror_stable, 'what': 'an open transaction at the mirror'}
    if found is None and mirror_start != start:
        found = {'offset': min(start, mirror_start), 'what': f'log start {mirror_start} at the mirror, {start} at the source'}
    return {
        'partition': partition,
        'equal': found is None,
        'records': records,
        'payloadBytes': payload,
        'invisible': invisible,
        'sourceEnd': stable,
        'mirrorEnd': mirror_high,
        'difference': found,
    }


def check(options, partitions):
    """Yields one report per partition."""
    source = Side('source', options.source, options.topic, 'read_committed')
    destination = Side('destination', options.destination, options.topic, options.destination_isolation)
    try:
        mine, other = source.ends(partitions), destination.ends(partitions)
        for partition in partitions:
            yield check_partition(source, destination, partition, (mine[partition], other[partition]), options)
    finally:
        source.consumer.close()
        destination.consumer.close()


def worker(options, partitions, results):
    try:
        for report in check(options, partitions):
            results.put(report)
        results.put(None)
    except BaseException as error:  # Whatever it was: the parent must not wait for this one.
        results.put(f'{type(error).__name__}: {error}')


def reports(options, partitions):
    if options.jobs == 1:
        yield from check(options, partitions)
        return
    results = multiprocessing.Queue()
    shares = [partitions[i :: options.jobs] for i in range(options.jobs)]
    children = [
        multiprocessing.Process(target=worker, args=(options, share, results), daemon=True) for share in shares if share
    ]
    for child in children:
        child.start()
    running = len(children)
    while running > 0:
        result = results.get()
        if result is None:
            running -= 1
        elif isinstance(result, str):
            raise CannotCompare(result)
        else:
            yield result


def partitions_of(options):
    names = Side('source', options.source, options.topic, 'read_committed').partitions()
    others = Side('destination', options.destination, options.topic, 'read_committed').partitions()
    if options.partitions is not None:
        return [int(each) for each in options.partitions.split(',')]
    if names != others:
        raise CannotCompare(f'{options.topic}: {len(names)} partitions at the source, {len(others)} at the mirror')
    return names


def parse():
    parser = argparse.ArgumentParser(description='Compares a mirror topic with its source, offset by offset.')
    parser.add_argument('--source', required=True, help='bootstrap address')
    parser.add_argument('--destination', required=True)
    parser.add_argument('--topic', required=True)
    parser.add_argument('--partitions', help='only these, separated by commas')
    parser.add_argument('--jobs', type=int, default=1, help='processes that share the partitions')
    parser.add_argument('--allow-behind', action='store_true', help='a mirror that ends earlier is no difference')
    parser.add_argument(
        '--destination-isolation', choices=('read_committed', 'read_uncommitted'), default='read_committed'
    )
    return parser.parse_args()


def main():
    options = parse()
    began = time.monotonic()
    differences = records = payload = 0
    try:
        for report in reports(options, partitions_of(options)):
            print(json.dumps(report), flush=True)
            records += report['records']
            payload += report['payloadBytes']
            if not report['equal']:
                differences += 1
                place = f'{options.topic}/{report["partition"]} offset {report["difference"]["offset"]}'
                print(f'DIFFERENT {place}: {json.dumps(report["difference"], ensure_ascii=False)}', file=sys.stderr)
    except (CannotCompare, KafkaException) as error:
        print(f'check.py: could not compare: {error}', file=sys.stderr)
        return 2
    seconds = round(time.monotonic() - began, 1)
    print(
        json.dumps({'equal': differences == 0, 'records': records, 'payloadBytes': payload, 'seconds': seconds}),
        flush=True,
    )
    return 0 if differences == 0 else 1


if __name__ == '__main__':
    sys.exit(main())
