"""The order of versions, in each of the ways that sources of advisories order them.

None of them is conda's, which puts OpenSSL 1.1.1w below 1.1.1. What a way can not order has no
key, and is never compared.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from envtool.domain.auditing.advisories import Scheme

Key = tuple[object, ...]

# Longer ones are nonsense, and hostile ones cost time.
_LONGEST = 128

# Semver 2.0.0, but for any count of numbers, and for prereleases as Python and others write them
# (`3.13.0rc1`), which conda-forge keeps.
_SEMVER = re.compile(
    r"[vV]?(\d+(?:\.\d+)*)"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)|[._]?(a|alpha|b|beta|c|rc|pre|dev)[._]?(\d*))?"
    r"(?:\+[0-9A-Za-z.-]+)?",
    re.ASCII,
)
_BEFORE = re.compile(r"(\d+\.\d+\.\d+)-0", re.ASCII)
# Up to 1.1.1 letters are patch releases (`1.1.1w`, after `z` comes `za`); since 3.0 there are none.
# What was mended in CVS alone came after the last release of its branch.
_OPENSSL = re.compile(
    r"(\d+(?:\.\d+)*)(-cvs|[a-z]{0,2}?)(?:[-._]?(alpha|beta|pre|rc|dev)[-._]?(\d*))?",
    re.ASCII,
)


@lru_cache(maxsize=65536)
def key_of(scheme: Scheme, version: str) -> Key | None:
    """What `version` is compared by with others of `scheme`; None when it has no order there."""
    return _KEYS[scheme](version) if len(version) <= _LONGEST else None


def release_of(scheme: Scheme, version: str) -> str:
    """`version`, or the release that it stands for: `1.21.0-0` is whatever comes before `1.21.0`.

    Bitnami and Go write so, for bounds that prereleases are within; nobody can install it.
    """
    match = _BEFORE.fullmatch(version) if scheme is Scheme.SEMVER else None
    return match[1] if match else version


def _pep440(version: str) -> Key | None:
    from packaging.version import InvalidVersion, Version

    try:
        return (Version(version),)
    except InvalidVersion:
        return None


def _semver(version: str) -> Key | None:
    match = _SEMVER.fullmatch(version)
    if match is None:
        return None
    numbers, strict, word, number = match.groups()
    if strict:
        return (_release(numbers), 0, tuple(map(_identifier, strict.split("."))))
    if word:
        return (_release(numbers), 0, (_identifier(word), _identifier(number or "0")))
    return (_release(numbers), 1, ())


def _openssl(version: str) -> Key | None:
    match = _OPENSSL.fullmatch(version)
    if match is None:
        return None
    numbers, letters, word, number = match.groups()
    prerelease = (0, word, int(number or "0")) if word else (1, "", 0)
    return (_release(numbers), len(letters), letters, prerelease)


def _release(numbers: str) -> tuple[int, ...]:
    """The numbers without zeros at the end: `1.2` is `1.2.0`."""
    parts = [int(each) for each in numbers.split(".")]
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


def _identifier(text: str) -> tuple[int, int, str]:
    """An identifier of a prerelease: numbers by value, and before all words."""
    return (0, int(text), "") if text.isdecimal() else (1, 0, text)


_KEYS: dict[Scheme, Callable[[str], Key | None]] = {
    Scheme.PEP440: _pep440,
    Scheme.SEMVER: _semver,
    Scheme.OPENSSL: _openssl,
}
TITLES = {Scheme.PEP440: "PEP 440", Scheme.SEMVER: "semver", Scheme.OPENSSL: "OpenSSL"}
