"""Texts from files and tools made fit for a terminal or a report.

Nothing that stands in a package name may move the cursor, colour the screen, fake a line of
ours or end the field it is written to.
"""

import re
from functools import cache


@cache
def _unsafe() -> re.Pattern[str]:
    """What acts instead of showing; compiled when it is met, for that takes 5 ms.

    C0 and C1 controls, bidirectional overrides and zero-width characters, which hide text
    (Unicode TR 36, "Bidirectional text spoofing"), lone surrogates, and what no XML may hold.
    """
    return re.compile(
        "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
    )


def visible(text: str) -> str:
    """`text` in one line, with every character that would act instead of show escaped."""
    return text if text.isprintable() else _unsafe().sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    named = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}.get(match[0])
    return named or (rf"\x{code:02x}" if match[0] <= "\xff" else rf"\u{code:04x}")
