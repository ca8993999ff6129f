"""The text of an audit: how much was audited, what is vulnerable, what nobody looked at."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from envtool.domain.findings import Exposure, Finding, Severity
from envtool.domain.results import Result
from envtool.formats import text
from envtool.formats.escape import visible
from envtool.formats.lines import Line, Span, Style, fit

VULNERABLE = "advisories.vulnerable"
# What the lines on sources say better.
_TOLD = frozenset({"advisories.unavailable"})
# So many vulnerabilities of a package, and so many packages of a reason, are listed.
_LISTED = 5
_NAMED = 12
_INDENT = "    "
_STYLES = {
    Severity.ERROR: Style.ERROR,
    Severity.WARNING: Style.WARNING,
    Severity.INFO: Style.INFO,
}


def render(result: Result, width: int, *, expand: bool = False) -> list[Line]:
    """The lines of `result`; `expand` lists every vulnerability and every package."""
    audit: Any = result.data["audit"]
    others = tuple(each for each in result.findings if not _is_ours(each))
    groups, folded = text.findings_of(replace(result, findings=others), width, expand=expand)
    vulnerable = list(_vulnerable(result, audit, width, expand=expand))
    if vulnerable and groups[:2] == vulnerable[:2]:
        # What else there is stands in the same file.
        groups = groups[2:]
    return [
        text.answer(result),
        *_sources(audit["sources"], width),
        *_again(result, audit["sources"], width),
        *_guessed(audit["coverage"], width),
        *_since(audit["since"], width),
        # A failure stands beside what was found at the same place.
        *text.unjudged(replace(result, findings=()), width),
        *vulnerable,
        *groups,
        *_suppressed(audit["packages"], width, expand=expand),
        *_not_audited(audit["not_audited"], width, expand=expand),
        *text.footer(result, width, folded=folded),
    ]


def _is_ours(finding: Finding) -> bool:
    is_listed = finding.rule == VULNERABLE and finding.waived is None
    return is_listed or finding.rule in _TOLD


def _sources(sources: Any, width: int) -> Iterator[Line]:  # noqa: ANN401 - JSON
    """Which sources there were, and how old their data is; then what failed."""
    if known := told(sources):
        yield from _dim(f"sources: {known}", width)
    for line in failed(sources):
        for each in fit(line, width, 2):
            yield (Span(each, Style.WARNING),)


def _again(result: Result, sources: Any, width: int) -> Iterator[Line]:  # noqa: ANN401 - JSON
    """What to type where a source is missing; a failure says it by itself."""
    if not result.failures and any(each["error"] and not aged(each) for each in sources):
        hint = "hint: audit again in a while, or with `--offline` after `envtool audit db update`"
        yield from ((Span(line, Style.HINT),) for line in fit(hint, width, 2))


def told(sources: Any) -> str:  # noqa: ANN401 - JSON
    """The sources that there is data of, by its age."""
    ages: dict[str, list[str]] = {}
    for each in sources:
        if age := aged(each):
            ages.setdefault(age, []).append(each["name"])
    return "; ".join(f"{', '.join(names)} {age}" for age, names in ages.items())


def failed(sources: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """What could not be asked, by the reason for it, and what stands in for it."""
    reasons: dict[str, list[str]] = {}
    for each in sources:
        if each["error"]:
            instead = f"; data {aged(each)} stands in" if aged(each) else ""
            reasons.setdefault(each["brief"] + instead, []).append(each["name"])
    for reason, names in reasons.items():
        yield f"not asked: {', '.join(names)}: {reason}"


def aged(source: Any) -> str:  # noqa: ANN401 - JSON
    """How old the data of a source is; empty when there is none."""
    days = source["age_days"]
    if days is None:
        return "" if source["error"] else "(asked now)"
    return "(of today)" if not days else f"({days} day{'s' if days > 1 else ''} old)"


def _guessed(coverage: Any, width: int) -> Iterator[Line]:  # noqa: ANN401 - JSON
    """How many are known by nothing but their name."""
    if number := coverage["guessed"]:
        are = "packages are" if number > 1 else "package is"
        yield from _dim(f"guessed: {number} {are} taken for what has the name on PyPI", width)


def _since(since: Any, width: int) -> Iterator[Line]:  # noqa: ANN401 - JSON
    """What changed since last time."""
    if since is None:
        return
    yield from _dim(f"since {since['at'][:10]}: {changes(since)}", width)
    for key in ("fixed", "rated"):
        if since[key]:
            named = ", ".join(f"{each['package']} {each['id']}" for each in since[key][:_NAMED])
            more = f" and {len(since[key]) - _NAMED} more" if len(since[key]) > _NAMED else ""
            word = "rated otherwise" if key == "rated" else key
            yield from _dim(f"  {word}: {named}{more}", width)


def changes(since: Any) -> str:  # noqa: ANN401 - JSON
    """What changed, in numbers."""
    words = {"new": "new", "fixed": "fixed", "still": "still open", "rated": "rated otherwise"}
    words["untold"] = "not looked at again"
    always = ("new", "fixed", "still")
    told = (
        f"{len(since[key])} {word}" for key, word in words.items() if key in always or since[key]
    )
    return ", ".join(told)


def _dim(line: str, width: int) -> Iterator[Line]:
    indent = len(line) - len(line.lstrip()) + 2
    first, *rest = fit(line.lstrip(), width, indent, first=indent - 2)
    yield (Span(" " * (indent - 2) + first, Style.DIM),)
    yield from ((Span(" " * indent + each, Style.DIM),) for each in rest)


def _vulnerable(
    result: Result,
    audit: Any,  # noqa: ANN401 - JSON
    width: int,
    *,
    expand: bool,
) -> Iterator[Line]:
    packages = {(each["name"], each["version"]): each for each in audit["packages"]}
    new = {(each["package"], each["id"]) for each in (audit["since"] or {"new": ()})["new"]}
    path = None
    for finding in result.open_findings:
        if finding.rule == VULNERABLE:
            if finding.place.path != path:
                path = finding.place.path
                yield from ((), (Span(visible(path), Style.PLACE),))
            package = packages[finding.package or "", finding.version or ""]
            yield from _package(finding, package, new, width, expand=expand)


def _package(
    finding: Finding,
    package: Any,  # noqa: ANN401 - JSON
    new: set[tuple[str, str]],
    width: int,
    *,
    expand: bool,
) -> Iterator[Line]:
    line = f"{finding.place.line}: " if finding.place.line else ""
    head = f"  {line}{finding.severity} "
    manager = " (pip)" if package["manager"] == "pip" else ""
    label = f"{package['name']} {package['version']}{manager}{through(package)}"
    first, *rest = fit(label, width, len(_INDENT), first=len(head))
    yield (
        Span(f"  {line}"),
        Span(finding.severity, _STYLES[finding.severity]),
        Span(f" {first}", Style.PLACE),
    )
    yield from ((Span(_INDENT + each, Style.PLACE),) for each in rest)
    shown = finding.exposures if expand else finding.exposures[:_LISTED]
    column = max(len(visible(each.id)) for each in shown)
    for exposure in shown:
        is_new = (package["name"], exposure.id) in new
        yield from _exposure(exposure, column, width, is_new=is_new)
    if left := len(finding.exposures) - len(shown):
        yield (Span(f"{_INDENT}and {left} more; `--expand` lists them", Style.DIM),)
    for each in fit(f"fix: {finding.fix}", width, len(_INDENT)):
        yield (Span(_INDENT), Span(each, Style.HINT))


def through(package: Any) -> str:  # noqa: ANN401 - JSON
    """How a package comes in, behind its name."""
    path = package["path"]
    return f", through {' -> '.join(path[:-1])}" if len(path) > 1 else ""


def _exposure(exposure: Exposure, column: int, width: int, *, is_new: bool) -> Iterator[Line]:
    id_ = visible(exposure.id)
    marks = ", ".join((*(["new"] if is_new else []), *exposure.marks))
    indent = len(_INDENT) + 2 + column
    first, *rest = fit(marks, width, indent)
    yield (Span(f"{_INDENT}{id_:<{column}}  ", Style.RULE), Span(first))
    yield from ((Span(" " * indent + each),) for each in rest)
    if exposure.title:
        title, *more = fit(exposure.title, width - 4, len(_INDENT) + 2)
        yield (Span(f"{_INDENT}  {title}{' ...' if more else ''}", Style.DIM),)


def _suppressed(packages: Any, width: int, *, expand: bool) -> Iterator[Line]:  # noqa: ANN401 - JSON
    """What a VEX document says not to matter: shown, and not counted."""
    hits = [(each, hit) for each in packages for hit in each["hits"] if hit["suppressed"]]
    if not hits:
        return
    yield from ((), (Span(f"not counted by VEX: {len(hits)}", Style.PLACE),))
    shown = hits if expand else hits[:_LISTED]
    for package, hit in shown:
        label = f"{package['name']} {package['version']} {hit['id']}: {hit['suppressed']}"
        for line in fit(label, width, 4, first=2):
            yield (Span(f"  {line}", Style.DIM),)
    if left := len(hits) - len(shown):
        yield (Span(f"  and {left} more", Style.DIM),)


def _not_audited(reasons: Any, width: int, *, expand: bool) -> Iterator[Line]:  # noqa: ANN401 - JSON
    """What nobody looked at, by the reason for it, with names."""
    number = sum(len(each["packages"]) for each in reasons)
    if not number:
        return
    yield from ((), (Span(f"not audited: {number}", Style.PLACE),))
    for each in reasons:
        labels = list(dict.fromkeys(label.partition(" ")[0] for label in each["packages"]))
        shown = labels if expand else labels[:_NAMED]
        more = f" and {len(labels) - len(shown)} more" if len(labels) > len(shown) else ""
        line = f"{_plain(each['reason'])} ({len(each['packages'])}): {', '.join(shown)}{more}"
        first, *rest = fit(line, width, len(_INDENT), first=2)
        yield (Span(f"  {first}"),)
        yield from ((Span(_INDENT + each),) for each in rest)


def _plain(reason: str) -> str:
    """Without the error of a source, which was told above."""
    head, answer, _ = reason.partition("gave no answer")
    return head + answer
