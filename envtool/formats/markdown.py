"""Texts inside GitHub's Markdown."""

import re

from envtool.formats.escape import visible

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~@&-])")


def cell(text: str) -> str:
    """`text` as it is, inside a paragraph or a cell of a table: nothing in it is markup."""
    return _SPECIAL.sub(r"\\\1", visible(text)).replace(r"\<", "&lt;").replace(r"\&", "&amp;")


def code(text: str) -> str:
    """`text` as code; what would end the code or the cell becomes something alike."""
    return f"`{visible(text).replace('`', chr(0x2019)).replace('|', chr(0x2223))}`"
