"""Spellings of match specs and what each means; the table stands in match_spec_table.toml."""

import pickle
import tomllib
from pathlib import Path
from typing import Any

import pytest
import rattler
from hypothesis import given
from hypothesis import strategies as st
from rattler.exceptions import InvalidMatchSpecError

from envtool.conda_versions import Strictness, VersionSpec
from envtool.domain.match_specs import InvalidMatchSpec, parse_match_spec

TABLE = tomllib.loads(Path(__file__).with_name("match_spec_table.toml").read_text(encoding="utf-8"))
ACCEPTED = TABLE["accepted"]
REFUSED = TABLE["refused"]

# Versions around those that the table names.
SAMPLES = (
    "0", "0.3", "0.4", "1", "1.0", "1.0.1", "1.1", "1.2", "1.2.0", "1.2.3", "1.2.4", "1.20",
    "1.2a1", "1.3", "1.8.1", "1.9", "1.25", "1.26", "1.26.1", "1.26.4", "1.26.5", "1.27", "2", "2.0",
    "2.0rc1", "2.1", "3.8", "3.9", "3.9.7", "3.10", "3.10.4", "3.12", "4.3", "9e", "10", "11.8",
    "12.1", "12.4", "2024a", "1!1.2",
)  # fmt: skip
VERSIONS = [(each, rattler.Version(each)) for each in SAMPLES]


def text_of(row: dict[str, Any]) -> str:
    return row["text"] or "(empty)"


def allowed(spec: VersionSpec | None) -> list[str]:
    return [each for each in SAMPLES if spec is None or spec.matches(each)]


@pytest.mark.parametrize("row", ACCEPTED, ids=text_of)
def test_what_a_spelling_means(row: dict[str, Any]) -> None:
    spec = parse_match_spec(row["text"])
    assert spec.name == row["name"]
    assert spec.version == row.get("version")
    assert spec.build == row.get("build")
    assert spec.channel == row.get("channel")
    assert spec.subdir == row.get("subdir")
    assert dict(spec.fields) == row.get("fields", {})
    assert spec.url is None
    assert spec.strictness is Strictness[row.get("pin", "NONE")]


@pytest.mark.parametrize(
    "row", [row for row in ACCEPTED if row["oracle"] == "rattler"], ids=text_of
)
def test_rattler_reads_the_same(row: dict[str, Any]) -> None:
    ours = parse_match_spec(row["text"])
    theirs = rattler.MatchSpec(row["text"], strict=False)
    assert theirs.name is not None
    assert ours.name == theirs.name.normalized
    assert ours.build == theirs.build
    assert ours.channel == (theirs.channel.name if theirs.channel else None)
    assert ours.subdir == theirs.subdir
    constraint = rattler.VersionSpec(str(theirs.version)) if theirs.version else None
    matched = [text for text, each in VERSIONS if constraint is None or constraint.matches(each)]
    assert allowed(ours.version_spec) == matched


@pytest.mark.parametrize("row", REFUSED, ids=text_of)
def test_what_is_refused_says_why(row: dict[str, Any]) -> None:
    with pytest.raises(InvalidMatchSpec) as caught:
        parse_match_spec(row["text"])
    assert row["says"] in caught.value.message
    assert caught.value.column == row["column"]
    assert str(caught.value) == caught.value.message


@pytest.mark.parametrize("row", [row for row in REFUSED if row["oracle"] == "rattler"], ids=text_of)
def test_rattler_refuses_the_same(row: dict[str, Any]) -> None:
    with pytest.raises(InvalidMatchSpecError):
        rattler.MatchSpec(row["text"], strict=False)


def test_the_table_is_wide_and_every_row_has_an_oracle() -> None:
    rows = [*ACCEPTED, *REFUSED]
    assert len({row["text"] for row in rows}) == len(rows) >= 170
    assert {row["oracle"] for row in rows} == {"rattler", "conda"}
    assert all("source" in row for row in rows if row["oracle"] == "conda")


@pytest.mark.parametrize(
    ("text", "name", "version", "build", "subdir"),
    [
        ("https://conda.anaconda.org/conda-forge/linux-64/numpy-1.26.4-py312h_0.conda", "numpy", "==1.26.4", "py312h_0", "linux-64"),
        ("https://repo.example/t/tok/ch/noarch/py-mini-racer-0.1-h_0.tar.bz2", "py-mini-racer", "==0.1", "h_0", "noarch"),
        ("https://repo.example/ch/osx-arm64/a-1-0.conda#12345678901234567890123456789012", "a", "==1", "0", "osx-arm64"),
        ("file:///srv/ch/win-64/Mixed-1.0-0.conda", "mixed", "==1.0", "0", "win-64"),
        ("/srv/ch/linux-64/a-1.0-0.conda", "a", "==1.0", "0", "linux-64"),
        ("C:\\ch\\win-64\\a-1.0-0.conda", "a", "==1.0", "0", "win-64"),
        # conda knows no more than the file name of a package outside a channel (`_parse_spec_str`).
        ("https://x.example/a-1-0.conda", "a", "==1", "0", None),
        ("./a-1-0.tar.bz2", "a", "==1", "0", None),
    ],
)  # fmt: skip
def test_a_package_by_its_address(
    text: str, name: str, version: str, build: str, subdir: str | None
) -> None:
    spec = parse_match_spec(text)
    assert (spec.name, spec.version, spec.build, spec.subdir) == (name, version, build, subdir)
    assert spec.url == text
    assert spec.strictness is Strictness.BUILD


def test_an_address_without_version_and_build_names_no_package() -> None:
    spec = parse_match_spec("https://repo.example/ch/linux-64/numpy.conda")
    assert (spec.name, spec.version_spec) == ("*", None)


@given(st.text("numpy=1.26<>!~*|,:[]()'\"# @^$/-_+;{}\n\té٣", max_size=24))
def test_any_text_is_read_or_refused(text: str) -> None:
    error = refusal(text)
    assert error is None or (error.message and 0 <= error.column <= len(text))


def refusal(text: str) -> InvalidMatchSpec | None:
    try:
        parse_match_spec(text)
    except InvalidMatchSpec as error:
        return error
    return None


@pytest.mark.parametrize("row", ACCEPTED[::12], ids=text_of)
def test_equal_texts_are_equal_values(row: dict[str, Any]) -> None:
    spec = parse_match_spec(row["text"])
    assert spec == parse_match_spec(row["text"])
    assert hash(spec) == hash(parse_match_spec(row["text"]))
    assert pickle.loads(pickle.dumps(spec)) == spec  # noqa: S301 - our own bytes
    assert spec != parse_match_spec("something-else")
