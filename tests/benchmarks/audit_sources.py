"""`python -m tests.benchmarks.audit_sources FOLDER`: real advisories over loopback servers.

FOLDER has `advisories/` as for `tests.benchmarks.auditing`. They are served in the protocols of
those who publish them, and:

- 1,000 packages: how many requests, and how long, at first and again;
- `envtool audit db update` fetches all of them, and again: what went over the wire;
- what an audit says of the packages of `expected.json`, online and from the database, must be the
  same, and what the file says;
- pip-audit on the packages of PyPI: what it finds, and how long it takes.
"""

import argparse
import gzip
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from envtool.adapters import connect
from envtool.adapters.shipped import ShippedLists
from envtool.domain.auditing.identify import Names, identify
from envtool.domain.auditing.identity import Ecosystem
from envtool.domain.auditing.sources import FILES, Engine, Sources
from envtool.domain.auditing.standing import standings_of
from envtool.domain.auditing.standings import Standing
from envtool.domain.auditing.subjects import Subject
from envtool.ports_auditing import Advisories, Question
from tests.advisory_server import AdvisoryServer
from tests.benchmarks.auditing import curl_records, names_of, subject

_EPSS = "#model_version:v1,score_date:2026-08-19T00:00:00Z\ncve,epss,percentile\n"


def publish(folder: Path, out: Path) -> None:
    """The advisories of `folder` under the names and in the shapes that they are published in."""
    copies = {
        "osv-PyPI-all.zip": "osv:PyPI",
        "osv-bitnami.zip": "osv:Bitnami",
        "openssl-cve.zip": "openssl",
    }
    for name, source in copies.items():
        target = out / FILES[source].name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, target)
    kev = gzip.decompress((folder / "known_exploited_vulnerabilities.json.gz").read_bytes())
    (out / FILES["kev"].name).write_bytes(kev)
    curl = [record for _, record in curl_records(folder / "curl-vulnerabilities.tsv")]
    (out / FILES["curl"].name).write_text(json.dumps(curl), encoding="utf-8")
    names = {name: list(found) for name, found in names_of(folder / "conda-pypi-map.json.gz")}
    (out / FILES["names"].name).write_text(json.dumps(names), encoding="utf-8")
    cves = (each["cveID"] for each in json.loads(kev)["vulnerabilities"])
    scores = _EPSS + "".join(f"{cve},0.5,0.9\n" for cve in cves)
    (out / FILES["epss"].name).write_bytes(gzip.compress(scores.encode()))


def standings(packages: Sequence[Subject], advisories: Advisories) -> list[Standing]:
    """One standing for each of `packages`, in their order."""
    shipped = ShippedLists()
    names = Names(
        catalog=shipped.catalog(), products=shipped.products(), downloaded=advisories.names()
    )
    found = [(each, identify(each, names)) for each in packages]
    asked = [Question(one, each.version) for each, who in found for one in who.coordinates]
    order = [each.key for each in packages]
    judged = standings_of(found, advisories.lookup(asked))
    return sorted(judged, key=lambda each: order.index(each.subject.key))


@contextmanager
def told(what: str, server: AdvisoryServer) -> Iterator[None]:
    """Prints how long it took, and what went over the wire."""
    before, start = len(server.log), time.perf_counter()
    yield
    new = server.log[before:]
    kinds = Counter(_kind(each.path) for each in new)
    print(
        f"{what}: {time.perf_counter() - start:.2f} s, {len(new)} requests,"
        f" {sum(each.sent for each in new) / 1e6:.2f} MB"
        + "".join(f", {count} {kind}" for kind, count in kinds.items())
    )


def _kind(path: str) -> str:
    """What a request is for, in a word: the API of OSV has one for each advisory."""
    return "v1/vulns" if path.startswith("v1/vulns/") else path


def check(file: Path, found: Sequence[Standing]) -> None:
    """Holds what was found against `expected.json`."""
    right = hits = wanted = 0
    for each, standing in zip(json.loads(file.read_text("utf-8"))["packages"], found, strict=True):
        said = {(one.id, bool(one.unconfirmed)) for one in standing.hits}
        true = {(one, False) for one in each["ids"]} | {(one, True) for one in each["unconfirmed"]}
        right, hits, wanted = right + len(said & true), hits + len(said), wanted + len(true)
    print(f"  precision {right / hits:.3f}, recall {right / wanted:.3f} of {wanted}")


def ids(found: Sequence[Standing]) -> list[tuple[object, ...]]:
    """What makes standings the same."""
    return [
        (each.subject.key, each.state, [(hit.id, hit.unconfirmed, hit.fixed) for hit in each.hits])
        for each in found
    ]


def thousand(server: AdvisoryServer) -> list[Subject]:
    """1,000 packages of PyPI that OSV has advisories on, or has not."""
    known = {
        each["package"]["name"]
        for record in server.records.values()
        for each in record["affected"]
        if each["package"]["ecosystem"] == "PyPI"
    }
    names = [*sorted(known), *(f"package-{number}" for number in range(1000))]
    return [subject("pip", each, "1.0") for each in names[:1000]]


def pip_audit(packages: Sequence[Subject], sources: Sources, server: AdvisoryServer) -> None:
    """The second engine, on what is on PyPI."""
    of_pypi = [each for each in packages if each.manager == "pip"]
    own = standings(of_pypi, connect().advisories(sources))
    with told(f"pip-audit on {len(of_pypi)} packages", server):
        second = connect().advisories(sources._replace(engine=Engine.PIP_AUDIT))
        other = standings(of_pypi, second)
    for mine, theirs in zip(own, other, strict=True):
        first, last = ({hit.id for hit in each.hits} for each in (mine, theirs))
        if first != last:
            print(f"  {mine.subject.label}: here alone {first - last}, there {last - first}")
    print(f"  {sum(len(each.hits) for each in other)} hits, {Ecosystem.PYPI} alone")


def main(folder: Path) -> None:
    """Measure with what is in `folder`."""
    advisories = folder / "advisories"
    listed = json.loads((advisories / "expected.json").read_text("utf-8"))["packages"]
    packages = [subject(each["manager"], each["name"], each["version"]) for each in listed]
    with tempfile.TemporaryDirectory() as room:
        out = Path(room, "published")
        out.mkdir()
        publish(advisories, out)
        os.environ["ENVTOOL_CACHE_DIR"] = str(Path(room, "cache"))
        with AdvisoryServer(str(out)) as server:
            sources = server.sources
            many = thousand(server)
            for what in ("1,000 packages", "1,000 packages again"):
                with told(what, server):
                    found = standings(many, connect().advisories(sources))
            print(f"  {sum(bool(each.hits) for each in found)} with hits")
            with told("expected.json online", server):
                online = standings(packages, connect().advisories(sources))
            check(advisories / "expected.json", online)
            database = connect().advisory_database(sources)
            for what in ("the database", "the database again"):
                with told(what, server):
                    states = database.update(lambda _: None).states
            print("  " + ", ".join(f"{each.name} {each.records}" for each in states))
            with told("expected.json from the database", server):
                offline = standings(packages, connect(offline=True).advisories(sources))
            check(advisories / "expected.json", offline)
            same = ids(offline) == ids(online)
            print(f"  online and from the database are {'the same' if same else 'DIFFERENT'}")
            shutil.rmtree(Path(room, "cache", "advisories", "osv"))
            with told("1,000 packages beside the database", server):
                standings(many, connect().advisories(sources))
            pip_audit(packages, sources, server)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)
