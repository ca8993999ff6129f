"""The text of `envtool explain`."""

import textwrap
from typing import Any

from envtool.domain.results import Result
from envtool.formats.lines import Line, Span, Style


def render_explain(result: Result, width: int) -> list[Line]:
    """Whole documentation for one rule, id, severities and title for several."""
    rules: Any = result.data["rules"]
    if len(rules) == 1:
        return _rule(rules[0], width)
    lines: list[Line] = []
    family = ""
    for rule in rules:
        if rule["id"].partition(".")[0] != family:
            family = rule["id"].partition(".")[0]
            lines += [()] if lines else []
        lines.append((Span(f"{rule['id']:<29} ", Style.RULE), Span(rule["title"])))
    hint = "hint: `envtool explain RULE` says more, `envtool explain FAMILY` lists a family"
    return [*lines, (), (Span(hint, Style.DIM),)]


def _rule(rule: Any, width: int) -> list[Line]:  # noqa: ANN401 - JSON
    title, _, body = rule["text"].partition("\n")
    lines: list[Line] = [(Span(rule["id"], Style.RULE), Span(f": {title.rstrip('.')}"))]
    for paragraph in body.strip().split("\n\n"):
        lines.append(())
        lines += [(Span(line),) for line in textwrap.wrap(paragraph, width)]
    options = {"safe": "--fix", "unsafe": "--fix --unsafe-fixes"}
    mended: Line = (Span("mend it: "), Span("by hand"))
    if rule["mended"] is not None:
        command = f"envtool verify {options[rule['mended']]}"
        mended = (Span("mend it: "), Span(command, Style.HINT), Span(f"  ({rule['mended']})"))
    ignored = f"  # envtool: ignore[{rule['id']}] reason"
    return [
        *lines,
        (),
        (Span(f"severity: {rule['recommended']} (recommended), {rule['strict']} (strict)"),),
        mended,
        (Span("accept one line:"), Span(ignored, Style.HINT)),
        (
            Span("change it: in `envtool.toml`, "),
            Span(f'[rules] "{rule["id"]}" = "off"', Style.HINT),
        ),
    ]
