"""Whether the channels have what a line asks for at all, its dependencies aside."""

import re
from collections.abc import Callable, Iterable
from enum import Enum, auto
from fnmatch import translate
from math import inf
from typing import NamedTuple

from envtool.conda_versions import Version, VersionSpec
from envtool.domain.match_specs import MatchSpec, parse_match_spec
from envtool.domain.solving import CondaRecord, Problem, Wish


class Lack(Enum):
    """What the channels do not have, in the order in which it is looked for."""

    NAME = auto()
    CHANNEL = auto()
    """The channel in front of the name does not have it, another one does."""
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
    steps: tuple[tuple[Lack, Callable[[CondaRecord], bool]], ...] = (
        # Whatever their order: of what a line asks for the solver looks at what fits alone.
        (Lack.CHANNEL, lambda each: spec.channel in {None, each.channel}),
        (Lack.VERSION, lambda each: _has_version(spec, each)),
        (Lack.BUILD, lambda each: _has_build(spec, each)),
        (Lack.AGE, _is_in_time(problem)),
    )
    near = tuple(each for each in listed if each.name == spec.name)
    if not near:
        return Misfit(wish, Lack.NAME, ())
    for lack, fits in steps:
        fitting = tuple(filter(fits, near))
        if not fitting:
            return Misfit(wish, lack, near)
        near = fitting
    return None


def _is_in_time(problem: Problem) -> Callable[[CondaRecord], bool]:
    """Whether a build counts: old enough, which nobody knows of one without date, or held."""
    limit = problem.exclude_newer
    if limit is None:
        return lambda _: True
    until = limit.timestamp() * 1000
    held = {each.url for each in problem.held}
    return lambda each: each.url in held or (each.timestamp or inf) <= until


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


def allows(text: str, record: CondaRecord) -> bool:
    """Whether the version and the build of `record` are what the match spec `text` asks for."""
    spec = parse_match_spec(text)
    return _has_version(spec, record) and _has_build(spec, record)


def from_channel(wish: Wish, url: str | None) -> Wish:
    """The wish for the same package of the channel at `url`, of any one when None."""
    spec = parse_match_spec(wish.text)
    fields = {"version": spec.version, "build": spec.build, "channel": url}
    inside = ", ".join(f'{key}="{value}"' for key, value in fields.items() if value)
    return wish._replace(text=f"{spec.name}[{inside}]" if inside else spec.name)


def with_versions(wish: Wish, versions: Iterable[str]) -> Wish:
    """The wish for one of `versions`, of its channel, in any build."""
    spec = parse_match_spec(wish.text)
    some = "|".join(f"=={each}" for each in sorted(versions))
    loose = wish._replace(text=f'{spec.name}[version="{some}"]')
    return from_channel(loose, spec.channel)


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
    if operator == "<":
        return f"<{_above(version, named.count('.') + 1)}"
    if operator in {"<=", ">", ">="}:
        return f"{operator[0]}={version}"
    if operator == "!=":
        return ""
    if operator == "==" or not (operator or star):
        return f"=={version}"
    parts = version.split(".")
    return operator + ".".join(parts[: named.count(".") + 1]) + star


def _above(version: str, parts: int) -> str:
    """What comes after `version` when only so many of its parts count: 4 after 3.14, with one."""
    first = version.split(".")[:parts]
    found = re.match(r"[0-9]+", first[-1])
    return ".".join([*first[:-1], str(int(found[0]) + 1 if found else 1)])
