"""Edits of a text: stretches that are replaced, while every other character stays."""

from collections.abc import Iterable
from typing import NamedTuple


class Edit(NamedTuple):
    """Replaces the characters from offset `start` up to `end`; equal offsets insert."""

    start: int
    end: int
    text: str


def overlap(left: Edit, right: Edit) -> bool:
    """Whether both change one stretch; insertions at the border of another edit do not."""
    return left.start < right.end and right.start < left.end


def apply(text: str, edits: Iterable[Edit]) -> str:
    """`text` with all of `edits`; several insertions at one offset keep their order.

    Raises `ValueError` when two of them overlap, or one lies outside of the text.
    """
    parts, at = [], 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if not at <= edit.start <= edit.end <= len(text):
            raise ValueError(f"{edit} overlaps the edit before it, or the end of the text")
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])
