"""Mends for the rules on channels."""

import re

from envtool.domain.channels import parse_channel
from envtool.domain.edits import Edit
from envtool.domain.facts import channels_fact
from envtool.domain.findings import Finding
from envtool.domain.list_items import above, find_item, first_comment, with_text, without
from envtool.domain.mends.mend import Change, Draft, Mend
from envtool.domain.pages import LeftAloneError, Page
from envtool.domain.specs import Spec

CONDA_FORGE = "conda-forge"
_KEY = re.compile(r"([ \t]*)[\"']?dependencies[\"']?[ \t]*:.*")


def defaults(draft: Draft, finding: Finding) -> Mend:
    """Writes `conda-forge` in place of `defaults`, or takes it out where that is listed."""
    spec = draft.spec(finding.place)
    page = draft.pages[spec.path]
    before = tuple(entry.text for entry in spec.channels)
    if not before:
        edit = _added(page, spec)
        after: tuple[str, ...] = (CONDA_FORGE,)
        what = f"Added `channels:` with `{CONDA_FORGE}`"
    else:
        edit, after, what = _replaced(page, spec, finding)
    change = Change(spec.path, (edit,), (channels_fact(before),), (channels_fact(after),))
    return Mend(what, (change,), claims=frozenset({f"channels of {spec.path}"}))


def _replaced(page: Page, spec: Spec, finding: Finding) -> tuple[Edit, tuple[str, ...], str]:
    index = next(i for i, each in enumerate(spec.channels) if each.place == finding.place)
    old = spec.channels[index].text
    item = find_item(page, finding.place, old)
    texts = [entry.text for entry in spec.channels]
    if any(parse_channel(text).name == CONDA_FORGE for text in texts):
        del texts[index]
        return without(item), tuple(texts), f"Removed `{old}`"
    texts[index] = CONDA_FORGE
    edit = with_text(item, old, CONDA_FORGE)
    return edit, tuple(texts), f"Replaced `{old}` by `{CONDA_FORGE}`"


def _added(page: Page, spec: Spec) -> Edit:
    place = page.key("dependencies")[0].place
    line = _KEY.fullmatch(page.line(place.line))
    if spec.channels_key is not None or line is None:
        raise LeftAloneError("`channels:` is there, and empty")
    indent = line[1]
    first = first_comment(page, place.line, indent)
    # The comments at the top are about the file.
    return above(
        page,
        place.line if first == 1 else first,
        [f"{indent}channels:", f"{indent}  - {CONDA_FORGE}"],
    )
