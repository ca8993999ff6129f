"""Versions in conda's order, as its documentation of `VersionOrder` has it."""

import re
from collections.abc import Iterator
from functools import lru_cache, total_ordering
from itertools import zip_longest

Element = int | str | float
Parts = tuple[tuple[Element, ...], ...]

_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_ALLOWED = re.compile(r"[*.+!_0-9a-z]+")
_RUNS = re.compile(r"\d+|\*+|[^\d*]+")
# Sorts before every lower-case letter and underscore.
_DEV = "DEV"
_POST = float("inf")
# Far more digits than any version has; int() is quadratic in them.
_LONGEST = 1000


class InvalidVersion(ValueError):  # noqa: N818 - as in `packaging.version`
    """A text that is no version, or no constraint on versions, in plain words."""


@total_ordering
class Version:
    """A version in conda's order: `1.0 == 1.0.0`, `1.0dev < 1.0_ < 1.0a < 1.0 < 1.0post`."""

    __slots__ = ("_key", "local", "parts", "text")

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self.parts, self.local = _parsed(self.text)
        self._key = (_stripped(self.parts), _stripped(self.local))

    @property
    def segments(self) -> int:
        """How many components are given, without the epoch: 3 for `1.26.4`."""
        return len(self.parts) - 1

    def starts_with(self, other: "Version") -> bool:
        """Whether this belongs to the series of `other`: `1.26.4` to `1.26`, not to `1.2`."""
        if other.local:
            return _stripped(self.parts) == _stripped(other.parts) and _begins(
                self.local, other.local
            )
        return _begins(self.parts, other.parts)

    def __eq__(self, other: object) -> bool:
        """Equal in conda's order; missing components count as 0."""
        return isinstance(other, Version) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __lt__(self, other: "Version") -> bool:
        return _less(self.parts, other.parts) or (
            self._key[0] == other._key[0] and _less(self.local, other.local)
        )

    def __repr__(self) -> str:
        return f"Version({self.text!r})"

    def __reduce__(self) -> "tuple[type[Version], tuple[str]]":
        return (Version, (self.text,))


@lru_cache(maxsize=4096)
def version_of(text: str) -> Version:
    """The `Version` of `text`, remembered."""
    return Version(text)


def _parsed(text: str) -> tuple[Parts, Parts]:
    """Epoch and components, and those of the local part."""
    if _RELEASE.fullmatch(text) and len(text) < _LONGEST:
        return ((0,), *((int(part),) for part in text.split("."))), ()
    lowered = text.lower()
    if "_" not in lowered:
        lowered = lowered.replace("-", "_")
    if not _ALLOWED.fullmatch(lowered) or len(text) >= _LONGEST:
        raise InvalidVersion(_why_invalid(text))
    epoch, separator, rest = lowered.rpartition("!")
    if separator and not epoch.isdigit():
        raise InvalidVersion(f"the epoch before `!` in `{text}` must be a number")
    main, separator, local = rest.partition("+")
    if not main or "+" in local or (separator and not local):
        raise InvalidVersion(f"`{text}` has an empty or repeated part around `+`")
    return ((int(epoch or 0),), *_components(main, text)), tuple(_components(local, text))


def _why_invalid(text: str) -> str:
    if not text:
        return "the version is empty"
    if len(text) >= _LONGEST:
        return "the version is longer than any version is"
    return f"`{text}` has a character that no version has"


def _components(text: str, whole: str) -> Iterator[tuple[Element, ...]]:
    """The parts between dots; a final underscore belongs to the last one (openssl's `1.0_`)."""
    if not text:
        return
    body = text[:-1] if text[-1] == "_" else text
    pieces = body.replace("_", ".").split(".")
    pieces[-1] += text[len(body) :]
    for piece in pieces:
        runs: list[Element] = [_element(run) for run in _RUNS.findall(piece)]
        if not runs:
            raise InvalidVersion(f"`{whole}` has an empty part")
        yield tuple(runs) if piece[0].isdigit() else (0, *runs)


def _element(run: str) -> Element:
    if run.isdigit():
        return int(run)
    if run == "post":
        return _POST
    return _DEV if run == "dev" else run


def _stripped(parts: Parts) -> Parts:
    """Without trailing zeros and empty components, which make no difference."""
    kept = []
    for part in parts:
        length = len(part)
        while length and part[length - 1] == 0:
            length -= 1
        kept.append(part[:length])
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _less(left: Parts, right: Parts) -> bool:
    for one, other in zip_longest(left, right, fillvalue=()):
        for a, b in zip_longest(one, other, fillvalue=0):
            if a == b:
                continue
            # A text is smaller than any number.
            if isinstance(a, str):
                return a < b if isinstance(b, str) else True
            return False if isinstance(b, str) else a < b
    return False


def _begins(parts: Parts, start: Parts) -> bool:
    last = len(start) - 1
    if _stripped(parts[:last]) != _stripped(start[:last]):
        return False
    part = parts[last] if last < len(parts) else ()
    final = start[last]
    if _stripped((part[: len(final) - 1],)) != _stripped((final[:-1],)):
        return False
    element = part[len(final) - 1] if len(final) <= len(part) else 0
    if isinstance(final[-1], str):
        return isinstance(element, str) and element.startswith(final[-1])
    return element == final[-1]
