"""How far a step goes, and how far one may go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.conda_versions import InvalidVersion, Version, VersionSpec
from envtool.domain.locks import LockedPackage
from envtool.domain.policy.records import UpdateKind
from envtool.domain.update_kinds import Level, kind_of, level_range, version_kind

PACKAGE = LockedPackage(
    "numpy", "1.26.4", "conda", "linux-64", "https://c/numpy-1.26.4-h1_0.conda", "m", "s", (), "main", 1
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("1.26.4", "1.26.5", "patch"),
        ("1.26.4", "1.27.0", "minor"),
        ("1.26.4", "2.0.0", "major"),
        ("1.26", "1.26.1", "patch"),
        ("1", "1.0.1", "patch"),
        ("1", "1.1", "minor"),
        ("0.4.1", "0.5", "minor"),
        ("0.9", "1.0", "major"),
        ("1.26.5", "1.26.4", "downgrade"),
        ("2.0", "1.99", "downgrade"),
        ("1.0", "1.0.0", "rebuild"),
        ("2.0rc1", "2.0", "patch"),
        ("1.9", "2.0rc1", "major"),
        ("2.0", "2.0.post1", "patch"),
        ("2.1.0", "2.1.0+cpu", "patch"),
        ("2.1.0+cu118", "2.1.0+cu121", "patch"),
        ("3.0", "1!1.0", "major"),
        ("1!1.0", "3.0", "downgrade"),
        ("1!1.0", "1!1.1", "minor"),
        ("2024.8.30", "2024.12.14", "minor"),
        ("2024.12.14", "2025.1.31", "major"),
        ("2025a", "2025b", "patch"),
        ("9e", "9f", "patch"),
        ("1.1.1v", "1.1.1w", "patch"),
        ("v1", "v2", "patch"),
        ("what ever", "what else", "major"),
        ("what ever", "what ever", "rebuild"),
    ],
)
def test_a_step_is_as_large_as_its_first_number_that_changes(
    before: str, after: str, kind: str
) -> None:
    assert version_kind("numpy", before, after) == kind


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, PACKAGE, "added"),
        (PACKAGE, None, "removed"),
        (None, None, None),
        (PACKAGE, PACKAGE, None),
        (PACKAGE, PACKAGE._replace(line=7, category="dev", dependencies=(("a", "1"),)), None),
        (PACKAGE, PACKAGE._replace(version="1.26.5"), "patch"),
        (PACKAGE, PACKAGE._replace(url="https://c/numpy-1.26.4-h1_1.conda"), "rebuild"),
        (PACKAGE, PACKAGE._replace(url="https://d/numpy-1.26.4-h1_0.conda"), None),
        (PACKAGE, PACKAGE._replace(sha256="t"), "replaced"),
        (PACKAGE, PACKAGE._replace(sha256="", md5="n"), "replaced"),
        (PACKAGE, PACKAGE._replace(sha256="", md5=""), None),
        (
            PACKAGE,
            PACKAGE._replace(sha256="", md5="", url="https://d/numpy-1.26.4-h1_0.conda"),
            "replaced",
        ),
    ],
)
def test_the_kind_of_a_change_is_what_is_installed(
    before: LockedPackage | None, after: LockedPackage | None, kind: str | None
) -> None:
    assert kind_of(before, after) == kind


@pytest.mark.parametrize(
    ("version", "patch", "minor", "major"),
    [
        ("1.26.4", ">=1.26.4,1.26.*", ">=1.26.4,1.*", ">=1.26.4"),
        ("1.26", ">=1.26,1.26.*", ">=1.26,1.*", ">=1.26"),
        ("2", ">=2,2.0.*", ">=2,2.*", ">=2"),
        ("1!2.3.1", ">=1!2.3.1,1!2.3.*", ">=1!2.3.1,1!2.*", ">=1!2.3.1"),
        ("9e", ">=9e,9.*,<9.1dev", ">=9e,9.*", ">=9e"),
        ("1.26rc1", ">=1.26rc1,1.26.*", ">=1.26rc1,1.*", ">=1.26rc1"),
    ],
)
def test_an_update_is_asked_for_within_its_level(
    version: str, patch: str, minor: str, major: str
) -> None:
    assert [level_range("numpy", version, each) for each in Level] == [patch, minor, major]


def test_no_range_starts_at_what_is_no_version() -> None:
    with pytest.raises(InvalidVersion):
        level_range("numpy", "what ever", Level.PATCH)


PARTS = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(
    lambda each: ".".join(map(str, each))
)
ENDINGS = st.sampled_from(["", "", "a", "rc1", ".post1", "+cpu", "dev"])
VERSIONS = st.tuples(st.sampled_from(["", "", "1!"]), PARTS, ENDINGS).map("".join)
ORDER = [UpdateKind.REBUILD, UpdateKind.PATCH, UpdateKind.MINOR, UpdateKind.MAJOR]


@pytest.mark.parametrize("name", ["python", "r-base", "perl"])
def test_what_packages_are_built_for_has_two_numbers_that_count(name: str) -> None:
    assert version_kind(name, "3.11.9", "3.12.0") == "major"
    assert version_kind(name, "3.11.9", "3.11.10") == "patch"
    assert level_range(name, "3.11.9", Level.MINOR) == ">=3.11.9,3.11.*"
    assert level_range(name, "3.11.9", Level.MAJOR) == ">=3.11.9"


@given(st.sampled_from(["numpy", "python"]), VERSIONS, VERSIONS, st.sampled_from(Level))
def test_what_a_level_allows_goes_no_further(
    name: str, before: str, after: str, level: Level
) -> None:
    allowed = VersionSpec(level_range(name, before, level))
    assert allowed.matches(before)
    kind = version_kind(name, before, after)
    if allowed.matches(after):
        assert ORDER.index(kind) <= ORDER.index(UpdateKind(level.value))
    elif Version(before) <= Version(after):
        assert ORDER.index(kind) > ORDER.index(UpdateKind(level.value))
