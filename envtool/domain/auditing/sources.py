"""The sources of advisories: what each holds, and where it is published.

A policy may name other places for them, under `audit.sources`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Engine(StrEnum):
    """Who looks up what is on PyPI."""

    ENVTOOL = "envtool"
    PIP_AUDIT = "pip-audit"


class Published(NamedTuple):
    """A place where advisories are published, and what is found there."""

    url: str
    holds: str


# By their keys in `audit.sources`.
PUBLISHED: Mapping[str, Published] = {
    "osv": Published(
        "https://api.osv.dev",
        "the API of OSV (`/v1/querybatch` and `/v1/vulns/ID`), for PyPI and Bitnami",
    ),
    "osv-files": Published(
        "https://osv-vulnerabilities.storage.googleapis.com",
        "OSV's files: `PyPI/all.zip` and `Bitnami/all.zip` below it; an audit reads one when it"
        " needs more than 50 advisories that it does not have",
    ),
    "openssl": Published(
        "https://codeload.github.com/openssl/release-metadata/zip/refs/heads/main",
        "OpenSSL's own advisories: a zip with `CVE-*.json` records (CVE JSON 5) in it",
    ),
    "curl": Published(
        "https://curl.se/docs/vuln.json", "curl's own advisories: one array of OSV records"
    ),
    "kev": Published(
        "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
        "CISA's catalogue of known exploited vulnerabilities",
    ),
    "epss": Published(
        "https://api.first.org/data/v1/epss", "the API of EPSS: how likely exploitation is"
    ),
    "epss-file": Published(
        "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
        "all scores of EPSS in one file; an audit reads it when it needs more than 300",
    ),
    "names": Published(
        "https://raw.githubusercontent.com/prefix-dev/parselmouth/main/files/v0/conda-forge/"
        "compressed_mapping.json",
        "parselmouth's map from conda-forge names to PyPI names",
    ),
}


class File(NamedTuple):
    """The file that a source is in as a whole.

    Attributes:
        key: of `PUBLISHED`: where it is fetched.
        name: in a folder that it was brought in.
        below: its path below that URL; empty when that is the file.
    """

    key: str
    name: str
    below: str = ""


# By the names of sources, as in `SourceState.name`; in the order in which they are told.
FILES: Mapping[str, File] = {
    "osv:PyPI": File("osv-files", "PyPI/all.zip", "PyPI/all.zip"),
    "osv:Bitnami": File("osv-files", "Bitnami/all.zip", "Bitnami/all.zip"),
    "openssl": File("openssl", "openssl.zip"),
    "curl": File("curl", "vuln.json"),
    "kev": File("kev", "known_exploited_vulnerabilities.json"),
    "epss": File("epss-file", "epss_scores-current.csv.gz"),
    "names": File("names", "compressed_mapping.json"),
}


class Sources(NamedTuple):
    """Where advisories are read, and by whom.

    Attributes:
        urls: by key of `PUBLISHED`, where it is read elsewhere; `${VARIABLES}` are filled in.
        engine: who looks up what is on PyPI while there is a network.
    """

    urls: tuple[tuple[str, str], ...] = ()
    engine: Engine = Engine.ENVTOOL

    @classmethod
    def of(cls, urls: Mapping[str, str], engine: Engine = Engine.ENVTOOL) -> "Sources":
        """Those that `audit.sources` of a policy says."""
        return cls(tuple(sorted(urls.items())), engine)

    def url(self, key: str) -> str:
        """Where the source `key` is read."""
        return dict(self.urls).get(key, PUBLISHED[key].url)

    def has_whole(self, key: str, whole: str) -> bool:
        """Whether `whole` is published by those of `key`: not where only that is read elsewhere.

        Who asks a server of their own has no need of others, or no way to them.
        """
        named = dict(self.urls)
        return key not in named or whole in named

    def file_url(self, name: str) -> str:
        """Where the file of the source `name` is fetched."""
        file = FILES[name]
        url = self.url(file.key)
        return f"{url.rstrip('/')}/{file.below}" if file.below else url
