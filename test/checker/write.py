#!/usr/bin/env python3
"""Writes to a source topic as a whole company would: plain, idempotent and transactional producers in every codec.

Keys, headers and values may be absent or empty; a third of the records is stamped a week ago; transactions hold 1 to 500
records, three of ten abort. The content follows from the seed, which is printed; the order of arrival does not. Goes on
through broker kills: a transaction that meets one is aborted. Writes `--bytes` at `--rate`, then goes on at
`--then-rate` until its standard input says `stop` or ends; then flushes and says what was acknowledged.

One JSON line a second on standard output, the last one has "done": true. Exit code 0, or 1 when a producer gave up.

  write.py --bootstrap HOST:PORT --topic NAME --bytes 1073741824 --rate 20000000 --then-rate 1000000
"""
import argparse
import base64
import json
import random
import sys
import threading
import time

from confluent_kafka import KafkaError, KafkaException, Producer

WEEK_MS = 7 * 24 * 3600 * 1000
CODECS = ('none', 'gzip', 'snappy', 'lz4', 'zstd')
POOL_BYTES = 4 << 20
TRANSACTION_RECORDS_MAX = 500
ABORT_SHARE = 0.3
OLD_SHARE = 1 / 3
#: How long a writer puts up with a cluster that does not answer.
PATIENCE_S = 180


class Pace:
    """Shared by all writers: how many bytes may have been written by now."""

    def __init__(self, size, rate, then_rate):
        self.size = size
        self.rate = rate
        self.then_rate = then_rate
        self.lock = threading.Lock()
        self.spent = 0
        self.began = time.monotonic()
        self.reached = None
        self.stopping = threading.Event()

    def spend(self, count):
        """Counts bytes as written; sleeps where that is too fast. False: stop now."""
        with self.lock:
            self.spent += count
            if self.reached is None and self.spent >= self.size:
                self.reached = time.monotonic()
            if self.reached is None:
                due = self.began + (self.spent / self.rate if self.rate else 0)
            else:
                due = self.reached + (self.spent - self.size) / self.then_rate
        wait = due - time.monotonic()
        if wait > 0.005:
            return not self.stopping.wait(min(wait, 5))
        return not self.stopping.is_set()


class Count:
    """What became of the records of one writer."""

    def __init__(self):
        #: A reader sees these: acknowledged outside of transactions, or committed.
        self.acknowledged = 0
        #: Not acknowledged outside of transactions; may be there all the same.
        self.failed = 0
        self.committed = 0
        self.aborted = 0
        #: In transactions whose end is not known.
        self.unknown = 0
        self.transactions = 0
        self.bytes = 0


class Contents:
    """Draws records from a seed."""

    def __init__(self, seed, name, partitions):
        self.random = random.Random(f'{seed}/{name}')
        self.name = name
        self.partitions = partitions
        noise = self.random.randbytes(POOL_BYTES)
        # Half noise, half text, so that codecs have something to do and yet the log stays large.
        self.pool = noise[: POOL_BYTES // 2] + base64.b64encode(noise[POOL_BYTES // 2 :])[: POOL_BYTES // 2]
        self.number = 0
        self.old_until = 0
        self.new_until = 0

    def old(self):
        """Half of the old records come in runs, so that whole batches are old; the others stand among young ones."""
        if self.number >= self.new_until and self.number >= self.old_until:
            length = self.random.randint(1, 600)
            self.old_until = self.number + length
            self.new_until = self.old_until + length * 5
        if self.number < self.old_until:
            return True
        return self.random.random() < (OLD_SHARE - 1 / 6) / (5 / 6)

    def next(self):
        draw = self.random.random
        self.number += 1
        key = None if draw() < 0.1 else b'' if draw() < 0.02 else f'{self.name}-k{int(draw() * 5000)}'.encode()
        kind = draw()
        if kind < 0.06:
            value = None
        elif kind < 0.08:
            value = b''
        else:
            size = int(200 * draw()) if kind < 0.4 else int(4_000 * draw()) if kind < 0.92 else int(20_000 * draw())
            at = int(draw() * (POOL_BYTES - size))
            value = b'%s#%d#' % (self.name.encode(), self.number) + self.pool[at : at + size]
        headers = None
        if draw() < 0.3:
            headers = [('number', str(self.number).encode())]
            if draw() < 0.3:
                headers += [('again', b'\x00\xff'), ('again', None), ('', b'')]
        stamp = int(time.time() * 1000) - (WEEK_MS + int(draw() * 1000) if self.old() else 0)
        size = (len(key) if key else 0) + (len(value) if value else 0)
        return int(draw() * self.partitions), key, value, headers, stamp, size


class Writer:
    """One producer in one thread."""

    def __init__(self, options, pace, name, settings, number):
        self.options = options
        self.number = number
        self.pace = pace
        self.name = name
        self.settings = {
            'bootstrap.servers': options.bootstrap,
            'client.id': name,
            'acks': 'all',
            'partitioner': 'random',
            'linger.ms': 250,
            'queue.buffering.max.kbytes': 32 * 1024,
            'message.timeout.ms': PATIENCE_S * 1000,
            'retry.backoff.max.ms': 500,
            'reconnect.backoff.max.ms': 1000,
            'log_level': 2,
            **settings,
        }
        self.contents = Contents(options.seed, name, options.partitions)
        self.count = Count()
        self.error = None
        self.thread = threading.Thread(target=self.guarded, name=name, daemon=True)

    def guarded(self):
        try:
            self.run()
        except Exception as error:  # Told at the end; the others go on.
            self.error = f'{self.name}: {type(error).__name__}: {error}'

    def delivered(self, error, message):
        if error is None:
            self.count.acknowledged += 1
        else:
            self.count.failed += 1

    def send(self, producer, record):
        partition, key, value, headers, stamp, size = record
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                producer.produce(
                    self.options.topic,
                    value,
                    key,
                    partition=partition,
                    timestamp=stamp,
                    headers=headers,
                    on_delivery=self.delivered,
                )
                self.count.bytes += size
                return size
            except BufferError:
                if time.monotonic() > until:
                    raise
                producer.poll(0.05)


class Steady(Writer):
    """Plain or idempotent."""

    def run(self):
        producer = Producer(self.settings)
        sent = 0
        while True:
            size = self.send(producer, self.contents.next())
            sent += 1
            if sent % 50 == 0:
                producer.poll(0)
            if not self.pace.spend(size):
                break
        left = producer.flush(PATIENCE_S)
        if left:
            raise RuntimeError(f'{left} records were not flushed')


class Transactional(Writer):
    """Transactions one after the other. One whose end is in doubt is counted as unknown."""

    def delivered(self, error, message):
        """Only the end of the transaction counts."""

    def run(self):
        producer = self.begin_anew()
        while not self.pace.stopping.is_set():
            records = self.contents.random.randint(1, TRANSACTION_RECORDS_MAX)
            # Some stay in one partition, some touch many.
            spread = self.contents.random.choice((1, 1, 2, 4, self.options.partitions))
            base = self.contents.random.randrange(self.options.partitions)
            wanted = self.contents.random.random() >= ABORT_SHARE
            if self.count.transactions == 0:
                # Both ends occur, however few transactions there will be.
                wanted = self.number % 2 == 0
            sent = 0
            try:
                producer.begin_transaction()
                while sent < records:
                    sent += 1
                    record = self.contents.next()
                    partition = (base + record[0] % spread) % self.options.partitions
                    if not self.pace.spend(self.send(producer, (partition, *record[1:]))):
                        break
                    producer.poll(0)
                self.end(producer, wanted)
                self.count.transactions += 1
                if wanted:
                    self.count.committed += sent
                    self.count.acknowledged += sent
                else:
                    self.count.aborted += sent
            except KafkaException as error:
                self.count.unknown += sent
                if self.abort(producer, error):
                    continue
                producer = self.begin_anew()

    def end(self, producer, commit):
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                if commit:
                    producer.commit_transaction(30)
                else:
                    producer.abort_transaction(30)
                return
            except KafkaException as error:
                if not error.args[0].retriable() or time.monotonic() > until:
                    raise

    def abort(self, producer, error):
        """True: the producer may go on."""
        if error.args[0].fatal():
            return False
        try:
            self.end(producer, commit=False)
            return True
        except KafkaException:
            return False

    def begin_anew(self):
        until = time.monotonic() + PATIENCE_S
        while True:
            producer = Producer(self.settings)
            try:
                producer.init_transactions(30)
                return producer
            except KafkaException:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)


def writers(options, pace):
    found = []
    for number, codec in enumerate(CODECS):
        # Of plain and idempotent, each codec gets one, and the other kind the next codec.
        plain = {'enable.idempotence': False, 'compression.type': codec, 'max.in.flight': 1}
        idempotent = {'enable.idempotence': True, 'compression.type': CODECS[(number + 1) % len(CODECS)]}
        if number % 2 == 0:
            found.append(Steady(options, pace, f'plain-{codec}', plain, number))
        found.append(Steady(options, pace, f'idempotent-{idempotent["compression.type"]}', idempotent, number))
        transactional = {
            'transactional.id': f'writer-{options.topic}-{options.seed}-{codec}',
            'transaction.timeout.ms': 60_000,
            'message.timeout.ms': 60_000,
            'compression.type': codec,
        }
        found.append(Transactional(options, pace, f'transactional-{codec}', transactional, number))
    return found


def total(found):
    whole = {}
    for writer in found:
        for name, value in vars(writer.count).items():
            whole[name] = whole.get(name, 0) + value
    return whole


def watch_input(pace):
    for line in sys.stdin:
        if line.strip() == 'stop':
            break
    pace.stopping.set()


def parse():
    parser = argparse.ArgumentParser(description='Writes to a source topic with many kinds of producers.')
    parser.add_argument('--bootstrap', required=True)
    parser.add_argument('--topic', required=True)
    parser.add_argument('--partitions', type=int, default=12)
    parser.add_argument('--bytes', type=int, required=True, help='keys and values, before it goes on at --then-rate')
    parser.add_argument('--rate', type=float, default=0, help='bytes a second; 0: as fast as it goes')
    parser.add_argument('--then-rate', type=float, default=1_000_000)
    parser.add_argument('--seed', type=int, default=None)
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 31)
    return options


def main():
    options = parse()
    print(json.dumps({'seed': options.seed}), flush=True)
    pace = Pace(options.bytes, options.rate, options.then_rate)
    threading.Thread(target=watch_input, args=(pace,), daemon=True).start()
    found = writers(options, pace)
    for writer in found:
        writer.thread.start()
    ended = False
    while not ended:
        ended = pace.stopping.wait(1)
        print(json.dumps({'reached': pace.reached is not None, **total(found)}), flush=True)
    for writer in found:
        writer.thread.join(PATIENCE_S + 30)
    errors = [writer.error for writer in found if writer.error]
    errors += [f'{writer.name}: still running' for writer in found if writer.thread.is_alive()]
    for error in errors:
        print(f'write.py (seed {options.seed}): {error}', file=sys.stderr)
    print(json.dumps({'done': True, 'seed': options.seed, **total(found), 'errors': errors}), flush=True)
    return 1 if errors else 0


if __name__ == '__main__':
    sys.exit(main())
