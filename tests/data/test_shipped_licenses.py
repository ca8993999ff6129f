"""The hand-made names of licences, read as they are shipped."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from envtool.adapters.shipped import ShippedLists
from envtool.domain.licenses import Ambiguous, Both, Either, Expression, License, NoLicense
from tests.judging import policy

DATA = Path(__file__).parents[2] / "envtool" / "data" / "licenses.toml"
TABLE = tomllib.loads(DATA.read_text(encoding="utf-8"))
NAMES = ShippedLists().licenses()
KEYS = [*TABLE["aliases"], *TABLE["ambiguous"], *TABLE["nothing"]["texts"]]


def leaves(expression: Expression) -> Iterator[License | Ambiguous | NoLicense]:
    match expression:
        case Both(parts) | Either(parts):
            for part in parts:
                yield from leaves(part)
        case _:
            yield expression


def test_keys_are_what_is_looked_up_and_stand_once() -> None:
    assert [key for key in KEYS if key != " ".join(key.lower().split())] == []
    assert len(KEYS) == len(set(KEYS))


@pytest.mark.parametrize("key", TABLE["aliases"])
def test_an_alias_names_licences_in_the_spelling_of_spdx(key: str) -> None:
    for leaf in leaves(NAMES.read(key)):
        assert not isinstance(leaf, NoLicense)
        if isinstance(leaf, License):
            assert canonicalize_license_expression(str(leaf)) == str(leaf)
            assert str(leaf) in TABLE["aliases"][key] or TABLE["aliases"][key] in TABLE["aliases"]


@pytest.mark.parametrize("key", TABLE["ambiguous"])
def test_candidates_are_several_in_the_spelling_of_spdx(key: str) -> None:
    candidates = TABLE["ambiguous"][key]
    assert len(set(candidates)) > 1
    assert [canonicalize_license_expression(each) for each in candidates] == candidates
    assert NAMES.read(key) == Ambiguous(key, tuple(License(each) for each in candidates))


def is_spdx(text: str) -> bool:
    try:
        return bool(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        return False


def test_only_deprecated_identifiers_are_read_as_something_else() -> None:
    """A policy refuses them, for they would never match."""
    replaced = [key for key in KEYS if is_spdx(key)]
    assert len(replaced) > 30
    for key in replaced:
        with pytest.raises(AssertionError):
            policy(f"[licenses]\ndeny = ['{key}']")


@pytest.mark.parametrize(
    "text",
    ["Custom", "FOSS", "ACM (Restricts use)", "GPL, LGPL, FDL, custom", "Free software", "LICENSE.txt"],
)  # fmt: skip
def test_what_names_no_licence_stays_so(text: str) -> None:
    assert NAMES.read(text) == NoLicense(text)
