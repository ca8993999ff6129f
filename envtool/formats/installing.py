"""What `recreate` and `rollback` did, as text for people."""

from typing import Any

from envtool.domain.results import Result
from envtool.formats import text
from envtool.formats.escape import visible
from envtool.formats.lines import Line, Span, Style


def render(result: Result, width: int) -> list[Line]:
    """The answer first, then the steps with what each took, then what else there is to say."""
    answer, *rest = text.render(result, width=width)
    return [answer, *_steps(result), *_generations(result), *rest]


def _steps(result: Result) -> list[Line]:
    steps: Any = result.data.get("steps", [])
    if not steps:
        return []
    names = max(len(each["name"]) for each in steps)
    lines = (
        (
            Span(f"  {each['name']:<{names}}  ", Style.PLACE),
            Span(f"{each['seconds']:6.2f} s  "),
            Span(visible(each["what"])),
        )
        for each in steps
    )
    return [(), *lines]


def _generations(result: Result) -> list[Line]:
    found: Any = result.data.get("generations", [])
    return [(), *map(_generation, found)] if found else []


def _generation(each: Any) -> Line:  # noqa: ANN401 - JSON
    mark = "*" if each["current"] else " "
    tree = "" if each["current"] or each["tree"] else ", to be built again"
    lock = f", lock {each['lock'][:12]}" if each["lock"] else ""
    return (
        Span(f"{mark} {each['number']:>4}  ", Style.GOOD if each["current"] else Style.PLACE),
        Span(f"{each['created'][:16].replace('T', ' ')}  "),
        Span(visible(f"{each['packages']} packages from {each['origin']}{lock}{tree}")),
    )
