#!/usr/bin/env python3
"""Plants one change in the log files of a stopped broker, so that a checker can be shown to find it.

Works on the segment files of Apache Kafka and of klink's embedded broker; indexes and snapshots beside them are removed,
the broker builds them anew when it starts. The batch keeps its place, its checksum is made right again. Prints where a
comparison must now find its first difference.

  plant.py --kind byte --directory PARTITION_DIRECTORY [--seed 1]

byte       one bit in a value             header     one bit in the value of a header
timestamp  one millisecond                missing    one record is gone, its offset shows nothing
extra      a record in place of a marker  offset     one record stands one offset later, in place of a marker
"""
import argparse
import glob
import json
import os
import random
import struct
import sys

NEEDS_MARKER = ('extra', 'offset')
KINDS = ('byte', 'header', 'timestamp', 'missing', 'extra', 'offset')
EMBEDDED_MAGIC = b'KLINKSEG'
EMBEDDED_HEADER = 24
#: baseOffset, length, leader epoch, magic, crc, attributes, last offset delta, base and max timestamp, producer id,
#: producer epoch, base sequence, count
HEADER = struct.Struct('>qiibIhiqqqhii')
CRC_END = 21
CONTROL, TRANSACTIONAL, CODEC = 0x20, 0x10, 0x07


def crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def read_varint(data, at):
    shift = value = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at


def varint(value):
    value = value << 1 if value >= 0 else (-value << 1) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_bytes(data, at):
    length, at = read_varint(data, at)
    return (None, at) if length < 0 else (data[at : at + length], at + length)


def put_bytes(value):
    return varint(-1) if value is None else varint(len(value)) + value


class Record:
    def __init__(self, timestamp_delta, offset_delta, key, value, headers):
        self.timestamp_delta = timestamp_delta
        self.offset_delta = offset_delta
        self.key = key
        self.value = value
        self.headers = headers

    @staticmethod
    def read(data, at):
        length, at = read_varint(data, at)
        end = at + length
        at += 1  # Attributes, unused.
        timestamp_delta, at = read_varint(data, at)
        offset_delta, at = read_varint(data, at)
        key, at = read_bytes(data, at)
        value, at = read_bytes(data, at)
        count, at = read_varint(data, at)
        headers = []
        for _ in range(count):
            name, at = read_bytes(data, at)
            content, at = read_bytes(data, at)
            headers.append((name, content))
        assert at == end
        return Record(timestamp_delta, offset_delta, key, value, headers), end

    def bytes(self):
        body = b'\0' + varint(self.timestamp_delta) + varint(self.offset_delta)
        body += put_bytes(self.key) + put_bytes(self.value) + varint(len(self.headers))
        for name, content in self.headers:
            body += put_bytes(name) + put_bytes(content)
        return varint(len(body)) + body


class Batch:
    """One batch of a segment file, at `at`."""

    def __init__(self, data, at):
        fields = HEADER.unpack_from(data, at)
        self.base, length, self.epoch, self.magic, _, self.attributes, self.last_delta = fields[:7]
        self.base_timestamp, self.max_timestamp, self.producer, self.producer_epoch, self.sequence, self.count = fields[7:]
        self.at = at
        self.end = at + 12 + length
        self.payload = data[at + HEADER.size : self.end]

    control = property(lambda self: bool(self.attributes & CONTROL))
    transactional = property(lambda self: bool(self.attributes & TRANSACTIONAL))
    readable = property(lambda self: not self.control and not self.transactional and not self.attributes & CODEC)
    next = property(lambda self: self.base + self.last_delta + 1)

    def records(self):
        found, at = [], 0
        for _ in range(self.count):
            record, at = Record.read(self.payload, at)
            found.append(record)
        return found

    def bytes(self, records):
        payload = b''.join(record.bytes() for record in records)
        fields = [self.attributes, self.last_delta, self.base_timestamp, self.max_timestamp]
        fields += [self.producer, self.producer_epoch, self.sequence, len(records)]
        covered = HEADER.pack(0, 0, 0, 0, 0, *fields)[CRC_END:] + payload
        head = struct.pack('>qiibI', self.base, len(covered) + 9, self.epoch, self.magic, crc32c(covered))
        return head + covered


class Segment:
    def __init__(self, path):
        self.path = path
        with open(path, 'rb') as file:
            self.data = file.read()
        at = EMBEDDED_HEADER if self.data.startswith(EMBEDDED_MAGIC) else 0
        self.batches = []
        while at + HEADER.size <= len(self.data):
            batch = Batch(self.data, at)
            if batch.magic != 2 or batch.end > len(self.data):
                break  # Space set aside behind the last batch.
            self.batches.append(batch)
            at = batch.end

    def replace(self, first, last, content):
        """`content` in the place of the batches from `first` to `last`."""
        whole = self.data[: first.at] + content + self.data[last.end :]
        with open(self.path, 'r+b') as file:
            file.write(whole)
            file.truncate(len(whole))


def candidates(kind, segments):
    """(segment, batch, what stands behind it)"""
    open_transactions = set()
    for segment in segments:
        for batch, behind in zip(segment.batches, [*segment.batches[1:], None]):
            if batch.control:
                open_transactions.discard(batch.producer)
            elif batch.transactional:
                open_transactions.add(batch.producer)
            if not batch.readable or batch.count != batch.last_delta + 1:
                continue
            # A marker that ends no transaction here is a filled gap: without it nothing else changes.
            lone = behind is not None and behind.control and behind.producer not in open_transactions
            if lone or kind not in NEEDS_MARKER:
                yield segment, batch, behind


def fits(kind, batch):
    records = batch.records()
    if kind == 'byte':
        return any(record.value for record in records)
    if kind == 'header':
        return any(content for record in records for _, content in record.headers)
    return kind != 'missing' or len(records) > 1


def flipped(content, draw):
    at = draw.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << draw.randrange(8)]) + content[at + 1 :]


def plant(kind, segment, batch, marker, draw):
    """Gives the offset at which a comparison must fail first."""
    records = batch.records()
    if kind == 'extra':
        # The same bytes once more, at the marker's offset.
        extra = Batch(segment.data, batch.at)
        extra.base, extra.last_delta, extra.epoch = marker.base, 0, marker.epoch
        last = records[-1]
        last.offset_delta = 0
        segment.replace(marker, marker, extra.bytes([last]))
        return marker.base
    if kind == 'offset':
        offset = batch.base + records[-1].offset_delta
        records[-1].offset_delta += 1
        batch.last_delta += 1
        segment.replace(batch, marker, batch.bytes(records))
        return offset
    fitting = [
        record
        for record in records
        if (kind != 'byte' or record.value) and (kind != 'header' or any(content for _, content in record.headers))
    ]
    chosen = draw.choice(fitting)
    if kind == 'byte':
        chosen.value = flipped(chosen.value, draw)
    elif kind == 'header':
        at = draw.choice([i for i, (_, content) in enumerate(chosen.headers) if content])
        name, content = chosen.headers[at]
        chosen.headers[at] = (name, flipped(content, draw))
    elif kind == 'timestamp':
        chosen.timestamp_delta += -1 if chosen.timestamp_delta > 0 else 1
        batch.max_timestamp = batch.base_timestamp + max(record.timestamp_delta for record in records)
    elif kind == 'missing':
        records.remove(chosen)
    segment.replace(batch, batch, batch.bytes(records))
    return batch.base + chosen.offset_delta


def main():
    parser = argparse.ArgumentParser(description='Plants one change in the log of a stopped broker.')
    parser.add_argument('--kind', choices=KINDS, required=True)
    parser.add_argument('--directory', required=True)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(f'{options.seed}/{options.kind}')
    segments = [Segment(path) for path in sorted(glob.glob(os.path.join(options.directory, '*.log')))]
    found = list(candidates(options.kind, segments))
    draw.shuffle(found)
    place = next((each for each in found if fits(options.kind, each[1])), None)
    if place is None:
        print(f'plant.py: no place for {options.kind} in {options.directory}', file=sys.stderr)
        return 1
    segment, batch, marker = place
    offset = plant(options.kind, segment, batch, marker, draw)
    for pattern in ('*.index', '*.timeindex', '*.txnindex', '*.snapshot'):
        for path in glob.glob(os.path.join(options.directory, pattern)):
            os.remove(path)
    print(json.dumps({'kind': options.kind, 'offset': offset, 'batch': batch.base}))
    return 0


if __name__ == '__main__':
    sys.exit(main())
