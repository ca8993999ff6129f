"""Evidence: what `envtool test` ran on a lock, and what came of it.

It states what happened. Its hash shows that nobody edited it by mistake; it proves nothing to an
outsider, for whoever edits it can hash it again.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from envtool.errors import IntegrityError, UnreadableError

VERSION = 1
_HASH = "sha256"
_ANEW = "test again: `envtool test`"


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Check(NamedTuple):
    """One thing that was looked at.

    Attributes:
        kind: `build`, `environment`, `dependencies`, `smoke`, `service`, `command`, `benchmark`.
        name: of what: a package, a command.
        outcome: how it ended.
        said: why, one line; empty when there is nothing to say.
        seconds: how long it took.
        peak: the memory of its largest process in bytes; 0 when nobody measured it.
    """

    kind: str
    name: str
    outcome: Outcome
    said: str = ""
    seconds: float = 0
    peak: int = 0


class Examined(NamedTuple):
    """One environment.

    Attributes:
        environment: its name, as typed.
        started: when, ISO 8601 in UTC.
        checks: in order.
    """

    environment: str
    started: str
    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        """What did not pass."""
        return tuple(each for each in self.checks if each.outcome is Outcome.FAILED)


class Subject(NamedTuple):
    """What was tested.

    Attributes:
        lock: SHA-256 of the lock, see `lock_hash`.
        platform: the subdir.
        policy: SHA-256 of what the policy says is to be tested.
        tree: of the commit that was checked out; empty without git.
        dirty: whether files that git knows were others than in the commit.
    """

    lock: str
    platform: str
    policy: str
    tree: str = ""
    dirty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was tested, by which envtool, and what came of it in each environment."""

    subject: Subject
    envtool: str
    environments: tuple[Examined, ...]

    @property
    def name(self) -> str:
        """Of its file."""
        return file_name(self.subject.lock, self.subject.platform)

    @property
    def failed(self) -> tuple[tuple[str, Check], ...]:
        """What did not pass, each with its environment."""
        return tuple(
            (each.environment, check) for each in self.environments for check in each.failed
        )

    def missing(self, environments: Iterable[str]) -> tuple[str, ...]:
        """Those of `environments` that were not tested."""
        tested = {each.environment for each in self.environments}
        return tuple(each for each in environments if each not in tested)

    def on_top_of(self, other: "Evidence | None") -> "Evidence":
        """This, with the environments of `other` when that is about the very same subject."""
        if other is None or other.subject != self.subject or other.envtool != self.envtool:
            return self
        mine = {each.environment: each for each in self.environments}
        both = {**{each.environment: each for each in other.environments}, **mine}
        return replace(self, environments=tuple(both[name] for name in sorted(both)))


def file_name(lock: str, platform: str) -> str:
    """How evidence on the lock of this SHA-256 is called."""
    return f"{lock}-{platform}.json"


def encoded(evidence: Evidence) -> str:
    """The text of its file, with the hash that shows a change."""
    data = _data(evidence)
    return json.dumps({**data, _HASH: digest(data)}, indent=2) + "\n"


def decoded(text: str, path: str) -> Evidence:
    """The evidence in `text`, which stands at `path`.

    Raises `UnreadableError` for what is no evidence of this version, `IntegrityError` when it is
    not as it was written.
    """
    try:
        data = json.loads(text)
        if data.pop(_HASH) != digest(data):
            raise IntegrityError(f"`{path}` was edited after it was written", hints=(_ANEW,))
        return _evidence(data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableError(f"`{path}` is no evidence of this envtool", hints=(_ANEW,)) from error


def lock_hash(lock: bytes) -> str:
    """The SHA-256 of a lock, the same on every system: git may give its lines other ends."""
    from hashlib import sha256

    return sha256(lock.replace(b"\r\n", b"\n")).hexdigest()


def digest(data: object) -> str:
    """The SHA-256 of `data` as JSON in its shortest form, keys sorted."""
    from hashlib import sha256

    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _data(evidence: Evidence) -> dict[str, Any]:
    return {
        "version": VERSION,
        "envtool": evidence.envtool,
        **evidence.subject._asdict(),
        "environments": [
            {**each._asdict(), "checks": [check._asdict() for check in each.checks]}
            for each in evidence.environments
        ],
    }


def _evidence(data: Mapping[str, Any]) -> Evidence:
    subject = Subject(**{name: data[name] for name in Subject._fields})
    texts = (*subject[:4], data["envtool"])
    if data["version"] != VERSION:
        raise ValueError(data["version"])
    if not all(isinstance(each, str) for each in texts) or not isinstance(subject.dirty, bool):
        raise TypeError(texts)
    return Evidence(
        subject=subject,
        envtool=data["envtool"],
        environments=tuple(map(_tested, data["environments"])),
    )


def _tested(data: Mapping[str, Any]) -> Examined:
    checks = (Check(**each) for each in data["checks"])
    return Examined(
        str(data["environment"]),
        str(data["started"]),
        tuple(
            Check(str(kind), str(name), Outcome(outcome), str(said), float(seconds), int(peak))
            for kind, name, outcome, said, seconds, peak in checks
        ),
    )
