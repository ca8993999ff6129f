"""What is in the cache, kind by kind, as text for people."""

from typing import Any

from envtool.domain.caching import KEPT, CacheKind, size_text
from envtool.domain.results import Result
from envtool.formats import text
from envtool.formats.lines import Line, Span, Style

_KEPT = frozenset(each.value for each in KEPT)


def render(result: Result, width: int) -> list[Line]:
    """The answer first, then a line for each kind, then what else there is to say."""
    answer, *rest = text.render(result, width=width)
    kinds: Any = result.data.get("kinds", [])
    lines = [(), *(_line(each, kinds, result.command) for each in kinds)] if kinds else []
    return [answer, *lines, *rest]


def _line(kind: Any, kinds: Any, command: str) -> Line:  # noqa: ANN401 - JSON
    names = max(len(each["kind"]) for each in kinds)
    numbers = max(len(f"{each['number']:,}") for each in kinds)
    return (
        Span(f"  {kind['kind']:<{names}}  ", Style.PLACE),
        Span(f"{kind['number']:>{numbers},}  {size_text(kind['size']):>9}"),
        Span(f"  {_use(kind)}" if command == "cache status" else "", Style.DIM),
    )


def _use(kind: Any) -> str:  # noqa: ANN401 - JSON
    """What uses it, as far as that can be told."""
    if kind["kind"] in _KEPT:
        return "kept to install from"
    if kind["unused"] is None:
        return ""
    if kind["kind"] == CacheKind.LEFTOVERS.value:
        return "of what was cut off"
    if not kind["unused"]:
        return "all used"
    return f"{kind['unused']:,} used by nothing, {size_text(kind['unused_size'])}"
