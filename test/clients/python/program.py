"""What the programs of Python's clients share: the verb and its job, records from a file, answers, the end of the input.

README.md beside this folder says what each verb does.
"""

import base64
import json
import select
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

WITHIN_S = 30
LOGIN_WITHIN_S = 5

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


def administer(job, client, *functions):
    """Each operation is the function of its name; it gives what it has seen, or nothing where it changes something."""
    by_name = {each.__name__.replace("_", "-"): each for each in functions}
    for operation in job["operations"]:
        try:
            say(did={**(by_name[operation["op"]](client, operation) or {}), "op": operation["op"]})
        except Exception as error:  # Whatever it is, the driver is told.
            say(did={"op": operation["op"], "error": repr(error)})


def log_in(job, attempt):
    """All at once: a client may try again for as long as it may wait what has been refused."""

    def one(index, at):
        try:
            attempt(at)
            say(login={"index": index})
        except Exception as error:
            say(login={"index": index, "error": repr(error)})

    attempts = job["attempts"]
    with ThreadPoolExecutor(len(attempts)) as pool:
        for index, at in enumerate(attempts):
            pool.submit(one, index, at)


def run_verb(*verbs):
    """The function of that name."""
    name, job = sys.argv[1:3]
    {each.__name__: each for each in verbs}[name](json.loads(job))
