"""Whether the programs of a new tree work, layer by layer."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeAlias

from envtool.domain.installing import Layer, Probe, probes
from envtool.errors import ExitCode
from envtool.ports_prefixes import Ran

# A program that says its version has no business that takes longer.
_PROBE_LIMIT = 60.0
# Runs a program of a prefix, for some seconds at most; None where that can not be done.
Run: TypeAlias = Callable[[str, tuple[str, ...], float], Ran | None]


class NotWholeError(Exception):
    """The new tree does not do what it has to; nothing is changed."""

    def __init__(self, layer: str, what: str, said: str, code: ExitCode = ExitCode.NO) -> None:
        super().__init__(f"the layer `{layer}` does not work")
        self.what = what
        self.said = said
        self.code = code


class NotSoundError(NotWholeError):
    """What stands on the new tree does not do what it has to, or a check of the tree fails."""

    def __init__(self, who: str, what: str) -> None:
        super().__init__("", what, "")
        self.args = (who,)


class Checks:
    """The layers of one tree, tried one after the other while the next one is built."""

    def __init__(self, prefix: str, run: Run, pool: ThreadPoolExecutor) -> None:
        self._prefix = prefix
        self._run = run
        self._pool = pool
        self._started: list[Future[bool]] = []

    def start(self, layer: Layer) -> None:
        """Try the programs of a layer, which is whole."""
        self._started.append(self._pool.submit(_check, self._prefix, layer, self._run))

    def passed(self) -> bool:
        """Whether the programs of all could be run; raises `NotWholeError` when one fails."""
        return all(each.result() for each in self._started)


@contextmanager
def checking(prefix: str, run: Run) -> Iterator[Checks]:
    """Checks that are over at the end, however it comes to that."""
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        yield Checks(prefix, run, pool)
    finally:
        pool.shutdown(cancel_futures=True)


def check(prefix: str, layers: tuple[Layer, ...], run: Run) -> None:
    """Try the programs of all layers; raises `NotWholeError` when one fails."""
    for each in layers:
        _check(prefix, each, run)


def _check(prefix: str, layer: Layer, run: Run) -> bool:
    """Whether the programs of a layer could be run."""
    for probe in probes(layer):
        ran = run(prefix, probe.command, _PROBE_LIMIT)
        if ran is None:
            return False
        if ran.code != 0:
            raise NotWholeError(layer.name, _told(probe, ran), ran.said)
    return True


def _told(probe: Probe, ran: Ran) -> str:
    return f"`{' '.join(probe.command)}` of `{probe.package}` ended with {ran.code}"
