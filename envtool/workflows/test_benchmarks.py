"""Measures commands of a project against the same ones in what is installed now."""

from statistics import median

from envtool.domain.evidence import Check, Outcome
from envtool.domain.policy.test_options import Benchmark, shown
from envtool.ports import Tools
from envtool.ports_prefixes import PrefixKind
from envtool.workflows.test_rig import Order, Rig, check_of

# A program that does nothing takes as long as its start, and that is different each time.
_NOISE = 0.05


def why_not_compared(tools: Tools, prefix: str, lock: str) -> str:
    """Why nothing can be measured against what is installed at `prefix`; empty when it can."""
    prefixes = tools.prefixes()
    if prefixes.kind(prefix) is not PrefixKind.PREFIX:
        return "nothing is installed to measure it against: `envtool recreate`"
    number = prefixes.current(prefix)
    now = next((each for each in prefixes.generations(prefix) if each.number == number), None)
    return "what is installed is of the same lock" if now and now.lock == lock else ""


def measured(new: Rig, old: Rig, benchmark: Benchmark) -> Check:
    """Run a command in turns, and hold the medians against each other."""
    order = Order(benchmark.command, benchmark.timeout, benchmark.cwd, benchmark.variables)
    name = new.named(benchmark.name or shown(benchmark.command), order)
    times: dict[str, list[float]] = {}
    peak = 0
    for number in range(benchmark.runs):
        # Whoever comes second finds what the first has warmed up.
        for rig in (old, new) if number % 2 else (new, old):
            tried = rig.run(order, _nobody)
            check = check_of("benchmark", name, tried, order)
            if check.outcome is Outcome.FAILED:
                return check if rig is new else _old_fails(check)
            times.setdefault(rig.prefix, []).append(tried.seconds)
            peak = max(peak, tried.peak) if rig is new else peak
    before, after = median(times[old.prefix]), median(times[new.prefix])
    is_slower = after > before * benchmark.slower and after - before > _NOISE
    said = f"{after:.3f} s, {before:.3f} s in what is installed: {after / before:.2f} times"
    outcome = Outcome.FAILED if is_slower else Outcome.PASSED
    return Check("benchmark", name, outcome, said, round(after, 3), peak)


def _old_fails(check: Check) -> Check:
    said = f"in what is installed it {check.said}"
    return check._replace(outcome=Outcome.SKIPPED, said=said)


def _nobody(_: str) -> None:
    """Hears what is said again and again."""
