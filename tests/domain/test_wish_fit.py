"""What a line could say instead, and which names are meant."""

import pytest

from envtool.domain.findings import Place
from envtool.domain.near_names import near_name
from envtool.domain.selectors import selector_for
from envtool.domain.solving import CondaRecord, Problem, Wish
from envtool.domain.wish_fit import from_channel, loosened, misfit, nearest, relaxed, rewritten


def wish(text: str) -> Wish:
    return Wish(text.partition("[")[0], text, text, "application", Place("environment.yml", 4, 5))


@pytest.mark.parametrize(
    ("constraint", "version", "says"),
    [
        ("1.2", "1.2", "1.2"),
        ("1.2", "1.3", "==1.3"),
        ("==1.2", "1.3.4", "==1.3.4"),
        ("=1.2", "1.3.4", "=1.3"),
        ("1.2.*", "1.3.4", "1.3.*"),
        ("=1.2.*", "1.3.4", "=1.3.*"),
        (">=2", "1.3", ">=1.3"),
        (">2", "1.3", ">=1.3"),
        ("<2", "3.1.4", "<4"),
        ("<2.1", "3.1.4", "<3.2"),
        ("<2.1.3", "3.1", "<3.2"),
        ("<1", "1!2.0", "=1!2.0"),
        ("<=2", "3.1", "<=3.1"),
        (">=1,<2", "3.1", ">=1,<4"),
        (">=1,!=3.1", "3.1", ">=1"),
        ("!=3.1", "3.1", "=3.1"),
        ("~=1.2", "3.1.4", "~=3.1"),
        ("1.2|1.3", "3.1", "=3.1"),
        ("=1.2.3", "3.1", "=3.1"),
    ],
)
def test_a_constraint_lets_a_version_in(constraint: str, version: str, says: str) -> None:
    assert relaxed(constraint, version) == says
    assert relaxed(says, version) == says


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("numlib", "numlib"),
        ("numlib >=3,<4", "numlib>=2.1,<4"),
        ("forge::numlib 1.2", "forge::numlib==2.1"),
        ("numlib 2.1 py_0", "numlib=2.1"),
        ("numlib 2.*", "numlib=2.1"),
        ("numlib[version='>=3']", "numlib>=2.1"),
    ],
)
def test_a_line_is_written_anew(line: str, says: str) -> None:
    assert rewritten(wish(line), "2.1") == says


def test_a_line_keeps_its_build_and_changes_its_channel() -> None:
    before = wish('numlib[version="=2", build="py*", channel="https://one"]')
    assert from_channel(before, None).text == 'numlib[version="=2", build="py*"]'
    assert loosened(wish("numlib")) is None
    loose = loosened(before)
    assert loose is not None
    assert loose.text == 'numlib[channel="https://one"]'


def test_a_package_with_an_address_is_not_looked_up() -> None:
    problem = Problem(platform="linux-64", channels=(), wishes=())
    assert misfit(problem, wish('numlib[url="https://one/noarch/numlib-1-0.conda"]'), ()) is None


@pytest.mark.parametrize(
    ("constraint", "around"),
    [
        ("=1.5", ("1.0", "2.0")),
        (">=3", ("2.0", None)),
        ("<1", (None, "1.0")),
        ("2.0.*", ("1.0", "2.0")),
        ("=dev", ("2.0", None)),
    ],
)
def test_the_nearest_versions(constraint: str, around: tuple[str | None, str | None]) -> None:
    built = [_record("numlib", version) for version in ("2.0", "1.0")]
    assert nearest(constraint, built) == around


def _record(name: str, version: str) -> CondaRecord:
    return CondaRecord(
        name, version, "0", "noarch", "u", "c", "", "", (), (), None, None, None, None
    )


NAMES = frozenset({"pandas", "pytorch", "foo-bar", "r-plot", "libgeo", "qt", "py-box"})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("pandsa", ("pandas", False)),
        ("pandass", ("pandas", False)),
        ("torch", ("pytorch", True)),
        ("foo_bar", ("foo-bar", False)),
        ("plot", ("r-plot", False)),
        ("geo", ("libgeo", False)),
        ("box", ("py-box", False)),
        ("somethingelse", None),
        ("padnas", ("pandas", False)),
        ("qx", None),
    ],
)
def test_the_name_that_is_meant(name: str, meant: tuple[str, bool] | None) -> None:
    assert near_name(name, NAMES, {"pytorch": "torch", "absent": "gone"}) == meant


@pytest.mark.parametrize(
    ("wanted", "others", "word"),
    [
        (("linux-64",), ("osx-64", "win-64"), "linux"),
        (("osx-64", "linux-64"), ("win-64",), "unix"),
        (("osx-arm64",), ("osx-64",), "arm64"),
        (("linux-64", "win-64"), ("osx-64",), None),
        ((), ("osx-64",), None),
    ],
)
def test_a_word_for_platforms(
    wanted: tuple[str, ...], others: tuple[str, ...], word: str | None
) -> None:
    assert selector_for(wanted, others) == word
