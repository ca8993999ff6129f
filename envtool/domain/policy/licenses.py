"""The shapes of licences in a policy, and what makes one set of lists weaker than another."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from envtool.domain.policy.collections import Texts
from envtool.domain.policy.shapes import KeyPath, Neutral, Report, dotted
from envtool.domain.results import Json

if TYPE_CHECKING:
    from envtool.domain.policy.model import Policy

# SPDX says to write something else; a licence that is written so is read as that (see
# `data/licenses.toml`), so in a policy it would never match.
_DEPRECATED = (
    r"(?:[AL]?GPL|GFDL)-\d\.\d\+?|GPL-[23]\.0-with-.+|BSD-2-Clause-(?:FreeBSD|NetBSD)"
    r"|bzip2-1\.0\.5|eCos-2\.0|StandardML-NJ|wxWindows"
)
_GNU = r"(?:[AL]?GPL|GFDL)-\d\.\d"
_CHARACTERS = r"[A-Za-z0-9.+*?\[\]-]+(?: WITH [A-Za-z0-9.*?\[\]-]+)?"
_GLOB = r"[*?\[]"
_HINT = (
    "write an identifier of https://spdx.org/licenses, or `LicenseRef-NAME` for what is not there"
)


class LicensePattern(Neutral):
    """An SPDX identifier, with or without an exception, or a pattern of such.

    What is no pattern has to exist: `deny = ["GLP-3.0-only"]` would silently deny nothing.
    """

    def read(self, value: object, path: KeyPath, report: Report) -> str | None:
        """See `Shape.read`."""
        if not isinstance(value, str) or not re.fullmatch(_CHARACTERS, value):
            report.problem(path, f"`{dotted(path)}` must be an SPDX identifier or a pattern")
            return None
        if re.fullmatch(_DEPRECATED, value, re.IGNORECASE):
            gnu = re.match(_GNU, value, re.IGNORECASE)
            hint = f"write `{gnu[0]}-only`, `{gnu[0]}-or-later` or `{gnu[0]}*`" if gnu else _HINT
            report.problem(path, f"`{dotted(path)}`: SPDX has deprecated `{value}`", hint)
            return None
        return value if re.search(_GLOB, value) else _spdx(value, path, report)

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        return {"type": "string", "pattern": f"^(?!(?:{_DEPRECATED})$){_CHARACTERS}$"}


class LicenseText(Neutral):
    """An SPDX expression, `LicenseRef-*` for what SPDX does not list."""

    def read(self, value: object, path: KeyPath, report: Report) -> str | None:
        """See `Shape.read`."""
        if isinstance(value, str) and value:
            return _spdx(value, path, report)
        report.problem(path, f"`{dotted(path)}` must be an SPDX expression like `MIT OR ISC`")
        return None

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        return {"type": "string", "minLength": 1}


def _spdx(value: str, path: KeyPath, report: Report) -> str | None:
    """`value` in the spelling of SPDX."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return canonicalize_license_expression(value)
    except InvalidLicenseExpression as error:
        report.problem(path, f"`{dotted(path)}` is not SPDX: {error}", _HINT)
        return None


class LicenseList(Texts):
    """A list of licences; which change permits more depends on all lists together."""

    def __init__(self, *, grows: bool) -> None:
        super().__init__(LicensePattern())
        self._grows = grows

    def merge(self, old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
        """See `Shape.merge`: demands of both policies hold."""
        return tuple(dict.fromkeys((*old, *new))) if self._grows else new


def weaker_licenses(old: "Policy", new: "Policy") -> Iterator[tuple[str, str]]:
    """What the lists of `new` permit that those of `old` do not: the option's field, in words.

    A licence may move up from `review` to `deny`, and out of `allow` to either; `allow` may
    shrink, or come into being. A pattern stands for all that it covers. One with WITH speaks
    before those without, so a new one may lift what they demand.
    """
    was, now = old.licenses, new.licenses
    for pattern in _not_covered(was.deny, now.deny):
        yield "denied_licenses", f"drops `{pattern}`"
    for pattern in _not_covered(was.review, (*now.review, *now.deny)):
        yield "reviewed_licenses", f"drops `{pattern}`"
    for pattern in _not_covered(now.review, was.review) if was.deny else ():
        if _is_about_exception(pattern):
            yield "reviewed_licenses", f"adds `{pattern}`"
    if was.allow and not now.allow:
        yield "allowed_licenses", "allows everything"
    for pattern in _not_covered(now.allow, was.allow) if was.ask else ():
        if was.allow or _is_about_exception(pattern):
            yield "allowed_licenses", f"adds `{pattern}`"


def _is_about_exception(pattern: str) -> bool:
    return " WITH " in pattern


def _not_covered(patterns: tuple[str, ...], by: tuple[str, ...]) -> Iterator[str]:
    """Those of `patterns` of which some licence may match none of `by`.

    A pattern whose only wildcard is `*` matches another pattern as a text, and so all that this
    one matches.
    """
    for pattern in patterns:
        same = [each for each in by if _is_about_exception(each) is _is_about_exception(pattern)]
        sure = [each.lower() for each in same if not re.search(r"[?\[]", each)]
        low = pattern.lower()
        if pattern not in same and not any(fnmatchcase(low, each) for each in sure):
            yield pattern
