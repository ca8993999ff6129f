"""The text of `envtool explain`."""

from collections.abc import Iterator
from typing import Any

from envtool.domain.results import Result
from envtool.formats.lines import Line, Span, Style, fit

_COLUMN = 30


def render_explain(result: Result, width: int) -> list[Line]:
    """Whole documentation for one rule, id and title for several."""
    rules: Any = result.data["rules"]
    if len(rules) == 1:
        return list(_rule(rules[0], width))
    lines: list[Line] = []
    family = ""
    for rule in rules:
        if rule["id"].partition(".")[0] != family:
            family = rule["id"].partition(".")[0]
            lines += [()] if lines else []
        lead = f"{rule['id']:<{_COLUMN - 1}} "
        title, *rest = fit(rule["title"], width, _COLUMN)
        lines.append((Span(lead, Style.RULE), Span(title)))
        lines += [(Span(" " * _COLUMN), Span(line)) for line in rest]
    hint = "hint: `envtool explain RULE` says more, `envtool explain FAMILY` lists a family"
    return [*lines, (), *((Span(line, Style.DIM),) for line in fit(hint, width))]


def _rule(rule: Any, width: int) -> Iterator[Line]:  # noqa: ANN401 - JSON
    title, _, body = rule["text"].partition("\n")
    head, *rest = fit(f": {title.rstrip('.')}", width, first=len(rule["id"]))
    yield (Span(rule["id"], Style.RULE), Span(head))
    yield from ((Span(line),) for line in rest)
    for paragraph in body.strip().split("\n\n"):
        yield ()
        yield from ((Span(line),) for line in fit(" ".join(paragraph.split()), width))
    yield ()
    yield (Span(f"severity: {rule['recommended']} (recommended), {rule['strict']} (strict)"),)
    for label, words in (_mended(rule), _accepted(rule), _changed(rule)):
        line, *rest = fit(words, width, 2, first=len(label))
        yield (Span(label), Span(line, Style.HINT))
        yield from ((Span("  "), Span(each, Style.HINT)) for each in rest)


def _mended(rule: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON
    options = {"safe": "--fix", "unsafe": "--fix --unsafe-fixes"}
    if rule["mended"] is None:
        return "mend it: ", "by hand"
    return "mend it: ", f"envtool verify {options[rule['mended']]}  ({rule['mended']})"


def _accepted(rule: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON
    match rule["accepted"]:
        case "inline":
            return "accept one line:  ", f"# envtool: ignore[{rule['id']}] reason"
        case "waiver":
            waiver = f'[[waivers]] with rule = "{rule["id"]}", reason, owner and expires'
            return "accept it: in `envtool.toml`, ", waiver
        case _:
            return "accept it: ", "nobody can, so that nothing hides behind itself"


def _changed(rule: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON
    return "change it: in `envtool.toml`, ", f'[rules] "{rule["id"]}" = "off"'
