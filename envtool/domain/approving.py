"""Writes an approval into the text of a policy: at its end, and nothing else of it changes."""

import json
import tomllib
from typing import Any

from envtool.domain.policy.test_options import Approval

_KEY = "approvals"


class NotAppendedError(Exception):
    """A policy that an approval can not be added to at its end."""


def approval_text(approval: Approval, table: tuple[str, ...]) -> str:
    """The lines of an approval; `table` is `("tool", "envtool")` in `pyproject.toml`."""
    lines = [f"[[{'.'.join((*table, _KEY))}]]"]
    lines += [f"{key} = {_quoted(getattr(approval, key))}" for key in _TEXTS]
    return "\n".join([*lines, f"date = {approval.date.isoformat()}", ""])


_TEXTS = ("package", "version", "reason", "owner")


def with_approval(text: str, approval: Approval, table: tuple[str, ...]) -> str:
    """The text of a policy with one more approval, in the line ends that it has.

    Raises `NotAppendedError` where the policy writes its approvals as an inline array, or itself
    as an inline table: TOML lets nobody add to those.
    """
    block = approval_text(approval, table)
    between = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    ends = "\r\n" if "\r\n" in text else "\n"
    made = text + (between + block).replace("\n", ends)
    try:
        tomllib.loads(made)
    except tomllib.TOMLDecodeError as error:
        raise NotAppendedError(block) from error
    return made


def has_table(text: str, table: tuple[str, ...]) -> bool:
    """Whether a TOML document has this table."""
    return _table(text, table) is not None


def approvals_in(text: str, table: tuple[str, ...]) -> list[Any]:
    """What a policy has as approvals, as TOML reads it."""
    found = (_table(text, table) or {}).get(_KEY, [])
    return found if isinstance(found, list) else []


def _table(text: str, table: tuple[str, ...]) -> dict[str, Any] | None:
    place: Any = tomllib.loads(text)
    for name in table:
        place = place.get(name) if isinstance(place, dict) else None
    return place if isinstance(place, dict) else None


def _quoted(text: str) -> str:
    """A basic string of TOML, which escapes what JSON does, and DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
