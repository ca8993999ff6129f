"""The text of a plan: what needs a review first, below the line of the policy that says so."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from envtool.domain.results import Result
from envtool.formats import text
from envtool.formats.escape import visible
from envtool.formats.lines import Line, Span, Style, fit

_STYLES = {
    "major": Style.ERROR,
    "downgrade": Style.ERROR,
    "replaced": Style.ERROR,
    "added": Style.WARNING,
    "minor": Style.INFO,
    "patch": Style.GOOD,
}
_TITLES = {"review": "needs a review", "auto": "auto"}
_LEAD = 12
# Columns of names and versions that line up; what is longer shifts its own line.
_NAMES, _VERSIONS = 26, 26
# Less room than this behind the columns: the rest goes on the next line.
_LEAST = 24


def render(result: Result, width: int) -> list[Line]:
    """The answer, the changes by who decided, the lines of files, then what else there is."""
    answer, *rest = text.render(result, width=width)
    plan: Any = result.data.get("plan", {})
    lines: list[Line] = [answer]
    changes = plan.get("changes", [])
    columns = _columns(changes)
    for (decision, line, origin), group in groupby(changes, key=decided_by):
        lines += [(), (Span(_TITLES[decision], Style.PLACE),)]
        for change in group:
            lines += _change(change, columns, width)
        by = f"by {line}, {origin}"
        first, *more = fit(by, width, 4, first=2)
        lines += ((Span(each, Style.DIM),) for each in (f"  {first}", *(f"    {m}" for m in more)))
    lines += _files(plan.get("lines", []), width)
    return lines + rest


def decided_by(change: Any) -> tuple[str, str, str]:  # noqa: ANN401 - JSON
    """The decision, the line of the policy, and where that stands."""
    by = change["decided_by"]
    return (change["decision"], by["line"], by["origin"])


def versions(change: Any) -> str:  # noqa: ANN401 - JSON
    """From what to what; of a rebuild the builds, where they are the same everywhere."""
    before, after = change["before"], change["after"]
    if change["kind"] == "rebuild" and before == after:
        builds = {(each["before"], each["after"]) for each in change["builds"]}
        (old, new), *others = sorted(builds)
        return f"{before}, new builds" if others else f"{before} {old} -> {new}"
    if before == after:
        return f"{before}, other bytes"
    return " -> ".join(each for each in (before, after) if each)


def why(change: Any) -> str:  # noqa: ANN401 - JSON
    """Why the package is there: `direct`, or the chain of what needs it."""
    if change["direct"]:
        return "direct"
    chain = " > ".join(change["through"])
    return f"through {chain}" if chain else "nothing needs it"


def name(change: Any) -> str:  # noqa: ANN401 - JSON
    """The package, with its manager where that is pip."""
    return f"{change['name']} (pip)" if change["manager"] == "pip" else str(change["name"])


def _columns(changes: Any) -> tuple[int, int]:  # noqa: ANN401 - JSON
    names = [len(visible(name(each))) for each in changes]
    froms = [len(visible(versions(each))) for each in changes]
    return (
        max((each for each in names if each <= _NAMES), default=0),
        max((each for each in froms if each <= _VERSIONS), default=0),
    )


def _change(
    change: Any,  # noqa: ANN401 - JSON
    columns: tuple[int, int],
    width: int,
) -> Iterator[Line]:
    kind = f"  {change['kind']:<9} "
    package = f"{visible(name(change)):<{columns[0]}}"
    steps = f"{visible(versions(change)):<{columns[1]}}"
    where = "" if change["everywhere"] else f", on {', '.join(change['platforms'])}"
    reason = f"{why(change)}, {change['layer']}{where}"
    head: Line = (
        Span(kind, _STYLES.get(change["kind"], Style.PLAIN)),
        Span(package, Style.PLACE),
        Span(f" {steps}"),
    )
    used = sum(len(span.text) for span in head) + 2
    if width - used >= _LEAST:
        first, *rest = fit(reason, width, used)
        yield (*head, Span("  "), Span(first, Style.DIM))
        indent = used
    else:
        yield head
        indent, rest = _LEAD, fit(reason, width, _LEAD)
    yield from ((Span(" " * indent), Span(each, Style.DIM)) for each in rest)


def _files(lines: Any, width: int) -> Iterator[Line]:  # noqa: ANN401 - JSON
    """The lines of environment files that follow."""
    for path, group in groupby(lines, key=lambda each: each["path"]):
        yield ()
        yield (Span(visible(path), Style.PLACE),)
        for each in group:
            what = f"{each['line']}: {each['before']} -> {each['after']}"
            first, *more = fit(what, width, 4, first=2)
            yield from ((Span(line),) for line in (f"  {first}", *(f"    {m}" for m in more)))
