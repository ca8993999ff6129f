"""A few advisories, published as the real ones are."""

import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from envtool.domain.auditing.identity import Coordinate, Ecosystem
from envtool.domain.auditing.sources import FILES
from envtool.ports_auditing import Question

Record = dict[str, Any]
MODIFIED = "2026-08-01T00:00:00Z"


def osv(
    name: str, package: str, *, fixed: str | None = "2.0", ecosystem: str = "PyPI", **more: Any
) -> Record:
    """A record of OSV: all below `fixed` are affected, or none is fixed."""
    ends = [{"fixed": fixed}] if fixed else []
    kind = "ECOSYSTEM" if ecosystem == "PyPI" else "SEMVER"
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": kind, "events": [{"introduced": "0"}, *ends]}],
    }
    return {"id": name, "modified": MODIFIED, "affected": [affected], **more}


PYPI = [
    osv("PYSEC-2026-1", "click", aliases=["CVE-2026-0001"]),
    osv("PYSEC-2026-2", "click", fixed="9.0", aliases=["CVE-2026-0002"]),
    osv("PYSEC-2026-3", "click", fixed="9.0", withdrawn="2026-08-02T00:00:00Z"),
    osv("PYSEC-2026-4", "idna", fixed="1.0"),
]
BITNAMI = [
    osv("BIT-node-2026-3", "node", ecosystem="Bitnami", aliases=["CVE-2026-0003"]),
    osv("BIT-node-2026-4", "node", fixed=None, ecosystem="Bitnami", aliases=["CVE-2026-0004"]),
]
OPENSSL = [
    {
        "cveMetadata": {"cveId": "CVE-2026-0005", "dateUpdated": MODIFIED},
        "containers": {
            "cna": {
                "affected": [
                    {
                        "product": "OpenSSL",
                        "versions": [
                            {"status": "affected", "version": "3.0.0", "lessThan": "3.0.9"}
                        ],
                    }
                ]
            }
        },
    }
]
CURL = [
    {
        "id": "CURL-CVE-2026-0006",
        "aliases": ["CVE-2026-0006"],
        "modified": MODIFIED,
        "database_specific": {"package": "curl", "affects": "lib"},
        "affected": [
            {
                "ranges": [
                    {"type": "SEMVER", "events": [{"introduced": "8.0.0"}, {"fixed": "8.5.0"}]}
                ]
            }
        ],
    }
]
KEV = {
    "dateReleased": "2026-08-03T00:00:00Z",
    "vulnerabilities": [{"cveID": "CVE-2026-0001", "dueDate": "2026-09-01"}],
}
EPSS = (
    "#model_version:v2025.03.14,score_date:2026-08-04T12:00:00Z\n"
    "cve,epss,percentile\nCVE-2026-0001,0.25,0.9\nCVE-2026-0005,0.5,0.95\n"
)
NAMES = {"click": "click", "pytorch": ["torch"], "zlib": None}

CLICK = Coordinate(Ecosystem.PYPI, "click")
IDNA = Coordinate(Ecosystem.PYPI, "idna")
NODE = Coordinate(Ecosystem.BITNAMI, "node")
SSL = Coordinate(Ecosystem.OPENSSL, "openssl")
LIBCURL = Coordinate(Ecosystem.CURL, "libcurl")
# One of each source, all of them vulnerable but `idna`.
QUESTIONS = (
    Question(CLICK, "1.0"),
    Question(IDNA, "3.0"),
    Question(NODE, "1.0.0"),
    Question(SSL, "3.0.7"),
    Question(LIBCURL, "8.4.0"),
)


def zipped(records: Sequence[Record], name: str = "{id}.json") -> bytes:
    """Records in a zip, one file each."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in records:
            found = each.get("id") or each["cveMetadata"]["cveId"]
            # Of the year 1980: the same records are the same bytes.
            archive.writestr(zipfile.ZipInfo(name.format(id=found)), json.dumps(each))
    return file.getvalue()


def published(folder: Path, files: Mapping[str, bytes] | None = None) -> Path:
    """All of it in `folder`, `files` by the name of their source instead of ours."""
    ours = {
        "osv:PyPI": zipped(PYPI),
        "osv:Bitnami": zipped(BITNAMI, "node/{id}.json"),
        # With all that an archive of the repository has besides.
        "openssl": zipped(OPENSSL, "release-metadata-main/secjson/{id}.json"),
        "curl": json.dumps(CURL).encode(),
        "kev": json.dumps(KEV).encode(),
        "epss": gzip.compress(EPSS.encode(), mtime=0),
        "names": json.dumps(NAMES).encode(),
    }
    for source, content in (ours | dict(files or {})).items():
        path = folder / FILES[source].name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
