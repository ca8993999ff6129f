"""Items of YAML lists as they stand in a text: found, removed, and put next to another.

A list is written in block style, an item a line behind `- `, or in flow style: `[a, b]`.
"""

import re
from typing import NamedTuple

from envtool.domain.edits import Edit
from envtool.domain.findings import Place
from envtool.domain.pages import LeftAloneError, Page
from envtool.domain.yaml_nodes import Scalar, Sequence

_LEAD = re.compile(r"[ \t]*-[ \t]+")
_BEHIND = re.compile(r"[ \t]*(?:[ \t](#.*))?")
_NEXT = re.compile(r"\s*,\s*")
# A line that was taken out of the list for a while is no comment on the next one.
_TAKEN_OUT = re.compile(r"\s*#+\s*- ")


class Item(NamedTuple):
    """A text in a list.

    Attributes:
        page: the file.
        siblings: the list.
        number: which of them it is, from 0.
        start: the offset of its text, quotes included.
        end: the offset behind it.
        line: where it stands.
        lead: in block style what stands in front of it: blanks, `-`, blanks. Else empty.
        comment: in block style the comment behind it. Else empty.
    """

    page: Page
    siblings: Sequence
    number: int
    start: int
    end: int
    line: int
    lead: str
    comment: str

    @property
    def raw(self) -> str:
        """The text with its quotes."""
        return self.page.text[self.start : self.end]

    @property
    def tail(self) -> str:
        """The rest of the line behind `lead`, in block style."""
        return self.page.line(self.line)[len(self.lead) :]

    @property
    def indent(self) -> str:
        """The blanks in front of the `-`."""
        return self.lead[: self.lead.find("-")] if self.lead else ""

    @property
    def is_alone(self) -> bool:
        """Whether its list has no other item."""
        return len(self.siblings.items) == 1

    def comments_above(self) -> list[str]:
        """The comments on the lines directly above, from the `#` on; none in flow style."""
        if not self.lead:
            return []
        first = first_comment(self.page, self.line, self.indent)
        return [self.page.line(each).lstrip() for each in range(first, self.line)]


def find_item(page: Page, place: Place, text: str) -> Item:
    """The item `text` at `place`.

    Raises `LeftAloneError` when it stands in a way that is not safe to edit.
    """
    start, end = page.span(place, text)
    if end - start != place.end_column - place.column:
        start, end = start - 1, end + 1
    siblings, index = page.home(place)
    line = page.line(place.line)
    lead = _LEAD.fullmatch(line, 0, place.column - 1)
    behind = _BEHIND.fullmatch(line, place.end_column - 1)
    if lead and behind:
        words = lead[0], behind[1] or ""
    elif is_flow(page, siblings):
        words = "", ""
    else:
        raise LeftAloneError("something else stands in its line")
    return Item(page, siblings, index, start, end, place.line, *words)


def is_flow(page: Page, sequence: Sequence) -> bool:
    """Whether a list is written as `[a, b]`."""
    return page.text.startswith("[", page.offset(sequence.place))


def first_comment(page: Page, line: int, indent: str) -> int:
    """The first line of the comments directly above `line` that are indented as it is."""
    while line > 1 and page.line(line - 1).startswith(f"{indent}#"):
        if _TAKEN_OUT.match(page.line(line - 1)):
            break
        line -= 1
    return line


def without(item: Item, *, comments: bool = False) -> Edit:
    """Takes `item` out of its list, `comments` with those above it.

    Raises `LeftAloneError` when a comment stands between it and the next one.
    """
    page = item.page
    if item.lead:
        first = first_comment(page, item.line, item.indent) if comments else item.line
        return Edit(page.start(first), page.start(item.line + 1), "")
    before, behind = _neighbours(item)
    if behind is not None and _NEXT.fullmatch(page.text, item.end, behind):
        return Edit(item.start, behind, "")
    if behind is None and before is not None and _NEXT.fullmatch(page.text, before, item.start):
        return Edit(before, item.end, "")
    raise LeftAloneError("something else stands between it and its neighbours")


def _neighbours(item: Item) -> tuple[int | None, int | None]:
    """The end of the item before, where it is a text, and the start of the one behind."""
    page, items = item.page, item.siblings.items
    before = items[item.number - 1] if item.number else None
    behind = items[item.number + 1].place if item.number + 1 < len(items) else None
    end = None
    if isinstance(before, Scalar):
        end = page.start(before.place.line) + before.place.end_column - 1
    return end, None if behind is None else page.offset(behind)


def with_text(item: Item, old: str, new: str) -> Edit:
    """Writes `new` in place of the text `old` of `item`, in the same quotes."""
    quote = (len(item.raw) - len(old)) // 2
    return Edit(item.start + quote, item.end - quote, new)


def below(item: Item, lines: list[str]) -> Edit:
    """Puts `lines` below `item`, which is in block style."""
    page, ending = item.page, item.page.ending(item.line)
    offset = page.start(item.line + 1)
    if page.text[:offset].endswith(ending):
        return Edit(offset, offset, "".join(line + ending for line in lines))
    return Edit(offset, offset, "".join(ending + line for line in lines))


def above(page: Page, line: int, lines: list[str]) -> Edit:
    """Puts `lines` above the line with that number."""
    text = "".join(each + page.ending(line) for each in lines)
    return Edit(page.start(line), page.start(line), text)
