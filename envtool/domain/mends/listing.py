"""Puts a line from one file into the `dependencies:` or the `pip:` section of another."""

import re

from envtool.domain.edits import Edit
from envtool.domain.list_items import Item, above, below, find_item, first_comment, is_flow
from envtool.domain.mends.development import Home, as_yaml
from envtool.domain.pages import LeftAloneError, Page
from envtool.domain.yaml_nodes import Mapping, Node, Scalar, Sequence

_LEAD = re.compile(r"([ \t]*)-[ \t]+")
_NEW_LEAD = "  - "


def put(home: Home, item: Item, *, pip: bool) -> Edit:
    """Lists `item`, with its comments, in the file `home`.

    Raises `LeftAloneError` where its list is written in a way that is not safe to edit.
    """
    if home.new is not None:
        end = len(home.page.text)
        lines = _section(item, _NEW_LEAD) if pip else _lines(item, _NEW_LEAD)
        ending = home.page.ending(1)
        return Edit(end, end, "".join(line + ending for line in lines))
    dependencies = home.page.key("dependencies")[1]
    if not isinstance(dependencies, Sequence):
        raise LeftAloneError(f"`dependencies:` of `{home.path}` is no list")
    if not pip:
        return _into(home.page, dependencies, item)
    section = pip_section(dependencies)
    if section is None:
        return _with_section(home.page, dependencies, item)
    if not isinstance(section, Sequence) or not section.items:
        raise LeftAloneError(f"the `pip:` section of `{home.path}` is empty")
    return _into(home.page, section, item)


def pip_section(dependencies: Sequence) -> Node | None:
    """What stands under the first `pip:` of a list of dependencies."""
    for each in dependencies.items:
        for key, value in each.pairs if isinstance(each, Mapping) else ():
            if isinstance(key, Scalar) and key.text == "pip":
                return value
    return None


def _into(page: Page, sequence: Sequence, item: Item) -> Edit:
    if is_flow(page, sequence):
        return _into_flow(page, sequence, item)
    last = _last_text(page, sequence)
    if last is not None:
        return below(last, _lines(item, last.lead))
    line, lead = _first_line(page, sequence)
    return above(page, line, _lines(item, lead))


def _with_section(page: Page, dependencies: Sequence, item: Item) -> Edit:
    """A new `pip:` section with `item` in it."""
    if is_flow(page, dependencies):
        raise LeftAloneError(f"`dependencies:` of `{page.path}` stands in one line")
    last = _last_text(page, dependencies)
    if last is None:
        raise LeftAloneError(f"`dependencies:` of `{page.path}` lists no package")
    return below(last, _section(item, last.lead))


def _into_flow(page: Page, sequence: Sequence, item: Item) -> Edit:
    if item.comment or item.comments_above():
        raise LeftAloneError(f"`{page.path}` has no room for its comments")
    is_safe = item.raw[0] in "'\"" or not set(item.raw) & set(",[]{}")
    word = item.raw if is_safe else as_yaml(item.raw)
    last = _last_text(page, sequence)
    if last is not None:
        return Edit(last.end, last.end, f", {word}")
    start = page.offset(sequence.place) + 1
    return Edit(start, start, f"{word}, " if sequence.items else word)


def _last_text(page: Page, sequence: Sequence) -> Item | None:
    texts = [each for each in sequence.items if isinstance(each, Scalar)]
    return find_item(page, texts[-1].place, texts[-1].text) if texts else None


def _first_line(page: Page, sequence: Sequence) -> tuple[int, str]:
    """The line above which the first item of a block list starts, and what stands before it."""
    place = sequence.items[0].place
    lead = _LEAD.fullmatch(page.line(place.line), 0, place.column - 1)
    if lead is None:
        raise LeftAloneError(f"`dependencies:` of `{page.path}` is written in an unusual way")
    return first_comment(page, place.line, lead[1]), lead[0]


def _lines(item: Item, lead: str) -> list[str]:
    indent = lead[: lead.find("-")]
    comments = [indent + comment for comment in item.comments_above()]
    return [*comments, lead + (item.tail if item.lead else item.raw)]


def _section(item: Item, lead: str) -> list[str]:
    return [f"{lead}pip:", *_lines(item, " " * len(lead) + _NEW_LEAD)]
