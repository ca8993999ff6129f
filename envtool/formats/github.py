"""Annotations and step summary of GitHub Actions.

The workflow commands and their escapes: GitHub's page "Workflow commands". GitHub shows about
ten annotations of each level and step, so the worst are printed and all are in the summary.
"""

from envtool.domain.findings import Finding, Severity
from envtool.domain.results import Result
from envtool.formats.escape import visible
from envtool.formats.markdown import cell, code

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_SHOWN = 10
# GitHub refuses a summary of more than 1 MiB.
_SUMMARY_ROWS = 1000


def render(result: Result) -> str:
    """The annotations, one workflow command a line, worst first."""
    lines = []
    for severity in Severity:
        findings = [each for each in result.open_findings if each.severity is severity]
        lines += [_annotation(finding) for finding in findings[:_SHOWN]]
        if len(findings) > _SHOWN:
            word = f"{len(findings) - _SHOWN} more of this severity stand in the step summary"
            lines.append(f"::{_COMMANDS[severity]} title=envtool::{word}")
    for failure in result.failures:
        lines.append(f"::error title=envtool::{_data(failure.message)}")
    lines.append(_plain(result.headline))
    return "\n".join(lines) + "\n"


def _annotation(finding: Finding) -> str:
    place = finding.place
    where = f"file={_property(place.path)}"
    if place.line:
        where += f",line={place.line},col={place.column},endColumn={place.end_column}"
    text = finding.message + (f" (fix: {finding.fix})" if finding.fix else "")
    return f"::{_COMMANDS[finding.severity]} {where},title={finding.rule}::{_data(text)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _plain(text: str) -> str:
    """A line that is no workflow command, whatever it starts with."""
    return visible(text).replace("::", ": :")


def summary(result: Result) -> str:
    """The step summary, in GitHub's Markdown."""
    lines = [f"### envtool {result.command}", "", cell(result.headline), ""]
    rows = [_row(finding) for finding in result.open_findings[:_SUMMARY_ROWS]]
    if rows:
        lines += ["| severity | rule | where | what | fix |", "|---|---|---|---|---|", *rows]
    if more := len(result.open_findings) - len(rows):
        lines += ["", f"{more} more findings are not listed"]
    for failure in result.failures:
        lines += ["", f"**not judged:** {cell(failure.message)}"]
    return "\n".join(lines) + "\n\n"


def _row(finding: Finding) -> str:
    parts = (
        finding.severity.value,
        code(finding.rule),
        code(str(finding.place)),
        cell(finding.message),
        cell(finding.fix or ""),
    )
    return f"| {' | '.join(parts)} |"
