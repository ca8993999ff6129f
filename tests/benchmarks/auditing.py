"""`python -m tests.benchmarks.auditing FOLDER`: audits with real advisories.

FOLDER has `advisories/` (bulk files of OSV as `osv-PyPI-all.zip` and `osv-bitnami.zip`,
`openssl-cve.zip`, `curl-vulnerabilities.tsv`, `known_exploited_vulnerabilities.json.gz`,
`conda-pypi-map.json.gz`, `expected.json`) and `locks/`.

- fills a database from them, and prints what each source has;
- holds what an audit says of the packages of `expected.json` against that file;
- the CPU time of 7,000 packages against all advisories;
- every lock: packages that are vulnerable, unconfirmed, without known, not audited, and why not.
"""

import argparse
import csv
import gzip
import json
import sqlite3
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path

from envtool.adapters.advisory_database import DatabaseAdvisories
from envtool.adapters.advisory_writer import DatabaseWriter
from envtool.adapters.shipped import ShippedLists
from envtool.adapters.yaml_events import EventYaml
from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.cve_records import read_openssl
from envtool.domain.auditing.exploitation import read_kev
from envtool.domain.auditing.identify import NO_SOURCE, Names, identify
from envtool.domain.auditing.inventory import subjects_of_lock
from envtool.domain.auditing.names_map import read_names
from envtool.domain.auditing.osv import read_curl, read_osv
from envtool.domain.auditing.reading import UnreadRecord, parsed, read_records
from envtool.domain.auditing.standing import coverage_of, standings_of
from envtool.domain.auditing.standings import SourceState, Standing, State
from envtool.domain.auditing.subjects import Artifact, Subject
from envtool.domain.findings import Place
from envtool.domain.lock_reader import NotALockError, read_lock
from envtool.errors import EnvtoolError
from envtool.ports_auditing import Question

NOTHING: frozenset[str] = frozenset()
NOW = datetime.now(UTC)


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a zip archive."""
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            yield name, opened.read(name)


def curl_records(table: Path) -> Iterator[tuple[str, object]]:
    """The rows of curl's table as records of its `vuln.json`."""
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            events = [{"introduced": row["first"]}, {"last_affected": row["last"]}]
            yield (
                row["cve"],
                {
                    "id": f"CURL-{row['cve']}",
                    "aliases": [row["cve"]],
                    "summary": row["name"],
                    "database_specific": {"affects": row["where"], "last_affected": row["last"]},
                    "affected": [{"ranges": [{"type": "SEMVER", "events": events}]}],
                },
            )


def names_of(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The map of the folder, which is shorter than parselmouth's, as that has it."""
    content = json.loads(gzip.decompress(path.read_bytes()))
    whole = {name: name for name in content["identity"]} | content["other"]
    return read_names(whole | dict.fromkeys(content["none"]))


def fill(folder: Path, path: str) -> None:
    """The database of everything in `folder`."""
    unread: list[UnreadRecord] = []

    def state(name: str) -> SourceState:
        return SourceState(name, str(folder), NOW)

    def osv(document: object) -> Advisory:
        return read_osv(document, "osv")

    with DatabaseWriter(path) as writer:
        for name, archive, read in (
            ("osv:PyPI", "osv-PyPI-all.zip", osv),
            ("osv:Bitnami", "osv-bitnami.zip", osv),
            ("openssl", "openssl-cve.zip", read_openssl),
        ):
            records = read_records(members(folder / archive), read, unread)
            writer.replace_advisories(state(name), "", records)
        records = read_records(curl_records(folder / "curl-vulnerabilities.tsv"), read_curl, unread)
        writer.replace_advisories(state("curl"), "", records)
        kev = gzip.decompress((folder / "known_exploited_vulnerabilities.json.gz").read_bytes())
        writer.replace_exploited(state("kev"), "", read_kev(parsed(kev)))
        writer.replace_names(state("names"), "", names_of(folder / "conda-pypi-map.json.gz"))
        for each in writer.commit():
            print(f"{each.name}: {each.records}")
    print(f"records that can not be read: {unread or 0}; {Path(path).stat().st_size >> 10} KiB")


def audit(
    packages: Sequence[Subject], names: Names, sources: DatabaseAdvisories
) -> tuple[Standing, ...]:
    """One standing for each of `packages`."""
    found = [(each, identify(each, names)) for each in packages]
    asked = [Question(one, each.version) for each, who in found for one in who.coordinates]
    return standings_of(found, sources.lookup(asked))


def subject(manager: str, name: str, version: str, depends: frozenset[str] = NOTHING) -> Subject:
    """A package of a lock, on one platform."""
    artifact = Artifact("linux-64", "")
    return Subject(manager, name, version, (artifact,), Place("lock"), (name,), depends)


def expected(file: Path, names: Names, sources: DatabaseAdvisories) -> None:
    """What an audit says of the packages of `file`, against it."""
    hits = right = wanted = 0
    for each in json.loads(file.read_text("utf-8"))["packages"]:
        package = subject(each["manager"], each["name"], each["version"])
        (standing,) = audit([package], names, sources)
        sure = {one.id for one in standing.hits if not one.unconfirmed}
        unsure = {one.id for one in standing.hits if one.unconfirmed}
        ids, doubts = set(each["ids"]), set(each["unconfirmed"])
        hits += len(sure) + len(unsure)
        right += len(sure & ids) + len(unsure & doubts)
        wanted += len(ids) + len(doubts)
        print(
            f"{package.label}: {len(sure)} and {len(unsure)} unconfirmed, {standing.state},"
            f" fixed in {standing.fixed}"
        )
    print(f"precision {right / hits:.3f}, recall {right / wanted:.3f} of {wanted}")


def many(count: int, path: str, names: Names, sources: DatabaseAdvisories) -> None:
    """The CPU time of `count` packages against all that the database has."""
    connection = sqlite3.connect(path)
    known = [name for (name,) in connection.execute("SELECT DISTINCT name FROM product")]
    connection.close()
    unknown = (f"package-{number}" for number in range(count))
    python = frozenset({"python"})
    packages = [
        subject("pip", name, f"{number % 5}.{number % 7}.1", python)
        for number, name in enumerate(islice(chain(known, unknown), count))
    ]
    start = time.process_time()
    standings = audit(packages, names, sources)
    seconds = time.process_time() - start
    states = Counter(each.state for each in standings)
    print(f"{count} packages, {len(known)} with advisories: {seconds:.2f} s of CPU; {dict(states)}")


def locks(folder: Path, shipped: Names, sources: DatabaseAdvisories) -> None:
    """A line for each lock."""
    reasons: Counter[str] = Counter()
    unsourced: Counter[str] = Counter()
    print("packages audited vulnerable unconfirmed guessed ms lock")
    for path in sorted(
        each for each in folder.rglob("*") if each.suffix in {".yml", ".lock", ".txt"}
    ):
        try:
            lock = read_lock(path.read_text("utf-8"), path.name, EventYaml().parse)
        except (EnvtoolError, NotALockError, ValueError) as error:
            print(f"- {path.relative_to(folder)}: {error}")
            continue
        if lock is None or not lock.packages:
            continue
        start = time.process_time()
        standings = audit(subjects_of_lock(lock), shipped, sources)
        took = (time.process_time() - start) * 1000
        coverage, states = coverage_of(standings), Counter(each.state for each in standings)
        reasons.update(dict(coverage.reasons))
        unsourced.update(each.reason for each in standings if each.reason.startswith(NO_SOURCE))
        print(
            f"{coverage.total:8} {coverage.audited:7} {states[State.VULNERABLE]:10}"
            f" {states[State.UNCONFIRMED]:11} {coverage.guessed:7} {took:3.0f}"
            f" {path.relative_to(folder)}"
        )
    for reason, number in (*reasons.most_common(), *unsourced.most_common(40)):
        print(f"{number:8} {reason}")


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    shipped = ShippedLists()
    with tempfile.TemporaryDirectory() as scratch:
        path = str(Path(scratch) / "advisories.sqlite")
        fill(folder / "advisories", path)
        sources = DatabaseAdvisories(path)
        names = Names(
            catalog=shipped.catalog(), products=shipped.products(), downloaded=sources.names()
        )
        expected(folder / "advisories" / "expected.json", names, sources)
        many(7000, path, names, sources)
        locks(folder / "locks", names, sources)


if __name__ == "__main__":
    main()
