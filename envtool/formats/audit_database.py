"""The database of advisories, source by source, as text for people."""

from datetime import datetime
from typing import Any

from envtool.domain.auditing.sources import Sources
from envtool.domain.results import Result
from envtool.formats import text
from envtool.formats.escape import visible
from envtool.formats.lines import Line, Span, Style


def render(result: Result, width: int) -> list[Line]:
    """The answer first, then a line for each source, then what else there is to say."""
    answer, *rest = text.render(result, width=width)
    return [answer, *_table(result), *rest]


def _table(result: Result) -> list[Line]:
    sources: Any = result.data.get("sources", [])
    if not sources:
        return []
    now = datetime.fromisoformat(str(result.data["now"]))
    names = max(len(each["name"]) for each in sources)
    return [(), *(_line(each, names, now) for each in sources)]


def _line(source: Any, names: int, now: datetime) -> Line:  # noqa: ANN401 - JSON
    number = "-" if source["records"] is None else f"{source['records']:,}"
    newest = f", newest entry {source['published'][:10]}" if source["published"] else ""
    # Where everybody reads it is no news.
    is_usual = source["url"] == Sources().file_url(source["name"])
    return (
        Span(f"  {visible(source['name']):<{names}}  ", Style.PLACE),
        Span(f"{number:>9}  "),
        Span(f"{_age(source['fetched'], now)}{newest}"),
        Span("" if is_usual else f", {visible(source['url'])}", Style.DIM),
    )


def _age(fetched: str | None, now: datetime) -> str:
    """How old it is: minutes, hours or days."""
    if fetched is None:
        return "never fetched"
    seconds = max((now - datetime.fromisoformat(fetched)).total_seconds(), 0)
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        number = int(seconds // size)
        if number:
            return f"{number} {unit}{'s' if number > 1 else ''} old"
    return "just fetched"
