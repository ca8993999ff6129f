"""What a resolver of pip packages is asked, and how its answer is read; no resolver here.

conda's packages are offered to it as wheels of nothing but metadata (PEP 427), and pinned: so it
knows what is there, whatever the index has, and chooses no other version.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from envtool.domain.locks import LockedPackage, VirtualPackage
from envtool.domain.pip_grammar import canonical

_RELEASE = re.compile(r"\d+(?:\.\d+)*")
# The names of uv (`uv pip compile --python-platform`).
_SYSTEMS = {
    "linux-64": "x86_64-manylinux_2_{glibc}",
    "linux-aarch64": "aarch64-manylinux_2_{glibc}",
    "osx-64": "x86_64-apple-darwin",
    "osx-arm64": "aarch64-apple-darwin",
    "win-64": "x86_64-pc-windows-msvc",
    "win-arm64": "aarch64-pc-windows-msvc",
}
# The versions of glibc (2.x) that uv knows.
_GLIBCS: tuple[int, ...] = (17, 28, *range(31, 41))
_TAG = re.compile(r"-([^-]+)-([^-]+)-([^-]+)\.whl$")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==\S+ .*?# via (.+)$", re.MULTILINE)


class Stub(NamedTuple):
    """A package that conda installs, as pip calls it."""

    name: str
    version: str

    @property
    def file(self) -> str:
        """The name of its wheel."""
        return f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"

    @property
    def info(self) -> str:
        """The folder of its metadata in there."""
        return f"{self.name.replace('-', '_')}-{self.version}.dist-info"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipProblem:
    """What is to be resolved for one platform.

    Attributes:
        platform: the subdir.
        python: the exact version.
        lines: requirements and options as in a requirements file, paths absolute.
        stubs: what conda installs.
        held: pip packages that are kept where that is possible.
        pinned: pip packages that may not change.
        machine: the virtual packages.
        limits: requirements on what need not be there.
        hashes: the only ones that a distribution may have, where the file names them.
        prereleases: whether these count.
        exclude_newer: files that were uploaded after this moment do not count.
    """

    platform: str
    python: str
    lines: tuple[str, ...]
    stubs: tuple[Stub, ...] = ()
    held: tuple[LockedPackage, ...] = ()
    pinned: tuple[LockedPackage, ...] = ()
    machine: tuple[VirtualPackage, ...] = ()
    limits: tuple[str, ...] = ()
    hashes: tuple[tuple[str, frozenset[str]], ...] = ()
    prereleases: bool = False
    exclude_newer: datetime | None = None

    @property
    def system(self) -> str | None:
        """The platform as uv calls it; None where it knows none."""
        pattern = _SYSTEMS.get(self.platform)
        return pattern and pattern.format(glibc=self._glibc())

    @property
    def macos(self) -> str | None:
        """The version of macOS, where the platform is one."""
        return next((each.version for each in self.machine if each.name == "__osx"), None)

    def _glibc(self) -> int:
        version = next((each.version for each in self.machine if each.name == "__glibc"), "2.28")
        minor = int(version.split(".")[1]) if re.match(r"2\.\d", version) else _GLIBCS[0]
        return max((each for each in _GLIBCS if each <= minor), default=_GLIBCS[0])

    @property
    def constraints(self) -> tuple[str, ...]:
        """What may not have another version."""
        stubs = (f"{each.name}=={each.version}" for each in self.stubs)
        pinned = (f"{each.name}=={each.version}" for each in self.pinned)
        return (*stubs, *pinned, *self.limits)


class PipSolution(NamedTuple):
    """Everything that pip installs, sorted by name, without what conda installs."""

    packages: tuple[LockedPackage, ...]


class PipConflict(NamedTuple):
    """Why there is no solution, and what to do."""

    reason: str
    hints: tuple[str, ...] = ()


def stub(name: str, version: str) -> Stub:
    """A package of conda; of a version that PEP 440 does not know the numbers in front."""
    from packaging.version import InvalidVersion, Version

    try:
        return Stub(canonical(name), str(Version(version)))
    except InvalidVersion:
        found = _RELEASE.search(version)
        return Stub(canonical(name), found[0] if found else "0")


def held_text(packages: Iterable[LockedPackage]) -> str:
    """A `pylock.toml` (PEP 751) that says no more than names and versions."""
    entries = (
        f'[[packages]]\nname = "{each.name}"\nversion = "{each.version}"\n' for each in packages
    )
    return 'lock-version = "1.0"\ncreated-by = "envtool"\n' + "".join(entries)


def read_answer(
    problem: PipProblem, document: Mapping[str, Any], annotated: str
) -> PipSolution | PipConflict:
    """The packages of a `pylock.toml`, and who needs whom from uv's annotated requirements."""
    conda = {each.name for each in problem.stubs}
    allowed = dict(problem.hashes)
    needs = _needs(annotated)
    found = []
    for entry in document.get("packages", ()):
        name = canonical(entry["name"])
        if name in conda:
            continue
        file = _file(entry, allowed.get(name))
        if file is None:
            return _no_file(name, allowed.get(name))
        found.append(_package(problem, entry, file, needs.get(name, ())))
    return PipSolution(tuple(sorted(found, key=lambda each: each.name)))


class _File(NamedTuple):
    url: str
    sha256: str


def _file(entry: Mapping[str, Any], allowed: frozenset[str] | None) -> _File | None:
    """The file that fits best; uv names only those that fit the platform at all."""
    wheels = [*entry.get("wheels", ()), *filter(None, (entry.get("archive"),))]
    files = (
        _File(each.get("url", ""), each.get("hashes", {}).get("sha256", "")) for each in wheels
    )
    good = [
        each
        for each in files
        if each.url and each.sha256 and (allowed is None or f"sha256:{each.sha256}" in allowed)
    ]
    return max(good, key=lambda each: _rank(each.url), default=None)


def _rank(url: str) -> tuple[bool, int, list[int]]:
    """A wheel of the platform before one for all, and one for this Python before `abi3`."""
    tag = _TAG.search(url)
    if tag is None:
        return (False, -1, [])
    _, abi, platform = tag.groups()
    exact = 2 if abi.startswith(("cp", "pp")) else int(abi == "abi3")
    return (platform != "any", exact, [int(each) for each in re.findall(r"\d+", platform)])


def _no_file(name: str, allowed: frozenset[str] | None) -> PipConflict:
    if allowed is not None:
        return PipConflict(
            f"no file of `{name}` has one of the hashes in the environment file",
            ("look at the project's page for the right hash, or take `--hash` out of the line",),
        )
    return PipConflict(
        f"the index has no wheel of `{name}` with a sha256",
        ("take it from another index, or as a conda package",),
    )


def _package(
    problem: PipProblem, entry: Mapping[str, Any], file: _File, needs: tuple[str, ...]
) -> LockedPackage:
    return LockedPackage(
        name=canonical(entry["name"]),
        version=entry["version"],
        manager="pip",
        platform=problem.platform,
        url=file.url,
        md5="",
        sha256=file.sha256,
        # Not `*`, which rattler can not read here.
        dependencies=tuple((name, "") for name in needs),
        category="main",
        line=0,
    )


def _needs(annotated: str) -> dict[str, tuple[str, ...]]:
    """Who needs whom: uv says of each package what it came with."""
    found: dict[str, list[str]] = {}
    for name, sources in _PINNED.findall(annotated):
        for source in _names(sources):
            found.setdefault(source, []).append(canonical(name))
    return {name: tuple(sorted(each)) for name, each in found.items()}


def _names(sources: str) -> Iterator[str]:
    for source in sources.split(", "):
        if not source.startswith(("-r ", "-c ")):
            yield canonical(source.partition("[")[0].partition(" ")[0])
