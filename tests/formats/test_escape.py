"""Nothing in a name acts in a terminal or in Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.formats.escape import visible
from envtool.formats.markdown import cell, code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain é", "plain é"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\u202eb", r"a\u202eb"),
        ("\udc80", r"\udc80"),
    ],
)
def test_visible(text: str, expected: str) -> None:
    assert visible(text) == expected


@given(st.text())
def test_visible_is_one_printable_line(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown
    shown.encode("utf-8")


def test_markdown() -> None:
    assert cell("<b>|`x`[y](z)") == r"&lt;b\>\|\`x\`\[y\]\(z\)"
    assert cell("a & b") == "a &amp; b"
    assert "`" not in code("a`b|c")[1:-1]
    assert "|" not in code("a`b|c")
