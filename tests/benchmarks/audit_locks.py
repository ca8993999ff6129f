"""`python -m tests.benchmarks.audit_locks FOLDER [--keep OUT]`: every lock, as a process.

FOLDER is that of `tests.benchmarks.auditing`: its advisories become the database. Each lock below
its `locks/` is copied into a folder of its own, as a user has it, and `envtool audit --offline` is
run on it. Prints a line for each lock, the exit codes, the states of all packages and why some were
not audited; fails when a process dies, breaks off with a traceback, says nothing, writes no
report, or writes lines wider than `COLUMNS`. With OUT, the reports stay there as text and as JSON.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.auditing import fill

COLUMNS = 80
# The names that envtool knows a lock by where it does not look into the file.
_NAMES = ("conda-lock.yml", "pixi.lock")
_STATES = ("vulnerable", "unconfirmed", "no known", "not audited")


class Audit(NamedTuple):
    """What one process said."""

    status: int
    seconds: float
    text: str
    report: dict[str, Any] | None

    @property
    def packages(self) -> list[dict[str, Any]]:
        """Those of the report."""
        audit = ((self.report or {}).get("data") or {}).get("audit") or {}
        packages: list[dict[str, Any]] = audit.get("packages", [])
        return packages

    def faults(self) -> Iterator[str]:
        """What no audit may do."""
        if self.status not in {0, 1, 2, 5}:
            yield f"exit {self.status}"
        if "Traceback" in self.text:
            yield "a traceback"
        if not self.text.strip():
            yield "nothing said"
        if self.report is None:
            yield "no report"
        elif self.report["exit_code"] != self.status:
            yield f"the report says {self.report['exit_code']}"
        # The first line is the answer, and stays one line; a word can not be broken.
        lines = self.text.splitlines()[1:]
        long = [each for each in lines if len(each) > COLUMNS and " " in each.strip()]
        if long:
            yield f"too wide: {long[0]}"


def audited(lock: Path, folder: Path) -> Audit:
    """One process; its text comes with a warning that says anything, too."""
    found = next((each for each in _NAMES if lock.name.endswith(each)), lock.name)
    shutil.copyfile(lock, folder / found)
    command = (sys.executable, "-W", "error", "-m", "envtool", "audit", found, "--offline")
    start = time.perf_counter()
    done = subprocess.run(
        (*command, "-o", "text", "-o", "json=report.json"),
        cwd=folder,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    seconds = time.perf_counter() - start
    report = folder / "report.json"
    content = json.loads(report.read_text("utf-8")) if report.exists() else None
    return Audit(done.returncode, seconds, done.stdout, content)


def line(audit: Audit, name: str) -> str:
    """The states of the packages of one lock."""
    states = Counter(each["state"] for each in audit.packages)
    numbers = " ".join(f"{states[each]:11}" for each in _STATES)
    return f"{len(audit.packages):8} {numbers} {audit.status:4} {audit.seconds:4.1f} {name}"


def summary(audits: list[Audit]) -> None:
    """What all of them say together."""
    packages = [each for audit in audits for each in audit.packages]
    states = Counter(each["state"] for each in packages)
    print(f"{len(packages)} packages: {', '.join(f'{states[each]} {each}' for each in _STATES)}")
    codes = sorted(Counter(each.status for each in audits).items())
    print(f"exit codes: {', '.join(f'{code} of {number} locks' for code, number in codes)}")
    seconds = sorted(each.seconds for each in audits)
    print(f"seconds: median {statistics.median(seconds):.2f}, longest {seconds[-1]:.2f}")
    reasons = Counter(each["reason"] for each in packages if each["state"] == "not audited")
    for reason, number in reasons.most_common(50):
        print(f"{number:8} {reason}")
    heads = (re.sub(r"\d+", "N", each.text.split("\n", 1)[0]) for each in audits)
    for head, number in Counter(heads).most_common(40):
        print(f"{number:8} {head}")


def main() -> None:
    """Audit all, and fail for what no audit may do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    locks = options.folder / "locks"
    audits, faults = [], []
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        os.environ |= {"HOME": name, "ENVTOOL_CACHE_DIR": str(room / "cache")}
        os.environ["COLUMNS"] = str(COLUMNS)
        (room / "cache/advisories").mkdir(parents=True)
        fill(options.folder / "advisories", str(room / "cache/advisories/database.sqlite"))
        print(f"packages {' '.join(f'{each:>11}' for each in _STATES)} exit    s lock")
        for lock in sorted(each for each in locks.rglob("*") if each.parent.parent.parent == locks):
            with tempfile.TemporaryDirectory(dir=room) as folder:
                audit = audited(lock, Path(folder))
            label = str(lock.relative_to(locks))
            audits.append(audit)
            faults += [f"{label}: {each}" for each in audit.faults()]
            print(line(audit, label), flush=True)
            if options.keep:
                options.keep.mkdir(exist_ok=True)
                kept = options.keep / label.replace("/", "__")
                kept.with_name(f"{kept.name}.txt").write_text(audit.text, "utf-8")
                kept.with_name(f"{kept.name}.json").write_text(json.dumps(audit.report), "utf-8")
    summary(audits)
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
