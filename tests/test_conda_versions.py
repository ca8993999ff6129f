"""Versions and constraints on them behave as conda's; py-rattler is the oracle."""

import pickle
from itertools import pairwise

import pytest
import rattler
from hypothesis import given, settings
from hypothesis import strategies as st

from envtool.conda_versions import (
    InvalidVersion,
    Strictness,
    Version,
    VersionSpec,
    can_all_hold,
    is_within,
    strictness,
)
from tests.conda_lock_oracle import conda_matches

numbers = st.sampled_from(["0", "1", "2", "9", "10", "26", "01"])
releases = st.lists(numbers, min_size=1, max_size=4).map(".".join)
suffixes = st.sampled_from(
    ["", "", "", "a", "a1", "rc2", "dev", ".dev0", "post1", ".post1", "_", "+x", "+1.2", "-3", "B1"]
)
versions = st.tuples(st.sampled_from(["", "", "", "1!"]), releases, suffixes).map("".join)


def comparisons(of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    compared = st.tuples(st.sampled_from(["", "==", "!=", "<", "<=", ">", ">="]), of)
    series = st.tuples(st.sampled_from(["=", "!="]), releases, st.just(".*"))
    compatible = st.tuples(st.just("~="), releases, st.sampled_from([".0", ".1"]))
    return st.one_of(compared.map("".join), series.map("".join), compatible.map("".join))


def constraints(of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    leaves = comparisons(of)
    both = st.lists(leaves, min_size=1, max_size=3).map(",".join)
    either = st.lists(both, min_size=1, max_size=2).map("|".join)
    return st.one_of(either, st.tuples(either, leaves).map(lambda pair: f"({pair[0]}),{pair[1]}"))


@settings(max_examples=400)
@given(versions, versions)
def test_the_order_is_rattlers(left: str, right: str) -> None:
    ours, theirs = (Version(left), Version(right)), (rattler.Version(left), rattler.Version(right))
    assert (ours[0] < ours[1]) is (theirs[0] < theirs[1])
    assert (ours[0] == ours[1]) is (theirs[0] == theirs[1])
    assert (ours[0] >= ours[1]) is (theirs[0] >= theirs[1])
    if ours[0] == ours[1]:
        assert hash(ours[0]) == hash(ours[1])


# One of each kind that conda's docstring of `VersionOrder` describes.
ASCENDING = (
    "0dev", "0", "2.3dev7", "2.3_", "2.3alpha", "2.3b", "2.3.0dev", "2.3.beta2", "2.3.RC1",
    "2.3+local", "2.3", "2.3+1", "2.3.0.1", "2.3.post4", "2.3.1", "2.3post4", "2.20", "10", "2024a", "2024",
    "1!0dev", "1!0.1", "2!0",
)  # fmt: skip


@pytest.mark.parametrize(("smaller", "larger"), list(pairwise(ASCENDING)))
def test_conda_orders_them_so(smaller: str, larger: str) -> None:
    assert Version(smaller) < Version(larger)
    assert not Version(larger) < Version(smaller)
    assert Version(smaller) != Version(larger)


@pytest.mark.parametrize(
    ("left", "right"),
    [("1", "1.0.0"), ("0.4.1.rc", "0.4.1.RC"), ("1.1.0dev1", "1.1.dev1"), ("1.2-3", "1.2_3"),
     ("1.01", "1.1"), ("1.2+x", "1.2.0+x"), ("0!1", "1")],
)  # fmt: skip
def test_conda_holds_them_equal(left: str, right: str) -> None:
    assert Version(left) == Version(right)
    assert hash(Version(left)) == hash(Version(right))


def test_a_version_is_no_text() -> None:
    assert Version("1") != "1"
    assert repr(Version(" 1.26 ")) == "Version('1.26')"
    assert pickle.loads(pickle.dumps(Version("1.2+x"))) == Version("1.2+x")  # noqa: S301 - our own


@pytest.mark.parametrize(("text", "count"), [("1", 1), ("1.26.4", 3), ("1!1.2", 2), ("9e", 1)])
def test_segments(text: str, count: int) -> None:
    assert Version(text).segments == count


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("1.26.4", "1.26", True), ("1.26.4", "1.2", False), ("1.26", "1.26.0", True),
        ("1", "1.0", True), ("1.2a1", "1.2", True), ("1.2a1", "1.2a", True), ("1.2", "1.2a", False),
        ("2.26.4", "1.26", False), ("1.2a1", "1.3a1", False), ("1.2alpha", "1.2al", True),
        ("1.2+x.1", "1.2+x", True), ("1.2", "1.2+x", False), ("1.3+x", "1.2+x", False),
        ("1!1.2", "1.2", False),
    ],
)  # fmt: skip
def test_the_start_of_a_version(text: str, start: str, *, expected: bool) -> None:
    assert Version(text).starts_with(Version(start)) is expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"), ("  ", "empty"), ("1.2 3", "character"), ("1,2", "character"),
        ("1_2-3", "character"), ("1!2!3", "epoch"), ("x!1", "epoch"), ("1+a+b", "repeated"),
        ("+a", "empty"), ("1+", "empty"), ("1..2", "empty part"), (".1", "empty part"),
        ("1" * 1000, "longer"), ("1." * 600 + "a", "longer"),
        ("0.\N{ARABIC-INDIC DIGIT THREE}", "character"),
    ],
)  # fmt: skip
def test_no_version(text: str, says: str) -> None:
    with pytest.raises(InvalidVersion, match=says):
        Version(text)


@settings(max_examples=400)
@given(constraints(versions), versions)
def test_a_constraint_matches_what_rattler_matches(constraint: str, version: str) -> None:
    expected = rattler.VersionSpec(constraint).matches(rattler.Version(version))
    found = VersionSpec(constraint).matches(version)
    # Where rattler differs from conda (`2post1` is in its `2.0.*`), conda has the last word.
    assert found is expected or found is conda_matches(constraint, version)


def test_where_rattler_and_conda_differ() -> None:
    assert rattler.VersionSpec("2.0.*").matches(rattler.Version("2post1"))
    assert not conda_matches("2.0.*", "2post1")
    assert not VersionSpec("2.0.*").matches("2post1")


@pytest.mark.parametrize(
    ("constraint", "inside", "outside"),
    [
        ("1.26", "1.26 1.26.0", "1.26.4 1.2"),
        ("=1.26", "1.26 1.26.4 1.26a1", "1.2 1.27 1.260"),
        ("1.26.*", "1.26 1.26.4", "1.27"),
        ("1.26*", "1.26.4", "1.27"),
        ("!=1.2.*", "1.3 1.20", "1.2 1.2.3"),
        (">=1.2.*", "1.2 1.3", "1.1"),
        ("==1.2.*", "1.2 1.2.3", "1.3"),
        ("~=1.4.2", "1.4.2 1.4.9", "1.4.1 1.5"),
        (">=1|<0.5", "0.4 1 2", "0.5 0.9"),
        ("(>=1|<0.5),!=0.3", "0.4 1", "0.3 0.7"),
        ("1.*.3", "1.2.3 1.0.3", "1.2.4 2.0.3"),
        ("^1\\.(2|3)$", "1.2 1.3", "1.4 1.2.1"),
        ("*", "0 1!1", ""),
        ("=*", "0 1!1", ""),
        (">= 1.2 , < 2", "1.2 1.9", "2"),
    ],
)
def test_what_a_constraint_allows(constraint: str, inside: str, outside: str) -> None:
    spec = VersionSpec(constraint)
    assert [each for each in inside.split() if not spec.matches(each)] == []
    assert [each for each in outside.split() if spec.matches(Version(each))] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"), ("1,", "lacks"), ("1||2", "lacks"), ("()", "lacks"), ("(1", "not close"),
        ("1)", "not open"), ("(" * 21 + "1" + ")" * 21, "too deep"), ("=>1.2", "write `>=1.2`"),
        ("=<2", "write `<=2`"), ("===1", "write `==1`"), ("<>1", "conda knows"), ("<", "missing"),
        ("~=1", "compares"), ("~=1.2.*", "compares"), ("<*", "compares"), ("^1", "end with"),
        ("1$", "start with"), ("^[$", "regular expression"), ("1.2@", "character"),
    ],
)  # fmt: skip
def test_no_constraint(text: str, says: str) -> None:
    with pytest.raises(InvalidVersion, match=says):
        VersionSpec(text)


def test_constraints_are_values() -> None:
    spec = VersionSpec(">=1, <2")
    assert spec == VersionSpec(">=1,<2")
    assert hash(spec) == hash(VersionSpec(">=1,<2"))
    assert spec != VersionSpec(">=1")
    assert spec != ">=1,<2"
    assert repr(spec) == "VersionSpec('>=1,<2')"
    assert pickle.loads(pickle.dumps(spec)) == spec  # noqa: S301 - our own bytes


@settings(max_examples=400)
@given(st.lists(constraints(releases), min_size=1, max_size=3), st.lists(releases, min_size=20))
def test_what_a_release_satisfies_can_hold(texts: list[str], tried: list[str]) -> None:
    specs = [VersionSpec(text) for text in texts]
    if any(all(spec.matches(each) for spec in specs) for each in tried):
        assert can_all_hold(specs)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], True), ([">=1", "<2"], True), ([">2", "<2"], False), (["=1.26", "=1.25"], False),
        (["=1.26", "==1.26.4"], True), ([">1.26", "<1.26.0.1"], True), (["==1|==2", "!=1"], True),
        (["==1|==2", "!=1,!=2"], False), (["~=1.4", "<1.4"], False), (["==2", "1.*.3"], False),
        (["==1.2.3", "1.*.3"], True), (["1.*.3", ">=1"], True), (["*", "<1"], True),
        ([">=1.1w", "<1.1z"], True), ([">=2", "<=2"], True),
        (["=latest", "==latest"], True),
        # Documented: a pre-release that nobody names does not count.
        (["=2", "<2"], False), (["=2", "<2", ">=2.0a1"], True),
    ],
)  # fmt: skip
def test_whether_all_can_hold(texts: list[str], *, expected: bool) -> None:
    assert can_all_hold([VersionSpec(text) for text in texts]) is expected


def test_too_many_comparisons_may_hold() -> None:
    many = ",".join(f"!={number}" for number in range(201))
    assert can_all_hold([VersionSpec(many), VersionSpec("==1")])


@pytest.mark.parametrize(
    ("inner", "outer", "expected"),
    [
        ("==1.26.4", "=1.26", True), ("=1.26", ">=1,<2", True), (">=1.2", ">=1", True),
        (">=1", ">=1.2", False), ("=1", "=1.26", False), ("==1|==3", "<2", False),
        (">=9.9", "~=9.3", False), ("=9.9", "~=9.3", True), ("1.*.1", "~=1.1", False), (">2,<1", "=1", False),
    ],
)  # fmt: skip
def test_whether_one_is_within_the_other(inner: str, outer: str, *, expected: bool) -> None:
    assert is_within(VersionSpec(inner), VersionSpec(outer)) is expected


@pytest.mark.parametrize(
    ("constraint", "step"),
    [
        ("*", "NONE"), ("!=1", "NONE"), ("!=1.2.*,!=3", "NONE"), (">=1", "LOWER"), ("<2", "LOWER"),
        (">=1,>2", "LOWER"), ("<1|>2", "LOWER"), (">=1,!=2", "LOWER"), (">=1.2,<2", "COMPATIBLE"),
        ("~=1.4", "COMPATIBLE"), ("=1", "COMPATIBLE"), ("1.*", "COMPATIBLE"), ("=1.26", "MINOR"),
        ("1.26.*", "MINOR"), ("~=1.26.4", "MINOR"), ("==1.26", "FULL"), ("1.26.4", "FULL"),
        ("=1.26.4", "FULL"), ("~=1.26.4.1", "FULL"), ("=1.26,<1.26.4", "MINOR"),
        ("==1|==2", "FULL"), ("==1|>=2", "LOWER"), ("==1|*", "NONE"), ("1.*.3", "LOWER"),
    ],
)  # fmt: skip
def test_the_ladder(constraint: str, step: str) -> None:
    assert strictness(VersionSpec(constraint), None) is Strictness[step]


@pytest.mark.parametrize(
    ("constraint", "build", "step"),
    [
        (None, None, "NONE"), (None, "h_0", "NONE"), ("==1.2", "h_0", "BUILD"),
        ("==1.2", "h*", "FULL"), ("==1.2", "^h_0$", "FULL"), ("=1.2", "h_0", "MINOR"),
    ],
)  # fmt: skip
def test_a_build_string_is_the_last_step(
    constraint: str | None, build: str | None, step: str
) -> None:
    version = VersionSpec(constraint) if constraint else None
    assert strictness(version, build) is Strictness[step]
