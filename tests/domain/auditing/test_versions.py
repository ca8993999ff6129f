"""The orders of versions: of PEP 440, of semver, of OpenSSL."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from envtool.domain.auditing.advisories import Scheme
from envtool.domain.auditing.versions import key_of, release_of

# Each from the lowest to the highest.
ORDERS = [
    (Scheme.PEP440, "1.0.dev1 1.0a1 1.0b2 1.0rc1 1.0 1.0.post1 1.0.1 1.10 1!0.1"),
    # The example of semver 2.0.0, rule 11.
    (
        Scheme.SEMVER,
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-rc.1 1.0.0",
    ),
    (Scheme.SEMVER, "1.0.0-beta.2 1.0.0-beta.11 1.0.0"),
    (Scheme.SEMVER, "1.19.0-0 1.19.0 1.19.1 1.20 2 10.0.0 11.0.0.1"),
    (Scheme.SEMVER, "3.13.0a4 3.13.0b1 3.13.0rc2 3.13.0rc10 3.13.0 3.13.1"),
    (Scheme.OPENSSL, "0.9.6 0.9.6m 0.9.6-cvs 0.9.7 0.9.7f 0.9.8za 1.0.2zq"),
    (Scheme.OPENSSL, "1.1.0i 1.1.1-pre9 1.1.1 1.1.1a 1.1.1w 1.1.1z 1.1.1za 1.1.1zh 3.0.0-alpha1"),
    (Scheme.OPENSSL, "1.1.1w 3.0.0-beta2 3.0.0 3.0.7 3.0.10 3.6.3 4.0.1"),
]


@pytest.mark.parametrize(
    ("scheme", "version", "release"),
    [
        (Scheme.SEMVER, "1.21.0-0", "1.21.0"),
        (Scheme.SEMVER, "1.21.0", "1.21.0"),
        (Scheme.SEMVER, "1.21.0-1", "1.21.0-1"),
        (Scheme.SEMVER, "1.21.0-0.1", "1.21.0-0.1"),
        (Scheme.SEMVER, "2.4.46-10.el8", "2.4.46-10.el8"),
        (Scheme.SEMVER, "1.21-0", "1.21-0"),
        # A post-release there.
        (Scheme.PEP440, "1.21.0-0", "1.21.0-0"),
    ],
)
def test_the_release_that_a_bound_stands_for(scheme: Scheme, version: str, release: str) -> None:
    assert release_of(scheme, version) == release


@pytest.mark.parametrize(("scheme", "versions"), ORDERS, ids=lambda each: str(each)[:20])
def test_an_order(scheme: Scheme, versions: str) -> None:
    keys = [key_of(scheme, each) for each in versions.split()]
    for lower, higher in pairwise(keys):
        assert lower is not None
        assert higher is not None
        assert lower < higher


@pytest.mark.parametrize(
    ("scheme", "one", "other"),
    [
        (Scheme.PEP440, "1.0", "1.0.0"),
        (Scheme.PEP440, "1.0-beta", "1.0b0"),
        (Scheme.SEMVER, "1.2", "1.2.0"),
        (Scheme.SEMVER, "v1.2.3", "1.2.3+build.5"),
        (Scheme.OPENSSL, "3.0", "3.0.0"),
    ],
)
def test_equal_versions(scheme: Scheme, one: str, other: str) -> None:
    assert key_of(scheme, one) == key_of(scheme, other)


@pytest.mark.parametrize(
    ("scheme", "version"),
    [
        (Scheme.PEP440, "9e"),
        (Scheme.PEP440, ""),
        (Scheme.PEP440, "1." * 5000 + "1"),
        (Scheme.SEMVER, "9e"),
        (Scheme.SEMVER, "1.0.*"),
        (Scheme.SEMVER, "1..0"),
        (Scheme.SEMVER, "\u0661.\u0662"),  # digits, but not ours
        (Scheme.OPENSSL, "fips-1.1.1"),
        (Scheme.OPENSSL, "1.1.1abc"),
        (Scheme.OPENSSL, "1" * 5000),
    ],
)
def test_what_has_no_order(scheme: Scheme, version: str) -> None:
    assert key_of(scheme, version) is None


numbers = st.lists(st.integers(0, 40), min_size=1, max_size=4)


def dotted(parts: list[int]) -> str:
    return ".".join(map(str, parts))


@settings(deadline=None)
@given(st.sampled_from(Scheme), numbers, numbers)
def test_numbers_are_ordered_by_value_everywhere(
    scheme: Scheme, one: list[int], other: list[int]
) -> None:
    width = max(len(one), len(other))
    values = [parts + [0] * (width - len(parts)) for parts in (one, other)]
    keys = [key_of(scheme, dotted(parts)) for parts in (one, other)]
    assert keys[0] is not None
    assert keys[1] is not None
    assert (keys[0] < keys[1]) == (values[0] < values[1])
    assert (keys[0] == keys[1]) == (values[0] == values[1])


pep440 = st.builds(
    "{}{}{}{}".format,
    numbers.map(dotted),
    st.sampled_from(["", "a1", "b2", "rc3"]),
    st.sampled_from(["", ".post1"]),
    st.sampled_from(["", ".dev4"]),
)


@settings(deadline=None)
@given(pep440, pep440)
def test_python_versions_are_ordered_as_pip_does(one: str, other: str) -> None:
    first, second = key_of(Scheme.PEP440, one), key_of(Scheme.PEP440, other)
    assert first is not None
    assert second is not None
    assert (first < second) == (Version(one) < Version(other))


letters = st.sampled_from(["", *"abwz", "za", "zh", "zz"])


@settings(deadline=None)
@given(numbers, letters, letters)
def test_letters_of_openssl_are_later_releases(parts: list[int], one: str, other: str) -> None:
    first = key_of(Scheme.OPENSSL, dotted(parts) + one)
    second = key_of(Scheme.OPENSSL, dotted(parts) + other)
    following = key_of(Scheme.OPENSSL, dotted([*parts[:-1], parts[-1] + 1]))
    assert first is not None
    assert second is not None
    assert following is not None
    assert (first < second) == ((len(one), one) < (len(other), other))
    assert first < following


identifiers = st.lists(
    st.one_of(st.integers(0, 30).map(str), st.sampled_from(["alpha", "beta", "rc", "x-y"])),
    min_size=1,
    max_size=3,
).map(".".join)


@settings(deadline=None)
@given(numbers, identifiers)
def test_a_prerelease_is_before_its_release(parts: list[int], prerelease: str) -> None:
    release = key_of(Scheme.SEMVER, dotted(parts))
    before = key_of(Scheme.SEMVER, f"{dotted(parts)}-{prerelease}")
    longer = key_of(Scheme.SEMVER, f"{dotted(parts)}-{prerelease}.0")
    assert release is not None
    assert before is not None
    assert longer is not None
    assert before < longer < release


@settings(deadline=None)
@given(st.sampled_from(Scheme), st.text(max_size=30))
def test_whatever_stands_there_has_a_place_or_none(scheme: Scheme, text: str) -> None:
    key = key_of(scheme, text)
    assert key is None or key == key_of(scheme, text)
