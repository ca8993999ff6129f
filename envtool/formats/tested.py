"""What `envtool test` found, as text for people and as JUnit's XML."""

from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from envtool.domain.results import Result
from envtool.formats import text
from envtool.formats.escape import visible
from envtool.formats.lines import Line, Span, Style, fit

_STYLES = {"passed": Style.GOOD, "failed": Style.ERROR, "skipped": Style.DIM}
# "  passed  12.34 s  " and "  skipped          ".
_INDENT = 20
_MEGABYTE = 1 << 20


def render(result: Result, width: int) -> list[Line]:
    """The answer first, then each environment with its checks, then what else there is to say."""
    answer, *rest = text.render(result, width=width)
    lines = [answer]
    for tested in _tested(result):
        lines += [(), (Span(visible(tested["environment"]), Style.PLACE),)]
        for check in tested["checks"]:
            lines += _check(check, width)
    return [*lines, *rest]


def render_junit(result: Result) -> str:
    """A test suite an environment, a test case a check; the layout is that of `formats.junit`."""
    root = Element("testsuites", name="envtool test")
    for tested in _tested(result):
        checks = tested["checks"]
        suite = SubElement(root, "testsuite", name=visible(tested["environment"]))
        suite.set("timestamp", tested["started"].partition("+")[0])
        for each in checks:
            _case(suite, tested["environment"], each)
        suite.set("tests", str(len(checks)))
        suite.set("errors", "0")
        for key, outcome in (("failures", "failed"), ("skipped", "skipped")):
            suite.set(key, str(sum(each["outcome"] == outcome for each in checks)))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, "unicode") + "\n"


def _case(suite: Element, environment: str, check: Any) -> None:  # noqa: ANN401 - JSON
    where = f"{visible(environment)}.{check['kind']}"
    name, said = visible(check["name"]), visible(check["said"])
    case = SubElement(suite, "testcase", classname=where, name=name)
    case.set("time", f"{check['seconds']:.3f}")
    if check["outcome"] == "failed":
        SubElement(case, "failure", message=said, type=check["kind"]).text = said
    elif check["outcome"] == "skipped":
        SubElement(case, "skipped", message=said)
    elif said:
        SubElement(case, "system-out").text = said


def _check(check: Any, width: int) -> list[Line]:  # noqa: ANN401 - JSON
    outcome = check["outcome"]
    time = f"{check['seconds']:6.2f} s" if outcome != "skipped" else ""
    memory = f", {check['peak'] / _MEGABYTE:.0f} MB" if check["kind"] == "command" else ""
    said = f": {check['said']}" if check["said"] else memory
    first, *rest = fit(f"{check['kind']} {check['name']}{said}", width, _INDENT)
    head = (Span("  "), Span(f"{outcome:<7}", _STYLES[outcome]), Span(f" {time:<8}  {first}"))
    return [head, *((Span(" " * _INDENT + each),) for each in rest)]


def _tested(result: Result) -> Any:  # noqa: ANN401 - JSON
    return result.data.get("tested", [])
