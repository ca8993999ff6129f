"""`python -m tests.benchmarks.auditing FOLDER`: audits with real advisories.

FOLDER has `advisories/` (bulk files of OSV as `osv-PyPI-all.zip` and `osv-bitnami.zip`,
`openssl-cve.zip`, `curl-vulnerabilities.tsv`, `known_exploited_vulnerabilities.json.gz`,
`conda-pypi-map.json.gz`, `expected.json`) and `locks/`.

- fills a database from them, and prints what each source has;
- holds what an audit says of the packages of `expected.json` against that file;
- the CPU time of 7,000 packages against all advisories;
- every lock: packages that are vulnerable, unconfirmed, without known, not audited, and why not.
"""

import csv
import gzip
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from envtool.adapters.advisory_writer import DatabaseWriter
from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.cve_records import read_openssl
from envtool.domain.auditing.exploitation import read_kev
from envtool.domain.auditing.names_map import read_names
from envtool.domain.auditing.osv import read_curl, read_osv
from envtool.domain.auditing.reading import UnreadRecord, parsed, read_records
from envtool.domain.auditing.standings import SourceState

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
