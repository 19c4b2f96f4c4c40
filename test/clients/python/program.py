"""What the programs of Python's clients share: the verb and its job, records from a file, answers, the end of the input.

README.md beside this folder says what each verb does.
"""

import base64
import json
import select
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

_writing = threading.Lock()


def say(**answer):
    line = json.dumps(answer)
    with _writing:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def unpacked(text):
    return None if text is None else base64.b64decode(text)


def packed(data):
    return None if data is None else base64.b64encode(data).decode()


def read_records(path):
    """Each as (key, value, headers, timestamp)."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            headers = [(name, unpacked(value)) for name, value in record["headers"]]
            yield unpacked(record["key"]), unpacked(record["value"]), headers, record["timestamp"]


def say_record(partition, offset, key, value, headers, timestamp):
    say(
        record={
            "partition": partition,
            "offset": offset,
            "key": packed(key),
            "value": packed(value),
            "headers": [[name, packed(data)] for name, data in headers or []],
            "timestamp": timestamp,
        }
    )


def input_ended():
    """Asked between two polls. Nothing is ever written to this input: what can be read is its end."""
    readable, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(readable)


def administer(operations, operate):
    for operation in operations:
        try:
            say(did={**operate(operation), "op": operation["op"]})
        except Exception as error:  # Whatever it is, the driver is told.
            say(did={"op": operation["op"], "error": repr(error)})


def log_in(attempts, attempt):
    """All at once: a client may try again for as long as it may wait what has been refused."""

    def one(index, job):
        try:
            attempt(job)
            say(login={"index": index})
        except Exception as error:
            say(login={"index": index, "error": repr(error)})

    with ThreadPoolExecutor(len(attempts)) as pool:
        for index, job in enumerate(attempts):
            pool.submit(one, index, job)


def run_verb(verbs):
    verb, job = sys.argv[1:3]
    verbs[verb](json.loads(job))
