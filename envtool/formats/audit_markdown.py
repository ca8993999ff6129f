"""An audit in GitHub's Markdown: for an issue, a comment, a step summary."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from envtool.domain.results import Result
from envtool.formats.audit import VULNERABLE, changes, failed, told
from envtool.formats.markdown import (
    COMMENT,
    cell,
    code,
    cut,
    failures_of,
    findings_of,
    listing,
    prose,
    rest_of,
    table,
)

_HEAD = ("", "package", "vulnerability", "what", "fix", "comes in through")


def comment(result: Result) -> str:
    """The report for an issue, or a comment on a pull request."""
    return render(result, COMMENT)


def render(result: Result, limit: int) -> str:
    """The report in at most `limit` characters: the answer, what is vulnerable, the rest folded.

    What does not fit is counted.
    """
    audit: Any = result.data["audit"]
    others = tuple(each for each in result.findings if each.rule != VULNERABLE)
    head = f"**{prose(result.headline)}**\n{_told(audit)}{failures_of(result, limit)}"
    last = _not_audited(audit["not_audited"], limit // 8) + rest_of(result, limit)
    room = limit - len(head) - len(last)
    rows = list(_rows(result, audit))
    shown, listed = table(_HEAD, rows, room // 2)
    text = f"\n{shown}" if listed else ""
    if left := len(rows) - listed:
        text += f"\n{left} more vulnerabilities are not listed\n"
    rest = findings_of(replace(result, findings=others), room - len(text))
    return head + text + rest + last


def _told(audit: Any) -> str:  # noqa: ANN401 - JSON
    """Sources and their age, what could not be asked, and what changed since last time."""
    known = cell(told(audit["sources"]))
    text = f"\nsources: {known}\n" if known else ""
    text += "".join(f"\n{prose(line)}\n" for line in failed(audit["sources"]))
    since = audit["since"]
    return text + (f"\nsince {cell(since['at'][:10])}: {changes(since)}\n" if since else "")


def _rows(result: Result, audit: Any) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - JSON
    packages = {(each["name"], each["version"]): each for each in audit["packages"]}
    new = {(each["package"], each["id"]) for each in (audit["since"] or {"new": ()})["new"]}
    for finding in result.open_findings:
        if finding.rule != VULNERABLE:
            continue
        package = packages[finding.package or "", finding.version or ""]
        for each in finding.exposures:
            yield (
                "new" if (package["name"], each.id) in new else "",
                code(cut(f"{package['name']} {package['version']}")),
                f"[{cell(cut(each.id))}]({each.url})",
                cell(cut(each.title)),
                cell(", ".join(each.marks)),
                cell(cut(" -> ".join(package["path"][:-1]))),
            )


def _not_audited(reasons: Any, room: int) -> str:  # noqa: ANN401 - JSON
    number = sum(len(each["packages"]) for each in reasons)
    if not number:
        return ""
    items = [
        f"- {prose(each['reason'])}: {cell(cut(', '.join(each['packages'])))}\n" for each in reasons
    ]
    listed = listing(items, "reasons are not listed", room)
    return f"\n<details><summary>not audited: {number}</summary>\n\n{listed}\n</details>\n"
