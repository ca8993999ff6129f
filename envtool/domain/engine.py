"""What another engine than our own is asked to lock, and the files that tell it.

All that it gets is made from what envtool has read: one environment file with the lines of all
files, each for its platform. Of two lines with one name conda-lock would take the last alone, and
it reads no `sel(linux):`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from envtool.domain.catalog import Catalog
from envtool.domain.locks import VirtualPackage
from envtool.domain.match_specs import MatchSpec
from envtool.domain.pip_requirements import RequirementKind, parse_pip_requirement
from envtool.domain.solving import CondaRecord
from envtool.domain.virtual_packages import DEFAULT_MACHINES


class Engine(StrEnum):
    """Who solves."""

    RATTLER = "rattler"
    CONDA_LOCK = "conda-lock"


# The word in a `# [word]` comment that conda-lock reads for this platform and no other.
_SELECTORS = {
    "linux-64": "linux64",
    "linux-aarch64": "aarch64",
    "linux-ppc64le": "ppc64le",
    "osx-64": "osx64",
    "osx-arm64": "arm64",
    "win-64": "win64",
}
# Those that conda-lock knows.
ENGINE_PLATFORMS = tuple(DEFAULT_MACHINES)


class PlatformLines(NamedTuple):
    """What is asked for on one platform: match specs, and lines of a `pip:` section."""

    conda: tuple[str, ...]
    pip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineQuestion:
    """A whole project for an engine that locks it by itself.

    Attributes:
        channels: highest priority first, as written: with credentials, where those are.
        lines: what is asked for, by platform.
        machines: the virtual packages by platform.
        names: conda name -> PyPI name, where the two differ.
        pip_repositories: indexes besides PyPI.
        has_pypi: whether PyPI may be asked.
        held: a `conda-lock.yml` with the pip packages that are kept where that is possible.
    """

    channels: tuple[str, ...] = field(repr=False)
    lines: Mapping[str, PlatformLines]
    machines: Mapping[str, tuple[VirtualPackage, ...]]
    names: Mapping[str, str]
    pip_repositories: tuple[str, ...] = field(default=(), repr=False)
    has_pypi: bool = True
    held: str | None = None


def environment_text(question: EngineQuestion) -> str:
    """An `environment.yml` of the whole question, in conda-lock's dialect."""
    found = [
        f"channels: {json.dumps(question.channels)}",
        f"platforms: {json.dumps([*question.lines])}",
        f"pip-repositories: {json.dumps(question.pip_repositories)}",
        f"allow-pypi-requests: {json.dumps(question.has_pypi)}",
        "dependencies:",
        *_listed({name: each.conda for name, each in question.lines.items()}, "  "),
    ]
    if any(each.pip for each in question.lines.values()):
        found += ["  - pip:"]
        found += _listed({name: each.pip for name, each in question.lines.items()}, "      ")
    return "\n".join(found) + "\n"


def _listed(lines: Mapping[str, Iterable[str]], indent: str) -> Iterator[str]:
    for platform, some in lines.items():
        # JSON is YAML; conda-lock takes the last brackets of a line for the selector.
        for line in some:
            yield f"{indent}- {json.dumps(line)}  # [{_SELECTORS[platform]}]"


def machines_text(question: EngineQuestion) -> str:
    """Its machines as a `virtual-packages.yml`."""
    subdirs = {
        platform: {
            "packages": {
                each.name: f"{each.version or '0'} {each.build}".rstrip()
                for each in question.machines[platform]
            }
        }
        for platform in question.lines
    }
    return json.dumps({"subdirs": subdirs})


def names_text(question: EngineQuestion) -> str:
    """The table of names that conda-lock downloads otherwise."""
    return json.dumps(
        {conda: {"conda_name": conda, "pypi_name": pypi} for conda, pypi in question.names.items()}
    )


def names_of(catalog: Catalog) -> dict[str, str]:
    """PyPI's names of conda packages; what is something else there gets one that nothing has."""
    return {**catalog.pypi_names, **{each: f"conda--{each}" for each in catalog.conda_only}}


def pinned(record: CondaRecord, channel: str | None = None) -> str:
    """A match spec for this very build, from the `channel` that a file names in front of it."""
    front = f"{channel}::" if channel else ""
    return f"{front}{record.name} =={record.version} {record.build}"


def combined(lines: Sequence[tuple[str, MatchSpec]], allowed: str | None = None) -> str:
    """One match spec for all `lines`, which ask for one package; `allowed` is a version range.

    The last line where they can not be one: what it leaves out is looked for in the answer.
    """
    written, last = lines[-1]
    if len(lines) == 1 and allowed is None:
        return written
    versions = [*dict.fromkeys(each.version for _, each in lines if each.version), allowed]
    builds = {each.build for _, each in lines if each.build}
    wanted = [each for each in versions if each is not None]
    is_odd = any(each.url or each.fields or each.subdir for _, each in lines)
    if is_odd or len(builds) > 1 or any("(" in each or "^" in each for each in wanted):
        return written
    channel = next((each.channel for _, each in lines if each.channel), None)
    front = f"{channel}::" if channel else ""
    return f"{front}{last.name} {_both(wanted)} {''.join(builds)}".rstrip()


def _both(versions: Iterable[str]) -> str:
    """All of these ranges at once; a `,` binds closer than a `|`."""
    choices = product(*(each.split("|") for each in versions))
    return "|".join(",".join(part.strip() for part in each) for each in choices) or "*"


def combined_pip(lines: Iterable[str]) -> Iterator[str]:
    """`lines`, those that name one distribution as one, where nothing but a version is asked."""
    found: dict[str, list[str]] = {}
    for line in lines:
        requirement = parse_pip_requirement(line)
        is_plain = requirement.kind is RequirementKind.NAMED and not requirement.marker
        found.setdefault(f"{requirement.name}" if is_plain else line, []).append(line)
    for name, some in found.items():
        yield some[0] if len(some) == 1 else _one(name, some)


def _one(name: str, lines: Iterable[str]) -> str:
    requirements = [parse_pip_requirement(each) for each in lines]
    extras = dict.fromkeys(extra for each in requirements for extra in each.extras)
    versions = dict.fromkeys(each.specifier for each in requirements if each.specifier)
    return f"{name}[{','.join(extras)}]{','.join(versions)}".replace("[]", "")
