"""JUnit's XML, which every CI server reads.

The layout is that of the schema `junit-10.xsd` (jenkinsci/xunit-plugin). One test case is
one rule on one file: it fails when a finding is as bad as `--fail-on`, and is skipped when all of
them are waived or in the baseline; what is milder is the output of a test that passed.
"""

from collections.abc import Iterable
from typing import TypeVar
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from envtool.domain.findings import Finding
from envtool.domain.results import Failure, Result
from envtool.formats.escape import visible

# More lines than this do not help anybody who reads them in a CI server.
_LINES = 200

_T = TypeVar("_T")


def render(result: Result) -> str:
    """The report of one run, with a final newline."""
    root = Element("testsuites", name=f"envtool {result.command}")
    for path, findings in _by_file(result).items():
        suite = SubElement(root, "testsuite", name=visible(path))
        for rule, group in _grouped((each.rule, each) for each in findings).items():
            _case(suite, rule, group, result)
        if not findings:
            SubElement(suite, "testcase", classname=visible(path), name="envtool")
    if result.failures or result.skipped or not len(root):
        _rest(SubElement(root, "testsuite", name="envtool"), result)
    for suite in root:
        _count(suite, ("failure", "error", "skipped"))
    # The schema counts no skipped ones here.
    _count(root, ("failure", "error"))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, "unicode") + "\n"


def _by_file(result: Result) -> dict[str, list[Finding]]:
    """The findings of every file; those that were judged and have none are there, too."""
    files: dict[str, list[Finding]] = {}
    judged = result.data.get("files")
    for file in judged if isinstance(judged, list) else ():
        if isinstance(file, dict):
            files[str(file["path"])] = []
    for finding in result.findings:
        files.setdefault(finding.place.path, []).append(finding)
    return files


def _case(suite: Element, rule: str, findings: list[Finding], result: Result) -> None:
    place = findings[0].place
    case = SubElement(suite, "testcase", classname=visible(place.path), name=rule)
    left = [each for each in findings if each.is_open]
    bad = [each for each in left if each.severity.at_least(result.fail_on)]
    if bad:
        message = _counted(bad[0].message, len(bad))
        failure = SubElement(case, "failure", message=message, type=bad[0].severity.value)
        failure.text = _lines(list(map(_line, bad)))
    elif left:
        SubElement(case, "system-out").text = _lines(list(map(_line, left)))
    else:
        waived = next((each.waived for each in findings if each.waived), None)
        why = f"waived: {visible(waived.reason)}" if waived else "in the baseline"
        SubElement(case, "skipped", message=why)


def _lines(texts: list[str]) -> str:
    lines = [visible(each) for each in texts[:_LINES]]
    if len(texts) > _LINES:
        lines.append(f"and {len(texts) - _LINES} more")
    return "\n".join(lines)


def _line(finding: Finding) -> str:
    fix = f" (fix: {finding.fix})" if finding.fix else ""
    return f"{finding.place}: {finding.severity}: {finding.message}{fix}"


def _rest(suite: Element, result: Result) -> None:
    """What is about no rule on a file: what was not judged, what was not run.

    GitLab shows one of several cases with the same class and name, so each is made once.
    """
    for where, failures in _grouped((_where(each), each) for each in result.failures).items():
        case = SubElement(suite, "testcase", classname=where, name=f"envtool {result.command}")
        first = failures[0]
        message = _counted(first.message, len(failures))
        error = SubElement(case, "error", message=message, type=f"exit-{int(first.code)}")
        lines = [line for each in failures for line in (each.message, *each.hints)]
        error.text = _lines(lines)
    # Next to an answer that could not be given they say nothing.
    skipped = () if result.failures else result.skipped
    for what, skips in _grouped((visible(each.what), each) for each in skipped).items():
        case = SubElement(suite, "testcase", classname="envtool", name=what)
        SubElement(case, "skipped", message=_counted(skips[0].reason, len(skips)))
    if not len(suite):
        SubElement(suite, "testcase", classname="envtool", name=f"envtool {result.command}")


def _where(failure: Failure) -> str:
    return visible(failure.place.path) if failure.place else "envtool"


def _grouped(items: Iterable[tuple[str, _T]]) -> dict[str, list[_T]]:
    groups: dict[str, list[_T]] = {}
    for name, item in items:
        groups.setdefault(name, []).append(item)
    return groups


def _counted(message: str, number: int) -> str:
    return visible(message) + (f" (and {number - 1} more)" if number > 1 else "")


def _count(element: Element, outcomes: tuple[str, ...]) -> None:
    """Writes down how many cases there are, and how they ended."""
    element.set("tests", str(len(element.findall(".//testcase"))))
    for name in outcomes:
        key = name if name == "skipped" else f"{name}s"
        element.set(key, str(len(element.findall(f".//{name}"))))
