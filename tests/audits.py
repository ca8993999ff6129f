"""Advisories made by hand, the database that holds them, and projects to audit."""

import gzip
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from envtool.adapters.advisory_writer import DatabaseWriter
from envtool.domain.auditing.advisories import Advisory, Affected, Rating, Scheme, Span
from envtool.domain.auditing.identify import coordinate_of
from envtool.domain.auditing.identity import Ecosystem
from envtool.domain.auditing.standings import SourceState
from tests.locking import Entry, lock_text

# When the data of the tests was fetched, and the day that they audit on.
FETCHED = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = "2026-11-23"
AS_OF = ("--as-of", DAY)
_SCHEMES = {Ecosystem.PYPI: Scheme.PEP440, Ecosystem.OPENSSL: Scheme.OPENSSL}
_VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"


def advisory(
    id_: str,
    product: str,
    fixed: str | None = None,
    *aliases: str,
    introduced: str = "0",
    score: float | None = None,
    summary: str = "",
    has_end: bool = True,
    withdrawn: datetime | None = None,
) -> Advisory:
    """One on versions from `introduced` until before `fixed`; without that on all of them."""
    coordinate = coordinate_of(product)
    scheme = _SCHEMES.get(coordinate.ecosystem, Scheme.SEMVER)
    span = Span(introduced, fixed, None, has_end)
    return Advisory(
        id=id_,
        aliases=aliases,
        source=coordinate.ecosystem.source,
        summary=summary,
        affected=(Affected(coordinate, scheme, (span,)),),
        ratings=() if score is None else (Rating(_VECTOR, score, "3.1"),),
        published=datetime(2026, 10, 1, tzinfo=UTC),
        modified=datetime(2026, 10, 2, tzinfo=UTC),
        withdrawn=withdrawn,
        references=(f"https://advisories.example.org/{id_}",),
    )


URLLIB3 = advisory(
    "PYSEC-2023-212",
    "PyPI/urllib3",
    "1.26.18",
    "CVE-2023-45803",
    score=4.2,
    summary="Request body is not stripped after a redirect",
)
COOKIES = advisory(
    "PYSEC-2023-192",
    "PyPI/urllib3",
    "1.26.17",
    "CVE-2023-43804",
    score=8.1,
    summary="Cookies are sent to another host after a redirect",
)
X400 = advisory(
    "CVE-2023-0286",
    "OpenSSL/openssl",
    "3.0.8",
    introduced="3.0.0",
    score=7.4,
    summary="X.400 address type confusion in X.509 GeneralName",
)
TARFILE = advisory(
    "BIT-python-2007-4559",
    "Bitnami/python",
    None,
    "CVE-2007-4559",
    score=9.8,
    summary="Directory traversal in tarfile",
    has_end=False,
)
SOCKS = advisory("CVE-2023-38545", "curl/libcurl", "8.4.0", introduced="7.69.0", summary="SOCKS5")
ADVISORIES = (URLLIB3, COOKIES, X400, TARFILE, SOCKS)
EXPLOITED = (("CVE-2023-43804", "2026-12-01"),)
PROBABLE = (("CVE-2023-45803", 0.0009), ("CVE-2023-43804", 0.42), ("CVE-2023-0286", 0.031))
NAMES: Mapping[str, tuple[str, ...]] = {
    "numpy": ("numpy",),
    "urllib3": ("urllib3",),
    "requests": ("requests",),
    "zlib": (),
}


def database(
    cache: Path,
    advisories: Iterable[Advisory] = ADVISORIES,
    *,
    fetched: datetime = FETCHED,
    without: tuple[str, ...] = (),
    failed: str = "",
) -> Path:
    """The database in a cache of envtool; sources `without` data failed because of `failed`."""
    path = cache / "advisories/database.sqlite"
    found = tuple(advisories)
    with DatabaseWriter(str(path)) as writer:
        for name in ("osv:PyPI", "osv:Bitnami", "openssl", "curl"):
            if name not in without:
                mine = [each for each in found if each.source == name]
                writer.replace_advisories(_state(name, fetched), "", mine)
        writer.replace_exploited(_state("kev", fetched), "", EXPLOITED)
        writer.replace_probabilities(_state("epss", fetched), "", PROBABLE)
        writer.replace_names(_state("names", fetched), "", NAMES.items())
        for name in without:
            writer.keep(SourceState(name, _url(name), error=failed), "")
        writer.commit()
    return path


def published(folder: Path) -> Path:
    """The same advisories in the files that their sources publish; see `advisory_server`."""
    for ecosystem, records in (("PyPI", (URLLIB3, COOKIES)), ("Bitnami", (TARFILE,))):
        _zipped(folder / ecosystem / "all.zip", {f"{e.id}.json": _osv(e) for e in records})
    _zipped(folder / "openssl.zip", {"main/secjson/CVE-2023-0286.json": _cve(X400)})
    write_json(folder / "vuln.json", [_osv(SOCKS)])
    write_json(folder / "compressed_mapping.json", {n: list(p) or None for n, p in NAMES.items()})
    exploited = [{"cveID": id_, "dueDate": due} for id_, due in EXPLOITED]
    write_json(
        folder / "known_exploited_vulnerabilities.json",
        {"dateReleased": "2026-11-20T00:00:00Z", "count": 1, "vulnerabilities": exploited},
    )
    lines = [
        "#model_version:v2025.03.14,score_date:2026-11-20T00:00:00+0000",
        "cve,epss,percentile",
    ]
    lines += [f"{id_},{probability},0.5" for id_, probability in PROBABLE]
    scores = gzip.compress("\n".join([*lines, ""]).encode())
    (folder / "epss_scores-current.csv.gz").write_bytes(scores)
    return folder


def _zipped(path: Path, files: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, document in files.items():
            archive.writestr(name, json.dumps(document))


def _osv(advisory: Advisory) -> dict[str, Any]:
    """The record of OSV (ossf.github.io/osv-schema) that says the same."""
    (affected,) = advisory.affected
    (span,) = affected.spans
    fixed = [{"fixed": span.fixed}] if span.fixed else []
    kind = "ECOSYSTEM" if affected.coordinate.ecosystem is Ecosystem.PYPI else "SEMVER"
    return {
        "schema_version": "1.6.0",
        "id": advisory.id,
        "aliases": list(advisory.aliases),
        "summary": advisory.summary,
        "modified": "2026-10-02T00:00:00Z",
        "published": "2026-10-01T00:00:00Z",
        "severity": [{"type": "CVSS_V3", "score": each.vector} for each in advisory.ratings],
        "affected": [
            {
                "package": {
                    "ecosystem": affected.coordinate.ecosystem,
                    "name": affected.coordinate.name,
                },
                "ranges": [{"type": kind, "events": [{"introduced": span.introduced}, *fixed]}],
            }
        ],
        "references": [{"type": "WEB", "url": each} for each in advisory.references],
    }


def _cve(advisory: Advisory) -> dict[str, Any]:
    """The record in CVE JSON 5 that says the same."""
    (span,) = advisory.affected[0].spans
    version = {"version": span.introduced, "lessThan": span.fixed, "status": "affected"}
    return {
        "dataType": "CVE_RECORD",
        "dataVersion": "5.0",
        "cveMetadata": {"cveId": advisory.id, "state": "PUBLISHED"},
        "containers": {
            "cna": {
                "title": advisory.summary,
                "datePublic": "2026-10-01T00:00:00Z",
                "affected": [{"product": "OpenSSL", "vendor": "OpenSSL", "versions": [version]}],
                "metrics": [
                    {"cvssV3_1": {"vectorString": each.vector}} for each in advisory.ratings
                ],
            }
        },
    }


def _state(name: str, fetched: datetime) -> SourceState:
    return SourceState(name, _url(name), fetched, fetched)


def _url(name: str) -> str:
    return f"https://advisories.example.org/{name}"


SPEC = "channels: [conda-forge]\ndependencies:\n- python=3.12\n- requests=2.31\n- numpy=2\n"
LOCKED = (
    Entry("numpy", "2.1.3", needs=(("python", ""),)),
    Entry("openssl", "3.0.7"),
    Entry("python", "3.12.0", needs=(("openssl", ""), ("libzlib", ""))),
    Entry("requests", "2.31.0", needs=(("python", ""), ("urllib3", ""))),
    Entry("urllib3", "1.26.4", needs=(("python", ""),)),
    Entry("libzlib", "1.2.13"),
)


def audited_project(folder: Path, *entries: Entry, policy: str = "", spec: str = SPEC) -> Path:
    """A project with a lock; that of `LOCKED` without `entries`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "environment.yml").write_text(spec, encoding="utf-8")
    (folder / "conda-lock.yml").write_text(lock_text(*(entries or LOCKED)), encoding="utf-8")
    if policy:
        (folder / "envtool.toml").write_text(policy, encoding="utf-8")
    return folder


def write_json(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
