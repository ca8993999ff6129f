"""Mends for the rules on the environment file itself."""

import re

from envtool.domain.edits import Edit
from envtool.domain.findings import Finding
from envtool.domain.list_items import above, first_comment, is_flow
from envtool.domain.mends.mend import Change, Draft, Mend
from envtool.domain.pages import LeftAloneError, Page

_PREFIX = re.compile(r"[ \t]*([\"']?)prefix\1[ \t]*:[ \t]+[\"']?")
_BEHIND = re.compile(r"[\"']?[ \t]*(?:[ \t]#.*)?")
_LEAD = re.compile(r"([ \t]*)-[ \t]+")


def prefix_key(draft: Draft, finding: Finding) -> Mend:
    """Removes the line `prefix:`, with the comment behind it."""
    page, place = draft.pages[finding.place.path], finding.place
    entry = draft.spec(place).prefix
    text = entry.text if entry is not None else ""
    start, end = page.span(place, text)
    first = page.start(place.line)
    line = page.line(place.line)
    if not (_PREFIX.fullmatch(line, 0, start - first) and _BEHIND.fullmatch(line, end - first)):
        raise LeftAloneError("something else stands in its line")
    edit = Edit(first, page.start(place.line + 1), "")
    return Mend(
        "Removed the line `prefix:`", (Change(place.path, (edit,), lost=(("prefix", text),)),)
    )


def pip_without_pip(draft: Draft, finding: Finding) -> Mend:
    """Adds `pip` above the `pip:` section and its comments."""
    page = draft.pages[finding.place.path]
    if any(line.requirement.name == "pip" for line in draft.spec(finding.place).pip):
        raise LeftAloneError("`pip` stands in its own `pip:` section")
    change = Change(finding.place.path, (_pip_above(page, finding),), gained=(("conda", "pip"),))
    return Mend("Added `pip`", (change,))


def _pip_above(page: Page, finding: Finding) -> Edit:
    siblings, index = page.home(finding.place)
    place = siblings.items[index].place
    if is_flow(page, siblings):
        offset = page.offset(place)
        return Edit(offset, offset, "pip, ")
    lead = _LEAD.fullmatch(page.line(place.line), 0, place.column - 1)
    if lead is None:
        raise LeftAloneError("something else stands in front of the `pip:` section")
    return above(page, first_comment(page, place.line, lead[1]), [f"{lead[0]}pip"])
