"""The text of `envtool policy show`: what was set, file by file; the defaults; the problems."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from envtool.domain.results import Result
from envtool.formats import text
from envtool.formats.escape import visible
from envtool.formats.lines import Line, Span, Style, fit

_INDENT = "      "


class _Row(NamedTuple):
    """An option or a rule, as it would be written, and where it stands."""

    # Records have a paragraph each.
    written: tuple[str, ...]
    places: list[Any]


def render(result: Result, width: int) -> list[Line]:
    """What the project sets, then what the policy that it extends sets, then all others."""
    if result.failures:
        return text.render(result, width=width)
    rows = list(_rows(result))
    lines: list[Line] = [(Span(visible(result.headline), Style.PLACE),)]
    paths = dict.fromkeys(row.places[-1]["path"] for row in rows if row.places)
    files: Any = result.data["files"]
    for path in sorted(paths, key=lambda each: files.index(each) if each in files else -1):
        here = [row for row in rows if row.places and row.places[-1]["path"] == path]
        lines += [(), (Span(visible(path), Style.PLACE),)]
        for row in sorted(here, key=lambda each: int(each.places[-1]["line"])):
            lines += _set(row, width)
    lines += [(), (Span("defaults", Style.PLACE),)]
    for row in rows:
        if not row.places:
            lines += _written("  ", row, width, Style.DIM)
    # Behind its headline: the findings, and the hint.
    return lines + (text.render(result, width=width)[1:] if result.findings else [])


def _rows(result: Result) -> Iterator[_Row]:
    data: Any = result.data
    for option in data["options"]:
        value = option["value"]
        if isinstance(value, list) and value and isinstance(value[0], dict):
            written = (f"{option['key']} =", *map(_toml, value))
        else:
            written = (f"{option['key']} = {_toml(value)}",)
        if value is not None:
            yield _Row(written, option["places"])
    for rule in data["rules"]:
        yield _Row((f'rules."{rule["rule"]}" = "{rule["severity"]}"',), rule["places"])


def _set(row: _Row, width: int) -> Iterator[Line]:
    """A row below the name of its file; a list that grew names the other one, too."""
    lead = f"  {row.places[-1]['line']}: " if row.places[-1]["line"] else "  "
    yield from _written(lead, row, width)
    for place in row.places[:-1]:
        also = f"with what stands in {place['path']}:{place['line']}"
        for line in fit(also, width, len(_INDENT)):
            yield (Span(_INDENT), Span(line, Style.DIM))


def _written(lead: str, row: _Row, width: int, style: Style = Style.PLAIN) -> Iterator[Line]:
    first, *others = row.written
    head, *rest = fit(first, width, len(_INDENT), first=len(lead))
    yield (Span(lead), Span(head, style))
    rest += [line for each in others for line in fit(each, width, len(_INDENT))]
    yield from ((Span(_INDENT), Span(line, style)) for line in rest)


def _toml(value: Any) -> str:  # noqa: ANN401 - JSON
    """A value as it is written in a policy."""
    if isinstance(value, dict):
        items = (f"{_key(key)} = {_toml(each)}" for key, each in value.items())
        return f"{{ {', '.join(items)} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
