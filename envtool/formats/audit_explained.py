"""The text of `envtool audit --explain`: who a package is, and what is known of it."""

from collections.abc import Iterator
from typing import Any

from envtool.domain.results import Result
from envtool.formats import text
from envtool.formats.audit import failed, told
from envtool.formats.lines import Line, Span, Style, fit

_KNOWN = {
    "mapped": "by a package URL of the lock, a map of names, or a list of envtool",
    "guessed": "guessed: it needs python, and has the same name there",
    "not python": "known to be no Python distribution",
    "unknown": "nobody knows who it is elsewhere",
}
_INDENT = "    "


def render(result: Result, width: int) -> list[Line]:
    """The lines of `result`."""
    explained: Any = result.data["explained"]
    lines = [text.answer(result)]
    for package in explained["packages"]:
        lines += _package(package, explained["sources"], width)
    return [*lines, *text.footer(result, width, folded=False)]


def _package(package: Any, sources: Any, width: int) -> Iterator[Line]:  # noqa: ANN401 - JSON
    label = f"{package['name']} {package['version']} ({package['manager']}): {package['state']}"
    yield from ((), *_lines(label, width, 0, Style.PLACE))
    yield from _lines(f"platforms: {', '.join(dict.fromkeys(package['platforms']))}", width)
    yield from _lines(f"comes in: {_path(package)}", width)
    identity = package["identity"]
    named = ", ".join(f"{each['ecosystem']}: {each['name']}" for each in identity["coordinates"])
    named += f", only the {identity['part']}" if identity["part"] else ""
    certainty = _KNOWN[identity["certainty"]]
    yield from _lines(f"known as: {f'{named} ({certainty})' if named else certainty}", width)
    if package["reason"]:
        yield from _lines(f"not audited: {package['reason']}", width)
    yield from _lines(f"sources: {told(sources) or 'none'}", width)
    for line in failed(sources):
        yield from _lines(line, width)
    for hit in package["hits"]:
        yield from _hit(hit, width)


def _path(package: Any) -> str:  # noqa: ANN401 - JSON
    if package["direct"]:
        return "an environment file lists it"
    return " -> ".join(package["path"]) or "it can not be told through what"


def _hit(hit: Any, width: int) -> Iterator[Line]:  # noqa: ANN401 - JSON
    word, style = ("not counted", Style.DIM) if hit["suppressed"] else ("vulnerable", Style.ERROR)
    if hit["unconfirmed"] and not hit["suppressed"]:
        word, style = "unconfirmed", Style.WARNING
    first, *rest = fit(", ".join((hit["id"], *hit["aliases"])), width, 4, first=len(word) + 3)
    yield from ((), (Span(f"  {word}", style), Span(f" {first}")))
    yield from ((Span(_INDENT + each),) for each in rest)
    for line in (hit["summary"], hit["suppressed"], hit["unconfirmed"]):
        if line:
            yield from _lines(line, width, 4)
    yield from _lines(_rated(hit), width, 4)
    for advisory in hit["advisories"]:
        yield from _advisory(advisory, width)
    yield from _lines(hit["url"], width, 4, Style.HINT)


def _rated(hit: Any) -> str:  # noqa: ANN401 - JSON
    words = [f"fixed in {hit['fixed']}" if hit["fixed"] else "no fix known"]
    if hit["score"] is not None:
        words.append(f"CVSS {hit['score']:.1f} ({hit['vector']})")
    if hit["epss"] is not None:
        words.append(f"EPSS {hit['epss'] * 100:.1f} %")
    if hit["known_exploited"]:
        due = f", to be mended by {hit['due']}" if hit["due"] else ""
        words.append(f"known to be exploited (CISA{due})")
    return ", ".join(words)


def _advisory(advisory: Any, width: int) -> Iterator[Line]:  # noqa: ANN401 - JSON
    dates = (("published", "published"), ("modified", "changed"), ("withdrawn", "withdrawn"))
    told = [f"{word} {advisory[key][:10]}" for key, word in dates if advisory[key]]
    yield from _lines(f"{advisory['id']} of {', '.join((advisory['source'], *told))}", width, 4)
    for each in advisory["ranges"]:
        yield from _lines(f"affected: {_range(each)}", width, 6, Style.DIM)
    if advisory["versions"]:
        yield from _lines(
            f"affected: {advisory['versions']} versions, one by one", width, 6, Style.DIM
        )
    for url in advisory["references"]:
        yield from _lines(url, width, 6, Style.DIM)


def _range(each: Any) -> str:  # noqa: ANN401 - JSON
    start = "every version" if each["introduced"] == "0" else f"from {each['introduced']}"
    if each["fixed"]:
        return f"{start} before {each['fixed']} ({each['scheme']})"
    if each["last_affected"]:
        return f"{start} up to {each['last_affected']} ({each['scheme']})"
    return f"{start} on ({each['scheme']})"


def _lines(line: str, width: int, indent: int = 2, style: Style = Style.PLAIN) -> Iterator[Line]:
    first, *rest = fit(line, width, indent + 2, first=indent)
    yield (Span(" " * indent + first, style),)
    yield from ((Span(" " * (indent + 2) + each, style),) for each in rest)
