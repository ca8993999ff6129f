"""Constraints on versions: what holds, how strict it is, what can hold together."""

import re
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from operator import eq, ge, gt, le, lt, ne

from envtool.conda_versions.grammar import Branch, Leaf, Tree, parsed
from envtool.conda_versions.order import Version, version_of


class Strictness(IntEnum):
    """How much of a version is left open; the ladder of `pins` in the policy.

    NONE: anything, or only `!=`. LOWER: bounded on one side. COMPATIBLE: fenced in on both
    sides (`>=1.2,<2`, `=1`, `~=1.4`). MINOR: a series of two parts (`=1.26`, `~=1.26.4`).
    FULL: one release (`==1.26`, `=1.26.4`). BUILD: one release in one build.
    """

    NONE = 0
    LOWER = 1
    COMPATIBLE = 2
    MINOR = 3
    FULL = 4
    BUILD = 5


class VersionSpec:
    """A constraint on versions, as conda reads it: `>=1.26,<2|==3.0`, `1.26.*`, `~=1.4.2`.

    A bare `1.26` is that one release; `=1.26` and `1.26.*` are its series. `,` binds closer
    than `|`. Two are equal when their texts are, blanks aside.
    """

    __slots__ = ("_tree", "text")

    def __init__(self, text: str) -> None:
        self.text = text.replace(" ", "")
        self._tree = parsed(self.text)

    def matches(self, version: "Version | str") -> bool:
        """Whether `version` satisfies the constraint."""
        return _holds(self._tree, version_of(version) if isinstance(version, str) else version)

    @property
    def strictness(self) -> Strictness:
        """Its step on the ladder; of `|` the weakest side counts, of `,` the strictest."""
        return _ladder(self._tree)[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VersionSpec) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"VersionSpec({self.text!r})"

    def __reduce__(self) -> "tuple[type[VersionSpec], tuple[str]]":
        return (VersionSpec, (self.text,))


def strictness(version: VersionSpec | None, build: str | None) -> Strictness:
    """The step of a version together with a build string (a glob is no exact build)."""
    step = version.strictness if version is not None else Strictness.NONE
    is_exact = build is not None and not set("*^$") & set(build)
    return Strictness.BUILD if is_exact and step is Strictness.FULL else step


def can_all_hold(specs: Sequence[VersionSpec]) -> bool:
    """False only when no version satisfies all of `specs`.

    Every constraint changes its answer only at the versions that it names, so it is enough to
    try those, something just above each, and the next series. Pre-releases that nobody names
    do not count: `=2` and `<2` exclude each other. Where a glob or a regular expression
    stands, or the specs are too large to try, the answer is True.
    """
    trees = [spec._tree for spec in specs]  # noqa: SLF001 - our own class
    samples = _samples(trees)
    if samples is None:
        return True
    return any(all(_holds(tree, each, exact=exact) for tree in trees) for each, exact in samples)


def is_within(inner: VersionSpec, outer: VersionSpec) -> bool:
    """Whether every version that `inner` allows satisfies `outer`; False when unknown."""
    trees = [inner._tree, outer._tree]  # noqa: SLF001 - our own class
    if any(leaf.pattern for tree in trees for leaf in _leaves(tree)):
        return False
    samples = _samples(trees)
    allowed = [each for each, _ in samples or () if _holds(trees[0], each)]
    return bool(allowed) and all(_holds(trees[1], each) for each in allowed)


def _holds(tree: Tree, version: Version, *, exact: bool = True) -> bool:
    """Whether `version` satisfies `tree`; patterns count as satisfied unless `exact`."""
    if isinstance(tree, Branch):
        results = (_holds(child, version, exact=exact) for child in tree.children)
        return all(results) if tree.joint == "," else any(results)
    if tree.pattern is not None:
        return not exact or tree.pattern.match(version.text) is not None
    if tree.version is None:
        return True
    return _COMPARES[tree.operator](version, tree.version)


def _compatible(version: Version, other: Version) -> bool:
    """`~=1.4.2`: at least that, and in the series 1.4."""
    return version >= other and version.starts_with(_series(other))


def _series(version: Version) -> Version:
    return version_of(version.text.rpartition(".")[0])


_COMPARES: dict[str, Callable[[Version, Version], bool]] = {
    "==": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "=": Version.starts_with,
    "!=*": lambda version, other: not version.starts_with(other),
    "~=": _compatible,
}


def _ladder(tree: Tree) -> tuple[Strictness, frozenset[str]]:
    """The step of a constraint, and the sides on which it is bounded."""
    if isinstance(tree, Branch):
        steps = [_ladder(child) for child in tree.children]
        if tree.joint == "|":
            return min(step for step, _ in steps), frozenset.intersection(*(b for _, b in steps))
        sides = frozenset.union(*(bounds for _, bounds in steps))
        step = max(step for step, _ in steps)
        return max(step, Strictness.COMPATIBLE) if len(sides) > 1 else step, sides
    if tree.version is None:
        return (Strictness.LOWER if tree.pattern else Strictness.NONE), frozenset()
    return _step(tree.operator, tree.version.segments)


_ABOVE, _BELOW = frozenset({"above"}), frozenset({"below"})


def _step(operator: str, segments: int) -> tuple[Strictness, frozenset[str]]:
    if operator in {"!=", "!=*"}:
        return Strictness.NONE, frozenset()
    if operator in {"<", "<="}:
        return Strictness.LOWER, _ABOVE
    if operator in {">", ">="}:
        return Strictness.LOWER, _BELOW
    both = _ABOVE | _BELOW
    if operator == "==":
        return Strictness.FULL, both
    # `~=1.4.2` stays in the series 1.4.
    length = segments - 1 if operator == "~=" else segments
    steps = (Strictness.COMPATIBLE, Strictness.MINOR, Strictness.FULL)
    return steps[min(length, 3) - 1], both


def _leaves(tree: Tree) -> Iterator[Leaf]:
    if isinstance(tree, Leaf):
        yield tree
    else:
        for child in tree.children:
            yield from _leaves(child)


# More than anybody writes; keeps a hostile text from using up the time.
_MOST_SAMPLED = 200


def _samples(trees: list[Tree]) -> "list[tuple[Version, bool]] | None":
    """Versions at which an answer can change, and whether a pattern can be tried on them."""
    leaves = [leaf for tree in trees for leaf in _leaves(tree)]
    if len(leaves) > _MOST_SAMPLED:
        return None
    samples = [(version_of("0"), False)]
    for leaf in leaves:
        if leaf.version is not None:
            samples.append((leaf.version, True))
            samples += ((each, False) for each in _beyond(leaf.version))
            if leaf.operator == "~=":
                samples += ((each, False) for each in _beyond(_series(leaf.version)))
    return samples


def _beyond(version: Version) -> Iterator[Version]:
    """Something just above `version`, and the start of the next series."""
    main = version.text.partition("+")[0].rstrip("_")
    yield version_of(f"{main}.0.0.0.1")
    head, dot, last = main.rpartition(".")
    digits = re.match(r"\d+", last)
    if digits:
        yield version_of(f"{head}{dot}{int(digits[0]) + 1}")
