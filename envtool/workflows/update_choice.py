"""What the user wants to be updated."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase

from envtool.domain.pip_grammar import canonical
from envtool.domain.policy.shapes import closest
from envtool.domain.update_asks import Package, lines_of, package_of
from envtool.domain.update_kinds import Level
from envtool.errors import UsageError
from envtool.workflows.lock_inputs import Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to update, as it was typed.

    Attributes:
        packages: their names.
        groups: of the policy.
        everything: all packages of the lock.
        level: how far each may go.
    """

    packages: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    everything: bool = False
    level: Level = Level.MINOR

    @property
    def command(self) -> str:
        """How to ask for the same again."""
        words = ["envtool", "update", *self.packages]
        words += [word for each in self.groups for word in ("--group", each)]
        words += ["--all"] if self.everything else []
        words += ["--level", self.level.value] if self.level is not Level.MINOR else []
        return shlex.join(words)


def chosen(inputs: Inputs, choice: Choice) -> frozenset[Package]:
    """The packages of the files and the lock that are meant; raises `UsageError`."""
    if choice.everything and (choice.packages or choice.groups):
        raise UsageError(
            "`--all` is every package already", hints=("leave out `--all`, or the names",)
        )
    known = _known(inputs)
    if choice.everything:
        return known
    if not choice.packages and not choice.groups:
        raise UsageError(
            "nothing was named to update",
            hints=("name packages: `envtool update numpy`", "or all: `envtool update --all`"),
        )
    named = (_named(name, known) for name in choice.packages)
    grouped = (_grouped(name, inputs.project.policy.groups, known) for name in choice.groups)
    return frozenset().union(*named, *grouped)


def newest_build(now: datetime, as_of: date | None, cooldown: int) -> datetime | None:
    """The last moment at which a build may have been made; None when any may.

    `as_of` counts to its end, in UTC; of a `cooldown` so many days before that count.
    """
    if as_of is None and not cooldown:
        return None
    moment = now
    if as_of is not None:
        moment = datetime.combine(as_of + timedelta(days=1), time(), UTC) - timedelta(seconds=1)
    return moment - timedelta(days=cooldown)


def _known(inputs: Inputs) -> frozenset[Package]:
    listed = {package_of(line) for spec in inputs.specs for line in lines_of(spec)}
    known = {(each.manager, each.name) for each in inputs.locked} | listed
    # A URL may say no name, and old locks hold what is a property of the machine.
    return frozenset(each for each in known if each[1] and not each[1].startswith("__"))


def _named(name: str, known: frozenset[Package]) -> frozenset[Package]:
    found = known & {("conda", name.lower()), ("pip", canonical(name))}
    if not found:
        raise UsageError(
            f"`{name}` is neither in an environment file nor in the lock", hints=_hints(name, known)
        )
    return found


def _hints(name: str, known: Iterable[Package]) -> tuple[str, ...]:
    bare = canonical(name.partition("=")[0].rstrip("<>!~ "))
    near = closest(bare, tuple(sorted({each for _, each in known})))
    add = "a new package is added to `environment.yml`, then `envtool lock`"
    return (near or add,)


def _grouped(
    name: str, groups: Mapping[str, tuple[str, ...]], known: frozenset[Package]
) -> frozenset[Package]:
    if name not in groups:
        hint = closest(name, tuple(groups)) or "groups are named in the policy, under `[groups]`"
        raise UsageError(f"the policy has no group `{name}`", hints=(hint,))
    found = frozenset(
        package
        for package in known
        if any(fnmatchcase(package[1], pattern.lower()) for pattern in groups[name])
    )
    if not found:
        raise UsageError(
            f"no package is in the group `{name}`",
            hints=(f"it holds {', '.join(f'`{each}`' for each in groups[name]) or 'nothing'}",),
        )
    return found
