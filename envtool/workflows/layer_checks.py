"""Whether the programs of a new tree work, layer by layer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from envtool.domain.installing import Layer, Probe, probes
from envtool.errors import ExitCode
from envtool.ports_installing import Ran

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


def check(prefix: str, layers: tuple[Layer, ...], run: Run) -> bool:
    """Whether the programs of all layers could be run; raises `NotWholeError` when one fails."""
    return all(_check(prefix, each, run) for each in layers)


def check_meanwhile(
    prefix: str, layers: tuple[Layer, ...], run: Run, work: Callable[[], None]
) -> bool:
    """The same while `work` is done; raises what either of both raises, `work` first."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        checked = pool.submit(check, prefix, layers, run)
        work()
        return checked.result()


def _check(prefix: str, layer: Layer, run: Run) -> bool:
    for probe in probes(layer):
        ran = run(prefix, probe.command, _PROBE_LIMIT)
        if ran is None:
            return False
        if ran.code != 0:
            raise NotWholeError(layer.name, _told(probe, ran), ran.said)
    return True


def _told(probe: Probe, ran: Ran) -> str:
    return f"`{' '.join(probe.command)}` of `{probe.package}` ended with {ran.code}"
