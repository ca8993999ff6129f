"""Annotations and step summary of GitHub Actions.

The workflow commands and their escapes: GitHub's page "Workflow commands". GitHub shows about
ten annotations of each level and step, so the worst are printed and all are in the summary.
"""

from envtool.domain.findings import Finding, Severity
from envtool.domain.results import Result
from envtool.formats.escape import visible

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_SHOWN = 10
# GitHub refuses a summary of more than 1 MiB; a character may take four bytes.
_SUMMARY = 1 << 18


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
    if "audit" in result.data:
        from envtool.formats.audit_markdown import render
    else:
        from envtool.formats.markdown import render
    return f"### envtool {result.command}\n\n{render(result, _SUMMARY)}\n"
