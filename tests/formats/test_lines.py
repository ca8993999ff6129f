"""Lines for terminals."""

import pytest

from envtool.formats.lines import Span, Style, folded, plain


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("", 10, [""]),
        ("short", 10, ["short"]),
        ("just at it", 10, ["just at it"]),
        ("one two three four", 10, ["one two", "three four"]),
        ("  one two three four", 10, ["  one two", "  three", "  four"]),
        ("a-word-that-is-wider than it", 10, ["a-word-that-is-wider", "than it"]),
        ("to /a/path/that/is/wider", 10, ["to", "/a/path/that/is/wider"]),
        ("  /a/path/that/is/wider", 10, ["  /a/path/that/is/wider"]),
    ],
)
def test_what_is_folded(text: str, width: int, rows: list[str]) -> None:
    assert plain(folded((Span(text),), width)) == "".join(row + "\n" for row in rows)
    # Where the styles change makes no difference.
    third = len(text) // 3
    parts = (Span(text[:third], Style.ERROR), Span(text[third:], Style.HINT))
    assert plain(folded(parts, width)) == "".join(row + "\n" for row in rows)
