"""`python -m tests.reading FILE`: somebody who works with a prefix while it is replaced.

FILE is JSON: the prefix, and the SHA-256 that each of its files may have. Opens and hashes one file
after the other by its path in the prefix, and now and then starts the Python that is there, until
the standard input ends. Says `ready` when it is at work, and at last what it counted.
"""

import hashlib
import json
import os
import random
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_READS_PER_START = 400
_FIRST = 100
_PAUSE = 0.0005
_PROGRAM = "import hello_python, rich.console, json, ssl"


def main() -> None:
    told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    prefix, files = told["prefix"], list(told["files"].items())
    dice = random.Random(5)  # noqa: S311 - no secret depends on it
    seen, said = Counter[str](), list[str]()
    while True:
        dice.shuffle(files)
        for number, (path, allowed) in enumerate(files):
            _read(os.path.join(prefix, path), allowed, seen, said)
            if number % _READS_PER_START == 0:
                _start(prefix, seen, said)
            if number == _FIRST and "ready" not in seen:
                seen["ready"] = 1
                print("ready", flush=True)  # noqa: T201 - whoever started this waits for it
            if "ready" in seen and select.select([sys.stdin], [], [], _PAUSE)[0]:
                json.dump({"seen": seen, "said": said}, sys.stdout)
                return


def _read(path: str, allowed: Sequence[str], seen: Counter[str], said: list[str]) -> None:
    try:
        with open(path, "rb") as file:
            found = hashlib.sha256(file.read()).hexdigest()
    except OSError as error:
        seen["failed"] += 1
        said.append(str(error))
    else:
        seen["good" if found in allowed else "wrong"] += 1
        said.extend([f"{path} is {found}"] if found not in allowed else [])


def _start(prefix: str, seen: Counter[str], said: list[str]) -> None:
    program = os.path.join(prefix, "bin/python")
    try:
        done = subprocess.run([program, "-B", "-c", _PROGRAM], capture_output=True, check=False)
    except OSError as error:
        seen["not started"] += 1
        said.append(str(error))
    else:
        seen["started" if done.returncode == 0 else "not started"] += 1
        said.extend([done.stderr.decode()] if done.returncode else [])


@contextmanager
def reader(
    note: Path, prefix: Path, files: Mapping[str, Collection[str]]
) -> "Iterator[tuple[Counter[str], list[str]]]":
    """Somebody who reads meanwhile; at the end, what was counted and what went wrong."""
    note.write_text(
        json.dumps({"prefix": str(prefix), "files": {k: [*v] for k, v in files.items()}})
    )
    seen, said = Counter[str](), list[str]()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.reading", str(note)],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield seen, said
        finally:
            with suppress(OSError):
                process.stdin.close()
            told = json.loads(process.stdout.read())
            seen.update(told["seen"])
            said.extend(told["said"])


if __name__ == "__main__":
    main()
