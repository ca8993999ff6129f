"""Runs commands in an environment that is under test, and says how they ended."""

import os.path
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple

from envtool.domain.activation import Activation
from envtool.domain.evidence import Check, Outcome
from envtool.domain.policy.test_options import shown
from envtool.domain.secrets import is_secret_variable, mask
from envtool.errors import COMMAND_HINT
from envtool.ports import Tools
from envtool.ports_running import RunTools
from envtool.ports_testing import Serving, Trial, Tried
from envtool.workflows.activation import Wanted, prepare
from envtool.workflows.prefixes import Where
from envtool.workflows.spec_variables import spec_variables

# Modules from elsewhere would stand in for what the environment lacks.
_FOREIGN = ("PYTHONPATH", "PYTHONHOME", "R_LIBS", "R_LIBS_USER")
_OWN = {"PYTHONNOUSERSITE": "1"}
# What shells call the working directory, and what sounds like a password.
_FOLDERS = frozenset({"PWD", "OLDPWD"})
_KILLED = (137, -9)
# A line of a secret that is shorter is in many a text.
_LEAST = 6

Words = str | Sequence[str]


class Order(NamedTuple):
    """A command to run.

    Attributes:
        words: a line for the shell, or words for no shell.
        seconds: that it may take.
        cwd: the working directory, relative to the project.
        variables: that are set besides those of the environment.
    """

    words: Words
    seconds: float
    cwd: str = "."
    variables: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rig:
    """An installed environment, and the log of what is run in it.

    Attributes:
        tools: the doors.
        folder: of the project.
        prefix: absolute.
        activation: how the environment is used.
        own: the `variables:` of the environment files.
        log: absolute path.
        hear: is told what commands say, line by line.
        clock: seconds that go on.
        hidden: texts that are never written down.
        passes: which variables of whoever runs it are set, too; None is nearly all.
    """

    tools: Tools
    folder: str
    prefix: str
    activation: Activation
    own: Mapping[str, str]
    log: str
    hear: Callable[[str], None]
    clock: Callable[[], float]
    hidden: tuple[str, ...] = ()
    passes: Callable[[str], bool] | None = None

    @property
    def windows(self) -> bool:
        """Whether programs are those of Windows."""
        return self.tools.processes().is_windows

    def run(self, order: Order, hear: Callable[[str], None] | None = None) -> Tried:
        """Run a command to its end."""
        return self.tools.trials().run(self.trial(order), hear or self.hear)

    def serving(self, order: Order, log: str) -> AbstractContextManager[Serving]:
        """Have a command run, with a log of its own."""
        return self.tools.trials().serving(self.trial(order)._replace(log=log))

    def named(self, text: str, order: Order) -> str:
        """What a command is called, without the credentials among its variables."""
        return mask(text, (*self.hidden, *hidden_in(self._variables(order))))

    def trial(self, order: Order) -> Trial:
        """A command as it is started."""
        command: Sequence[str] = self._words(order.words)
        variables: Mapping[str, str] = self._variables(order)
        hidden = (*self.hidden, *hidden_in(variables))
        words = order.words if isinstance(order.words, str) else tuple(order.words)
        title = mask(shown(words), hidden)
        if self.activation.has_scripts:
            processes = self.tools.processes()
            command, variables = processes.scripted(command, variables, self._script())
        folder = os.path.normpath(posixpath.join(self.folder, order.cwd))
        return Trial(command, variables, folder, order.seconds, self.log, title, hidden)

    def _variables(self, order: Order) -> dict[str, str]:
        """What is set, but for what scripts of packages set."""
        present = self.tools.processes().variables()
        passes = self.passes or _is_ours
        kept = {name: value for name, value in present.items() if passes(name)}
        # Not by a script, whose text everybody on the machine can read.
        found = kept if self.activation.has_scripts else self.activation.applied(kept)
        return {**found, **_OWN, **self.own, **order.variables}

    def _script(self) -> str:
        from envtool.domain.shell_scripts import Shell, exec_script, script

        if self.windows:
            return script(Shell.CMD, self.activation)
        return exec_script(self.activation, f"hint: {COMMAND_HINT}")

    def _words(self, words: Words) -> Sequence[str]:
        if not isinstance(words, str):
            return words
        return ("cmd.exe", "/D", "/S", "/C", words) if self.windows else ("/bin/sh", "-c", words)


def _is_ours(name: str) -> bool:
    return name not in _FOREIGN


class Bench(NamedTuple):
    """Where a rig stands: the project, the environment, its prefix, the log."""

    folder: str
    environment: str
    prefix: str
    log: str


def open_rig(
    tools: Tools, bench: Bench, hear: Callable[[str], None], clock: Callable[[], float]
) -> Rig:
    """A rig for what is installed; raises `EnvtoolError` when a file of it can not be read."""
    processes = tools.processes()
    doors = RunTools(tools.files, processes, lambda: tools)
    own = spec_variables(tools, bench.folder, bench.environment)
    ending = ".bat" if processes.is_windows else ".sh"
    return Rig(
        tools=tools,
        folder=bench.folder,
        prefix=bench.prefix,
        activation=prepare(doors, Wanted(Where(prefix=bench.prefix), ending)),
        own={name: value for name, value in own.items() if value is not None},
        log=bench.log,
        hear=hear,
        clock=clock,
    )


def hidden_in(variables: Mapping[str, str]) -> tuple[str, ...]:
    """The credentials among `variables`, which nothing that is kept may hold."""
    named = ((name, value) for name, value in variables.items() if name not in _FOLDERS)
    return with_lines(value for name, value in named if is_secret_variable(name, value))


def with_lines(secrets: Iterable[str]) -> tuple[str, ...]:
    """`secrets`, and their lines: what prints one may print it line by line."""
    found = tuple(secrets)
    lines = (line for value in found for line in value.splitlines() if len(line) >= _LEAST)
    return tuple(dict.fromkeys((*found, *lines)))


def check_of(kind: str, name: str, tried: Tried, order: Order, *, strict: bool = True) -> Check:
    """The check that a command was; when not `strict`, whether it started at all."""
    failed = tried.code != 0 if strict else tried.code in {None, 126, 127} or is_killed(tried)
    said = ended(tried, order.seconds) if failed else ""
    if tried.left:
        number = "1 process" if tried.left == 1 else f"{tried.left} processes"
        said += f"{'; ' if said else ''}it left {number} behind, now ended"
    outcome = Outcome.FAILED if failed else Outcome.PASSED
    return Check(kind, name, outcome, said, round(tried.seconds, 3), tried.peak)


def is_killed(tried: Tried) -> bool:
    """Whether a signal ended it."""
    return tried.code is not None and (tried.code < 0 or tried.code in _KILLED)


def ended(tried: Tried, seconds: float) -> str:
    """How a command that failed has ended, with the last line of what it said."""
    if tried.code is None:
        how = f"did not end within {seconds:g} s"
    elif tried.code in _KILLED:
        how = f"was killed ({tried.code}), often for want of memory"
    elif tried.code < 0:
        how = f"was ended by signal {-tried.code}"
    else:
        how = f"ended with {tried.code}"
    return f"{how}: {tried.said[-1].strip()}" if tried.said else how
