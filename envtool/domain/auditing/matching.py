"""Whether an advisory is about a version."""

from collections.abc import Iterable
from typing import NamedTuple

from envtool.domain.auditing.advisories import Advisory, Affected, Scheme, Span
from envtool.domain.auditing.identity import Coordinate
from envtool.domain.auditing.versions import TITLES, Key, key_of


class Verdict(NamedTuple):
    """Whether an advisory is about a version; `doubt` says why that is not certain."""

    is_hit: bool
    doubt: str = ""


NO = Verdict(is_hit=False)
VULNERABLE = Verdict(is_hit=True)


def verdict(advisory: Advisory, coordinate: Coordinate, version: str) -> Verdict:
    """What `advisory` says of `version` of the product, whether it was withdrawn or not."""
    judged = [_judge(each, version) for each in advisory.affected if each.coordinate == coordinate]
    return _worst(judged)


def _worst(judged: Iterable[Verdict]) -> Verdict:
    """The certain one, else one in doubt, else no."""
    found = NO
    for each in judged:
        if each.is_hit and not each.doubt:
            return each
        found = each if each.is_hit else found
    return found


def _judge(affected: Affected, version: str) -> Verdict:
    if _is_listed(affected, version):
        return VULNERABLE
    return _worst(_judge_span(each, affected.scheme, version) for each in affected.spans)


def _is_listed(affected: Affected, version: str) -> bool:
    """Whether `version` is in the list, in whatever spelling: `1.0` is `1.0.0`."""
    if version in affected.versions:
        return True
    first = version.partition(".")[0]
    near = [each for each in affected.versions if each.partition(".")[0] == first]
    key = key_of(affected.scheme, version) if near else None
    return key is not None and any(key_of(affected.scheme, each) == key for each in near)


class _DisorderError(Exception):
    """A version has no place in the order that it should be compared in."""


def _judge_span(span: Span, scheme: Scheme, version: str) -> Verdict:
    try:
        if not span.start_of_all and _key(scheme, version) < _key(scheme, span.introduced):
            return NO
        return _judge_end(span, scheme, version)
    except _DisorderError as error:
        doubt = f"`{error}` has no place in the order of {TITLES[scheme]}"
        return Verdict(is_hit=True, doubt=doubt)


def _judge_end(span: Span, scheme: Scheme, version: str) -> Verdict:
    """The same for a version that is not below the start."""
    end = span.fixed or span.last_affected
    if end is None:
        return VULNERABLE if span.has_end else _ENDLESS
    key, last = _key(scheme, version), _key(scheme, end)
    if key < last or (key == last and span.fixed is None):
        return VULNERABLE
    return NO if span.has_end else _ENDLESS


_ENDLESS = Verdict(is_hit=True, doubt="the advisory does not say where it ends")


def _key(scheme: Scheme, version: str) -> Key:
    key = key_of(scheme, version)
    if key is None:
        raise _DisorderError(version)
    return key
