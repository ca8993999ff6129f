"""Two locks that grew out of one become one, package by package."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.domain.conda_lock_writer import LockMetadata
from envtool.domain.lock_merge import Choice, Merged, merge, newer, tally
from envtool.domain.lock_sides import NOTHING, Side, side
from envtool.domain.locks import LockedPackage
from tests.judging import SHIPPED

CATALOG = SHIPPED.catalog()
Needs = tuple[tuple[str, str], ...]


def package(
    name: str,
    version: str = "1",
    build: str = "h0_0",
    platform: str = "linux-64",
    category: str = "main",
    needs: Needs = (),
    manager: str = "conda",
) -> LockedPackage:
    url = f"https://example.org/{platform}/{name}-{version}-{build}.conda"
    return LockedPackage(name, version, manager, platform, url, "", "", needs, category, 7)


def head(*platforms: str, asks: str = "0", **keys: tuple[str, ...]) -> LockMetadata:
    return LockMetadata(
        content_hash=dict.fromkeys(platforms, asks),
        channels=tuple((url, ()) for url in keys.get("channels", ("conda-forge",))),
        platforms=platforms,
        sources=keys.get("sources", ("environment.yml",)),
    )


def of(*packages: LockedPackage, top: LockMetadata | None = None) -> Side:
    return side(top or head("linux-64"), packages)


def merged(base: Side, ours: Side, theirs: Side, *, fitting: bool = False) -> Merged:
    return merge(base, ours, theirs, CATALOG, fitting=fitting)


def shown(found: Merged) -> list[str]:
    return [f"{each.name} {each.version} {each.category}" for each in found.side.packages]


A1, A2, A3 = (package("a", version) for version in "123")
ADEV = package("a", category="dev")
B = package("b")


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result", "choice"),
    [
        ([A1], [A1], [A1], ["a 1 main"], None),
        ([A1], [A2], [A1], ["a 2 main"], Choice.OURS),
        ([A1], [A1], [A2], ["a 2 main"], Choice.THEIRS),
        ([A3], [A3], [A2], ["a 2 main"], Choice.THEIRS),
        ([A1], [A2], [A2], ["a 2 main"], None),
        ([A1], [A2], [A3], ["a 3 main"], Choice.NEWER),
        ([A1], [A3], [A2], ["a 3 main"], Choice.NEWER),
        ([A1], [], [A1], [], Choice.OURS),
        ([A1], [A1], [], [], Choice.THEIRS),
        ([A1], [], [A2], ["a 2 main"], Choice.KEPT),
        ([A1], [A2], [], ["a 2 main"], Choice.KEPT),
        ([A1], [], [], [], None),
        ([], [A1], [], ["a 1 main"], Choice.OURS),
        ([], [], [A1], ["a 1 main"], Choice.THEIRS),
        ([], [A1], [A2], ["a 2 main"], Choice.NEWER),
        ([], [A1], [A1], ["a 1 main"], None),
        # Version and category are two changes.
        ([A1], [ADEV], [A2], ["a 2 dev"], Choice.NEWER),
        ([ADEV], [A1], [A2._replace(category="dev")], ["a 2 main"], Choice.NEWER),
        ([A1], [ADEV], [A2._replace(category="docs")], ["a 2 dev", "a 2 docs"], Choice.NEWER),
        ([], [ADEV], [A1], ["a 1 main"], Choice.NEWER),
        ([ADEV], [ADEV, A1._replace(category="docs")], [A2._replace(category="dev")],
         ["a 2 dev", "a 2 docs"], Choice.NEWER),
    ],
)  # fmt: skip
def test_one_package(
    base: list[LockedPackage],
    ours: list[LockedPackage],
    theirs: list[LockedPackage],
    result: list[str],
    choice: Choice | None,
) -> None:
    found = merged(of(*base), of(*ours), of(*theirs))
    assert shown(found) == result
    assert [each.choice for each in found.decisions] == ([choice] if choice else [])
    assert found.open == ()


@pytest.mark.parametrize(
    ("older", "newest"),
    [
        (package("a", "1.9"), package("a", "1.10")),
        (package("a", "1.0rc1"), package("a", "1.0")),
        (package("a", "x y"), package("a", "0.1")),
        (package("a", "x y"), package("a", "x z")),
        (package("a", build="h9_0"), package("a", build="h1_1")),
        (package("a", build="py313h9_9"), package("a", build="py312h1_10")),
        (package("a", build="odd"), package("a", build="h0_0")),
        (package("a", build="0"), package("a", build="1")),
        (package("a", "1.0", build="h1_0"), package("a", "1.0.0", build="h1_1")),
        (package("a", build="h1_0"), package("a", build="h2_0")),
        (package("a"), package("a")._replace(md5="0")),
        (package("a", build=f"h_{'9' * 30}"), package("a", build="h_1")),
    ],
)
def test_the_newer_one(older: LockedPackage, newest: LockedPackage) -> None:
    assert newer(older, newest) == newer(newest, older) == newest


def test_what_was_decided_for_whom() -> None:
    both = ("linux-64", "osx-64")
    base = of(*(package("a", "1", platform=each) for each in both), top=head(*both))
    ours = of(*(package("a", "2", platform=each) for each in both), B, top=head(*both))
    theirs = of(*(package("a", "3", platform=each) for each in both), top=head(*both))
    found = merged(base, ours, theirs)
    assert [tuple(each) for each in found.decisions] == [
        (Choice.NEWER, "a", "conda", "2", "3", "3", both),
        (Choice.OURS, "b", "conda", "1", None, "1", ("linux-64",)),
    ]
    assert tally(found) == "1 from ours, 1 the newer of two"
    assert tally(merged(base, base, base)) == "the packages are the same"


def test_builds_are_shown_where_only_they_differ() -> None:
    found = merged(
        of(), of(package("a", build="h_1")), of(package("a", build="h_2"), package("b", build=""))
    )
    texts = [(each.ours, each.theirs, each.taken) for each in found.decisions]
    assert texts == [("1 h_1", "1 h_2", "1 h_2"), (None, "1", "1")]


NEEDS_B = package("a", needs=(("b", ">=2"),))
OLD_ONLY = package("user", needs=(("a", "<2"),))


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "left_open"),
    [
        ([B], [B, NEEDS_B], [B], []),  # the fault of ours alone
        ([B], [NEEDS_B, package("b", "2")], [B], []),
        (
            [package("b", "3")],
            [package("b", "3"), NEEDS_B],
            [B],
            ["`a 1` needs `b >=2`, and 1 is locked on linux-64"],
        ),
        (
            [package("b", "2")],
            [package("b", "2"), NEEDS_B],
            [],
            ["`a 1` needs `b >=2`, which is not in the lock on linux-64"],
        ),
        (
            [],
            [package("a", manager="pip")],
            [A1],
            ["`a` is locked for pip and for conda on linux-64"],
        ),
        (
            [],
            [package("a", manager="pip", needs=(("Zope.Interface", ">=2"),)),
             package("zope-interface", "2", manager="pip")],
            [package("zope-interface", "3", manager="pip")],
            [],
        ),
        (
            [package("c", "1", manager="pip")],
            [package("a", manager="pip", needs=(("c[x]", "<2"),)), package("c", manager="pip")],
            [package("c", "2", manager="pip")],
            ["`a 1` needs `c[x] <2`, and 2 is locked on linux-64"],
        ),
        (
            [package("c", "1", manager="pip")],
            [package("a", manager="pip", needs=(("c", ""),)), package("c", manager="pip")],
            [],
            ["`a 1` needs `c`, which is not in the lock on linux-64"],
        ),
        (
            [package("c", "1")],
            [package("a", manager="pip", needs=(("c", "?"), ("d", "===1")))
             , package("c"), package("d")],
            [package("c", "2")],
            [],
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_left_open(
    base: list[LockedPackage],
    ours: list[LockedPackage],
    theirs: list[LockedPackage],
    left_open: list[str],
) -> None:
    assert [*merged(of(*base), of(*ours), of(*theirs)).open] == left_open
    assert [*merged(of(*base), of(*theirs), of(*ours)).open] == left_open


def test_where_only_the_older_one_fits_a_solver_starts_from_it() -> None:
    base, ours, theirs = of(), of(OLD_ONLY, A1, B), of(A2, package("b", "2"))
    assert shown(merged(base, ours, theirs)) == ["a 2 main", "b 2 main", "user 1 main"]
    for found in (
        merged(base, ours, theirs, fitting=True),
        merged(base, theirs, ours, fitting=True),
    ):
        assert shown(found) == ["a 1 main", "b 2 main", "user 1 main"]
        assert found.open == ()
        assert {each.name: each.choice for each in found.decisions}["a"] is Choice.FITTING
    # Neither fits: nothing is gained by the older one.
    user = package("user", needs=(("a", ">=3"),))
    assert shown(merged(base, of(user, A1), of(A2), fitting=True)) == ["a 2 main", "user 1 main"]


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "hashes", "stale"),
    [
        ("0", "0", "0", "0", False),
        ("0", "1", "0", "1", False),
        ("0", "0", "1", "1", False),
        ("0", "1", "1", "1", False),
        ("0", "1", "2", "1", True),
    ],
)
def test_the_hash_of_what_is_asked_for(
    base: str, ours: str, theirs: str, hashes: str, *, stale: bool
) -> None:
    sides = (of(B, top=head("linux-64", asks=each)) for each in (base, ours, theirs))
    found = merged(*sides)
    assert found.side.head.content_hash == {"linux-64": hashes}
    assert found.stale == (("linux-64",) if stale else ())


def test_both_added_the_file() -> None:
    found = merged(NOTHING, of(A1, top=head("linux-64", asks="1")), of(B))
    assert shown(found) == ["a 1 main", "b 1 main"]
    assert found.stale == ("linux-64",)


def test_a_platform_that_one_side_removed_is_gone() -> None:
    osx = package("a", platform="osx-64")
    both = head("linux-64", "osx-64")
    base, theirs = of(A1, osx, top=both), of(A1, osx._replace(version="2"), top=both)
    found = merged(base, of(A1), theirs)
    assert found.side == of(A1)


@pytest.mark.parametrize(("asks", "is_open"), [("0", False), ("1", True)])
def test_a_new_platform_may_lack_what_the_other_side_asks_for(asks: str, *, is_open: bool) -> None:
    osx = package("a", platform="osx-64")
    ours = of(A1, osx, top=head("linux-64", "osx-64"))
    theirs = of(A1, B, top=head("linux-64", asks=asks))
    found = merged(of(A1), ours, theirs)
    assert found.side.head.platforms == ("linux-64", "osx-64")
    left = ("one side added `osx-64`, and the other one what is asked for",)
    assert found.open == (left if is_open else ())
    assert merged(of(A1), theirs, ours).open == found.open


def test_both_added_the_file_for_other_platforms() -> None:
    ours, theirs = of(A1), of(package("a", platform="osx-64"), top=head("osx-64"))
    assert len(merged(NOTHING, ours, theirs).open) == 2


def test_heads_are_merged_item_by_item() -> None:
    def top(*channels: str, sources: tuple[str, ...] = ("environment.yml",)) -> Side:
        return of(top=head("linux-64", channels=channels, sources=sources))

    found = merged(top("a"), top("a", "b"), top("x", "a", sources=("environment.yml", "dev.yml")))
    assert [url for url, _ in found.side.head.channels] == ["x", "a", "b"]
    assert found.side.head.sources == ("environment.yml", "dev.yml")


packages = st.lists(
    st.builds(
        package,
        name=st.sampled_from("abc"),
        version=st.sampled_from(["1", "1.1", "2"]),
        build=st.sampled_from(["h_0", "h_1"]),
        platform=st.sampled_from(["linux-64", "osx-64"]),
        category=st.sampled_from(["main", "dev"]),
        needs=st.sampled_from([(), (("a", ">=1.1"),), (("b", "1.*"),)]),
        manager=st.sampled_from(["conda", "pip"]),
    ),
    unique_by=lambda each: (each.name, each.platform, each.manager),
)
sides = st.builds(
    lambda found, asks, channels: of(
        *found,
        top=head("linux-64", "osx-64", asks=asks, channels=tuple(channels)),
    ),
    packages,
    st.sampled_from("012"),
    st.permutations(["x", "y", "z"]),
)


@given(base=sides, changed=sides, fitting=st.booleans())
def test_what_only_one_side_changed_is_taken_as_it_is(
    base: Side, changed: Side, *, fitting: bool
) -> None:
    for ours, theirs in ((base, changed), (changed, base), (changed, changed)):
        found = merged(base, ours, theirs, fitting=fitting)
        assert found.side == changed
        assert (found.open, found.stale) == ((), ())


@given(base=sides, ours=sides, theirs=sides, fitting=st.booleans())
def test_it_does_not_matter_who_merges_whom(
    base: Side, ours: Side, theirs: Side, *, fitting: bool
) -> None:
    one = merged(base, ours, theirs, fitting=fitting)
    other = merged(base, theirs, ours, fitting=fitting)
    assert one.side.packages == other.side.packages
    assert set(one.open) == set(other.open)
    assert one.stale == other.stale


@given(sides, sides, sides)
def test_every_package_comes_from_a_side(base: Side, ours: Side, theirs: Side) -> None:
    found = merged(base, ours, theirs).side.packages
    there = {each._replace(category="") for each in (*ours.packages, *theirs.packages)}
    assert {each._replace(category="") for each in found} <= there
    keys = [(each.manager, each.name, each.platform) for each in found]
    assert len(keys) == len(set(keys))


def test_three_hundred_packages_on_four_platforms_take_no_time() -> None:
    names = [f"p{number}" for number in range(300)]
    platforms = ("linux-64", "osx-64", "osx-arm64", "win-64")

    def made(version: str) -> Side:
        found = (package(*each, version) for each in itertools.product(names))
        return side(
            head(*platforms),
            [each._replace(platform=name) for each in found for name in platforms],
        )

    found = merged(made("1"), made("2"), made("3"), fitting=True)
    assert {each.taken for each in found.decisions} == {"3"}
