"""Whether the channels have what a line asks for at all, its dependencies aside."""

import re
from collections.abc import Iterable
from enum import Enum, auto
from fnmatch import translate
from typing import NamedTuple

from envtool.conda_versions import Version, VersionSpec
from envtool.domain.match_specs import MatchSpec, parse_match_spec
from envtool.domain.solving import CondaRecord, Problem, Wish


class Lack(Enum):
    """What the channels do not have, in the order in which it is looked for."""

    NAME = auto()
    CHANNEL = auto()
    """The channel in front of the name does not have it, another one does."""
    PRIORITY = auto()
    """A channel that goes before has the name and not the version, another one has both."""
    VERSION = auto()
    BUILD = auto()
    AGE = auto()
    """Everything that fits was built after the moment up to which builds count."""


class Misfit(NamedTuple):
    """A wish that no environment can satisfy.

    Attributes:
        wish: the line.
        lack: what is not there.
        near: the builds that come closest; none for `Lack.NAME`.
    """

    wish: Wish
    lack: Lack
    near: tuple[CondaRecord, ...]


def misfit(problem: Problem, wish: Wish, listed: Iterable[CondaRecord]) -> Misfit | None:
    """What is wrong with `wish`, given the builds that the channels of `problem` list.

    None when a build fits, and for a package that is given by its address.
    """
    spec = parse_match_spec(wish.text)
    if "url" in dict(spec.fields):
        return None
    here = tuple(each for each in listed if each.name == spec.name)
    if not here:
        return Misfit(wish, Lack.NAME, ())
    offered = _offered(problem, spec, here)
    return _unfit(problem, wish, here, offered) if offered else Misfit(wish, Lack.CHANNEL, here)


def _unfit(
    problem: Problem, wish: Wish, here: tuple[CondaRecord, ...], offered: tuple[CondaRecord, ...]
) -> Misfit | None:
    """What is wrong with the version, the build or the age, given what is `offered`."""
    spec = parse_match_spec(wish.text)
    versions = tuple(each for each in offered if _has_version(spec, each))
    if not versions:
        elsewhere = tuple(each for each in here if _has_version(spec, each))
        lack = Lack.PRIORITY if elsewhere else Lack.VERSION
        return Misfit(wish, lack, elsewhere or offered)
    builds = tuple(each for each in versions if _has_build(spec, each))
    if not builds:
        return Misfit(wish, Lack.BUILD, versions)
    if not in_time(problem, builds):
        return Misfit(wish, Lack.AGE, builds)
    return None


def in_time(problem: Problem, records: Iterable[CondaRecord]) -> tuple[CondaRecord, ...]:
    """Those that are old enough to count; of what has no date that is not known."""
    limit = problem.exclude_newer
    if limit is None:
        return tuple(records)
    until = limit.timestamp() * 1000
    return tuple(each for each in records if each.timestamp is not None and each.timestamp <= until)


def _offered(
    problem: Problem, spec: MatchSpec, records: tuple[CondaRecord, ...]
) -> tuple[CondaRecord, ...]:
    """Those of the channel that the package may come from."""
    if spec.channel is not None:
        return tuple(each for each in records if each.channel == spec.channel)
    if not problem.strict_priority:
        return records
    there = {each.channel for each in records}
    first = next((each.url for each in problem.channels if each.url in there), None)
    return tuple(each for each in records if first in {None, each.channel})


def _has_version(spec: MatchSpec, record: CondaRecord) -> bool:
    return spec.version_spec is None or spec.version_spec.matches(record.version)


def _has_build(spec: MatchSpec, record: CondaRecord) -> bool:
    if spec.build is None:
        return True
    is_pattern = spec.build.startswith("^") and spec.build.endswith("$")
    return re.match(spec.build if is_pattern else translate(spec.build), record.build) is not None


def newest(records: Iterable[CondaRecord]) -> str:
    """The newest version among them, of which there must be one."""
    return max((each.version for each in records), key=Version)


VERSION = re.compile(r"[0-9][0-9A-Za-z_.!+]*")


def nearest(text: str, records: Iterable[CondaRecord]) -> tuple[str | None, str | None]:
    """The versions just below and just above the one that the constraint `text` names first."""
    versions = sorted({each.version for each in records}, key=Version)
    found = VERSION.search(text)
    if found is None:
        return versions[-1], None
    asked = Version(found[0].rstrip("."))
    below = [each for each in versions if Version(each) < asked]
    above = [each for each in versions if Version(each) >= asked]
    return below[-1] if below else None, above[0] if above else None


def loosened(wish: Wish) -> Wish | None:
    """The wish for any version and build; None when it is one already."""
    spec = parse_match_spec(wish.text)
    if not (spec.version or spec.build or spec.fields):
        return None
    text = f'{spec.name}[channel="{spec.channel}"]' if spec.channel else spec.name
    return wish._replace(text=text, written=spec.name)


def allows(wish: Wish, record: CondaRecord) -> bool:
    """Whether the version and the build of `record` are what `wish` asks for."""
    spec = parse_match_spec(wish.text)
    return _has_version(spec, record) and _has_build(spec, record)


def from_channel(wish: Wish, url: str | None) -> Wish:
    """The wish for the same package of the channel at `url`, of any one when None."""
    spec = parse_match_spec(wish.text)
    fields = {"version": spec.version, "build": spec.build, "channel": url}
    inside = ", ".join(f'{key}="{value}"' for key, value in fields.items() if value)
    return wish._replace(text=f"{spec.name}[{inside}]" if inside else spec.name)


def with_version(wish: Wish, version: str) -> Wish:
    """The wish with as little changed as lets `version` in, in any build."""
    spec = parse_match_spec(wish.text)
    text = f'{spec.name}[version="{relaxed(spec.version, version)}"]' if spec.version else spec.name
    return from_channel(wish._replace(text=text), spec.channel)


def rewritten(wish: Wish, version: str) -> str:
    """The line as its author would write it, were it to allow `version`, in any build."""
    spec = parse_match_spec(wish.written)
    front = f"{spec.channel}::" if spec.channel else ""
    if spec.version is None:
        return f"{front}{spec.name}"
    text = relaxed(spec.version, version)
    if text == spec.version and spec.build is None:
        # It lets the version in, as far as we know, and the solver knows better.
        text = f"={version}"
    return f"{front}{spec.name}{'' if text[0] in '=<>!~' else '='}{text}"


_CLAUSE = re.compile(r"(==|>=|<=|!=|~=|=|<|>)?([^*=<>!~]+?)(\.?\*)?")


def relaxed(constraint: str, version: str) -> str:
    """`constraint` with as little changed as lets `version` in."""
    if VersionSpec(constraint).matches(version):
        return constraint
    clauses = [_allowing(each, version) for each in constraint.split(",")]
    text = ",".join(dict.fromkeys(each for each in clauses if each))
    is_simple = text and not set("|^$()") & set(constraint)
    return text if is_simple and VersionSpec(text).matches(version) else f"={version}"


def _allowing(clause: str, version: str) -> str:
    """One clause of it; empty for one that only excludes `version`."""
    match = _CLAUSE.fullmatch(clause)
    if match is None or VersionSpec(clause).matches(version):
        return clause
    operator, named, star = match[1] or "", match[2], match[3] or ""
    if operator in {"<", "<=", ">", ">="}:
        return f"{operator[0]}={version}"
    if operator == "!=":
        return ""
    if operator == "==" or not (operator or star):
        return f"=={version}"
    parts = version.split(".")
    return operator + ".".join(parts[: named.count(".") + 1]) + star
