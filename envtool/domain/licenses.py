"""Licences of packages: from what a channel wrote to what a policy says about it.

A text goes through the shipped names (`envtool/data/licenses.toml`) to an SPDX expression
(SPDX 2.3, annex D), whose operands `packaging.licenses` knows. The expression is then judged:
of OR the better side counts, of AND the worse one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import NamedTuple, assert_never

from envtool.domain.policy.records import LicenseLists


class Verdict(IntEnum):
    """What a policy says about a licence, best first."""

    ALLOWED = 0
    REVIEW = 1
    AMBIGUOUS = 2
    UNKNOWN = 3
    NOT_ALLOWED = 4
    DENIED = 5


class License(NamedTuple):
    """One SPDX identifier, `LicenseRef-*` included; a final `+` is "or any later version"."""

    name: str
    exception: str | None = None

    def __str__(self) -> str:
        """As SPDX writes it."""
        return f"{self.name} WITH {self.exception}" if self.exception else self.name


class Ambiguous(NamedTuple):
    """A text that can mean one of several licences."""

    text: str
    candidates: tuple[License, ...]


class NoLicense(NamedTuple):
    """A text that names no licence."""

    text: str


class Both(NamedTuple):
    """AND: the duties of every part hold."""

    parts: "tuple[Expression, ...]"


class Either(NamedTuple):
    """OR: one part may be chosen."""

    parts: "tuple[Expression, ...]"


Expression = License | Ambiguous | NoLicense | Both | Either


class Judged(NamedTuple):
    """A verdict, and what it is about: the operands that decided, the pattern or candidates."""

    verdict: Verdict
    operands: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


class _SyntaxError(ValueError):
    """The text is no expression."""


# Longer or deeper than any real licence; the rest is an attempt to be a nuisance.
_LONGEST = 2000
_DEEPEST = 20
_TOKEN = re.compile(r"[()]|[^()\s]+")
_OPERATORS = frozenset({"and", "or", "with", "(", ")"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LicenseNames:
    """The shipped names of licences; keys are in lower case with single blanks.

    Attributes:
        aliases: text -> SPDX expression.
        ambiguous: text -> the SPDX identifiers that it may mean.
        nothing: texts that say that there is no information.
        empty: packages that hold nothing which could be licensed.
    """

    aliases: Mapping[str, str] = field(default_factory=dict)
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nothing: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    _read: dict[str, Expression] = field(default_factory=dict)

    def says_nothing(self, text: str | None) -> bool:
        """Whether a record's licence is missing, or a word for "missing"."""
        return not text or not text.strip() or _key(text) in self.nothing

    def read(self, text: str) -> Expression:
        """What `text` means; every text means something, if only `NoLicense`."""
        if text not in self._read:
            self._read[text] = self._expression(text)
        return self._read[text]

    def _expression(self, text: str) -> Expression:
        if _key(text) in self.ambiguous:
            return self.operand(text)
        try:
            return _Parser(self.aliases.get(_key(text), text), self).whole()
        except _SyntaxError:
            return NoLicense(text)

    def operand(self, text: str, exception: str | None = None) -> Expression:
        """One operand of an expression; `exception` is what stands behind its WITH."""
        key = _key(text)
        if exception is None and key in self.ambiguous:
            candidates = tuple(License(name) for name in self.ambiguous[key])
            return Ambiguous(text, candidates)
        name = self.aliases.get(key, text)
        if name != text and exception is None:
            return _Parser(name, self).whole()
        return _canonical(f"{name} WITH {exception}" if exception else name)


def _key(text: str) -> str:
    return " ".join(text.lower().split())


def _canonical(text: str) -> Expression:
    """A single licence, with or without exception, in the spelling of SPDX."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        name, *exception = canonicalize_license_expression(text).split(" WITH ")
    except InvalidLicenseExpression:
        return NoLicense(text)
    return NoLicense(text) if " " in name else License(name, *exception)


class _Parser:
    """Recursive descent: OR binds weakest, then AND, then WITH."""

    def __init__(self, text: str, names: LicenseNames) -> None:
        self._names = names
        self._tokens = _TOKEN.findall(text)
        self._next = 0
        self._depth = 0
        if not self._tokens or len(text) > _LONGEST:
            raise _SyntaxError

    def whole(self) -> Expression:
        """The expression that all tokens make; raises `_SyntaxError`."""
        expression = self._either()
        if self._next < len(self._tokens):
            raise _SyntaxError
        return expression

    def _peek(self) -> str:
        """The next token when it is an operator, in lower case; empty for words and the end."""
        token = self._tokens[self._next].lower() if self._next < len(self._tokens) else ""
        return token if token in _OPERATORS else ""

    def _take(self, operator: str) -> bool:
        taken = self._peek() == operator
        self._next += taken
        return taken

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        return Either(tuple(parts)) if parts[1:] else parts[0]

    def _both(self) -> Expression:
        parts = [self._single()]
        while self._take("and"):
            parts.append(self._single())
        return Both(tuple(parts)) if parts[1:] else parts[0]

    def _single(self) -> Expression:
        if self._take("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise _SyntaxError
            inner = self._either()
            if not self._take(")"):
                raise _SyntaxError
            return inner
        name = self._words()
        return self._names.operand(name, self._words() if self._take("with") else None)

    def _words(self) -> str:
        start = self._next
        while self._next < len(self._tokens) and not self._peek():
            self._next += 1
        if start == self._next:
            raise _SyntaxError
        return " ".join(self._tokens[start : self._next])


def judge_license(expression: Expression, lists: LicenseLists) -> Judged:
    """The verdict of a policy's lists on `expression`.

    Deny comes before review, review before allow; an empty `allow` allows all that is left. A
    pattern with WITH is about that exception and speaks before those without; these are about
    the licence, with or without exception. `X+` is whatever `X` is, unless a pattern names it.
    """
    match expression:
        case License():
            return _judge_one(expression, lists)
        case Ambiguous(text, candidates):
            return _judge_ambiguous(text, candidates, lists)
        case NoLicense(text):
            return Judged(Verdict.UNKNOWN, (text,))
        case Either(parts):
            return _chosen(parts, lists, best=True)
        case Both(parts):
            return _chosen(parts, lists, best=False)
        case never:
            assert_never(never)


def _chosen(parts: tuple[Expression, ...], lists: LicenseLists, *, best: bool) -> Judged:
    judged = [judge_license(part, lists) for part in parts]
    verdict = (min if best else max)(each.verdict for each in judged)
    same = [each for each in judged if each.verdict is verdict]
    operands = dict.fromkeys(operand for each in same for operand in each.operands)
    reasons = dict.fromkeys(reason for each in same for reason in each.reasons)
    return Judged(verdict, tuple(operands), tuple(reasons))


def _judge_ambiguous(text: str, candidates: tuple[License, ...], lists: LicenseLists) -> Judged:
    """The verdict that all candidates have in common, if they do."""
    judged = [_judge_one(each, lists) for each in candidates]
    if len({each.verdict for each in judged}) > 1:
        return Judged(Verdict.AMBIGUOUS, (text,), tuple(str(each) for each in candidates))
    reasons = dict.fromkeys(reason for each in judged for reason in each.reasons)
    return Judged(judged[0].verdict, (text,), tuple(reasons))


def _judge_one(license_: License, lists: LicenseLists) -> Judged:
    otherwise = (Verdict.NOT_ALLOWED if lists.allow else Verdict.ALLOWED, ())
    verdict, reasons = next(_matching(license_, lists), otherwise)
    return Judged(verdict, (str(license_),), reasons)


def _matching(license_: License, lists: LicenseLists) -> Iterator[tuple[Verdict, tuple[str, ...]]]:
    """The patterns that are about `license_`, those that count more first."""
    ordered = [(Verdict.DENIED, pattern) for pattern in lists.deny]
    ordered += [(Verdict.REVIEW, pattern) for pattern in lists.review]
    ordered += [(Verdict.ALLOWED, pattern) for pattern in lists.allow]
    whole, name = str(license_).lower(), license_.name.lower()
    for verdict, pattern in ordered:
        if " with " in pattern.lower() and fnmatchcase(whole, pattern.lower()):
            yield verdict, (pattern,)
    for verdict, pattern in ordered:
        if any(fnmatchcase(each, pattern.lower()) for each in (name, name.removesuffix("+"))):
            yield verdict, (pattern,)
