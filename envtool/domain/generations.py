"""The states that a prefix has had, each with what was installed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from envtool.domain.locks import LockedPackage
from envtool.errors import UsageError

VERSION = 1
# A date, a hash of a lock and a commit may all be cut short, but not below this.
_SHORTEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One installed state of one prefix.

    Attributes:
        number: counts from 1; 0 is what stood there before envtool.
        created: when it was made, UTC.
        origin: where its packages were read: `conda-lock.yml`, `candidate`, `adopted`, ...
        environment: `production`, `development` or another one of the lock; empty when adopted.
        platform: the subdir.
        lock: SHA-256 of the lock, empty when there was none.
        revision: the commit of the project, empty when there was none.
        conda: the packages as `name version build`, sorted.
        pip: those of the `pip:` section.
        seals: SHA-256 of those files of the tree that say which other files there are.
        loose: files that a script of a package made, so that nobody says what is in them.
        records: SHA-256 of the text of its records.
        project: the absolute folder that `files` belong to; empty when there are none.
        files: SHA-256 of the environment files and of those of the lock that it was made from,
            by name relative to the project.
    """

    number: int
    created: datetime
    origin: str
    environment: str
    platform: str
    lock: str = ""
    revision: str = ""
    conda: tuple[str, ...] = ()
    pip: tuple[LockedPackage, ...] = ()
    seals: Mapping[str, str] = field(default_factory=dict)
    loose: tuple[str, ...] = ()
    records: str = ""
    project: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def packages(self) -> frozenset[str]:
        """Everything that was installed, for comparison with what there is."""
        return frozenset(self.conda) | {pip_key(each.name, each.version) for each in self.pip}


def pip_key(name: str, version: str) -> str:
    """How a pip package is listed beside those of conda."""
    return f"pip {name} {version}"


def is_inside(name: str) -> bool:
    """Whether the relative path `name` leads to nowhere but below the folder it is relative to."""
    parts = name.split("/")
    return not {"", ".", ".."} & {*parts} and not {"\\", ":"} & {*name}


def encoded(generation: Generation) -> str:
    """`generation` as the text of its file, which shows whether it was changed."""
    data = asdict(generation) | {
        "version": VERSION,
        "created": generation.created.isoformat(),
        "pip": [each._asdict() for each in generation.pip],
    }
    return json.dumps(data | {"checksum": _checksum(data)}, indent=1) + "\n"


def decoded(text: str) -> Generation:
    """The generation that `text` holds; raises `ValueError` when it is none, or was changed."""
    try:
        data = json.loads(text)
        if data.pop("checksum") != _checksum(data):
            raise ValueError("not the generation that was written")
        if data.pop("version") != VERSION:
            raise ValueError("another version")
        return Generation(**{**data, **_read(data)})
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("no generation") from error


def _checksum(data: Mapping[str, Any]) -> str:
    # What was read is what was written, but for tuples.
    return sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _read(data: Mapping[str, Any]) -> dict[str, Any]:
    if not all(map(is_inside, data["files"])):
        raise ValueError("a file that is none of the project")
    pip = (
        LockedPackage(**{**each, "dependencies": tuple(map(tuple, each["dependencies"]))})
        for each in data["pip"]
    )
    return {
        "number": int(data["number"]),
        "created": datetime.fromisoformat(data["created"]).astimezone(UTC),
        "conda": tuple(map(str, data["conda"])),
        "pip": tuple(pip),
        "loose": tuple(map(str, data["loose"])),
        "seals": {str(path): str(digest) for path, digest in data["seals"].items()},
    }


def chosen(
    generations: Sequence[Generation], current: int | None, to: str | None, where: str = ""
) -> Generation:
    """The generation to go back to.

    `to` is a number, a date or moment (the last one made until then), the start of the hash of a
    lock or of a commit; None is what `previous` says. Raises `UsageError` when it is none of them,
    or several; its hint has the options `where` that name the environment.
    """
    hint = f"see what there is: `envtool rollback{where} --list`"
    if to is None:
        if (last := previous(generations, current)) is None:
            newer = [each.number for each in generations if each.number > (current or 0)]
            back = (f"to the newest: `envtool rollback{where} --to {max(newer)}`",) if newer else ()
            raise UsageError("there is no generation to go back to", hints=(*back, hint))
        return last
    found = _matching(generations, to)
    if not found:
        raise UsageError(f"no generation is `{to}`", hints=(hint,))
    if len({each.number for each in found}) > 1:
        names = " and ".join(str(each.number) for each in found)
        raise UsageError(f"`{to}` fits the generations {names}", hints=("name its number",))
    return found[0]


def previous(generations: Iterable[Generation], current: int | None) -> Generation | None:
    """The last one before the `current` that has another lock; None when there is none before.

    Where all have the same lock, the last one: what differs was done by hand.
    """
    some = sorted(generations, key=lambda each: each.number, reverse=True)
    below = [each for each in some if current is None or each.number < current]
    locks = {each.number: each.lock for each in some}
    if current not in locks:
        return next(iter(below), None)
    others = (each for each in below if each.lock != locks[current])
    return next(others, next(iter(below), None))


def _matching(generations: Iterable[Generation], to: str) -> list[Generation]:
    some = sorted(generations, key=lambda each: each.created)
    if numbered := [each for each in some if str(each.number) == to]:
        return numbered
    moment = _moment(to)
    if moment is not None:
        return [each for each in some if each.created <= moment][-1:]
    if len(to) < _SHORTEST:
        return []
    return [each for each in some if each.lock.startswith(to) or each.revision.startswith(to)]


def _moment(to: str) -> datetime | None:
    """The last instant of a date, or a moment; UTC where no zone is written."""
    try:
        moment = datetime.fromisoformat(to)
    except ValueError:
        return None
    if "-" not in to:
        # `20261101` may be the start of a hash.
        return None
    if len(to) == len("2026-11-01"):
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999999)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
