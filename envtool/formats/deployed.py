"""What `deploy` did, as text for people."""

from typing import Any

from envtool.domain.results import Result
from envtool.formats import text
from envtool.formats.escape import visible
from envtool.formats.lines import Line, Span, Style


def render(result: Result, width: int) -> list[Line]:
    """The answer first, then the stages with what each took, then what else there is to say."""
    answer, *rest = text.render(result, width=width)
    return [answer, *_stages(result), *rest]


def _stages(result: Result) -> list[Line]:
    stages: Any = result.data.get("stages", [])
    names = [len(step["name"]) for stage in stages for step in stage["steps"]]
    lines: list[Line] = []
    for stage in stages:
        if stage["steps"]:
            lines += [(), (Span(f"{stage['stage']} stage", Style.PLACE),)]
            lines += (_step(each, max(names)) for each in stage["steps"])
    return lines


def _step(each: Any, width: int) -> Line:  # noqa: ANN401 - JSON
    return (
        Span(f"  {each['name']:<{width}}  "),
        Span(f"{each['seconds']:6.2f} s  "),
        Span(visible(each["what"])),
    )
