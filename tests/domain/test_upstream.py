"""What a channel says of an archive: there, altered, broken, gone; behind; in another's shadow."""

from datetime import UTC, datetime
from typing import Any

import pytest

from envtool.domain.auditing.subjects import Artifact, Subject
from envtool.domain.auditing.upstream import (
    Offers,
    Presence,
    Rival,
    Searched,
    Upstream,
    compare,
    freshness_lines,
    is_of,
    is_release,
    marked,
    subdir_of,
    unknown,
)
from envtool.domain.findings import Place
from envtool.domain.solving import CondaRecord

CHANNEL = "https://example.org/channel"
LOWER = "https://example.org/lower"
ONE, TWO = "1" * 64, "2" * 64


def record(
    version: str = "1.0", name: str = "app", channel: str = CHANNEL, **more: Any
) -> CondaRecord:
    suffix = more.pop("suffix", ".conda")
    known = CondaRecord(
        name=name,
        version=version,
        build="0",
        subdir="noarch",
        url=f"{channel}/noarch/{name}-{version}-0{suffix}",
        channel=channel,
        md5="",
        sha256=ONE,
        depends=(),
        constrains=(),
        license="MIT",
        size=None,
        timestamp=1_700_000_000_000,
        handle=None,
    )
    return known._replace(**more)


def searched(
    *records: CondaRecord, version: str = "1.0", name: str = "app", channel: str = CHANNEL
) -> Searched:
    url = f"{channel}/noarch/{name}-{version}-0.conda"
    locked = Artifact("linux-64", url, ONE, "0")
    package = Subject("conda", name, version, (locked,), Place("conda-lock.yml"))
    return Searched(package, locked, Offers(channel, records))


@pytest.mark.parametrize(
    ("records", "presence"),
    [
        ((record(),), Presence.LISTED),
        ((record(sha256=""),), Presence.LISTED),
        ((record("2.0"), record(sha256=TWO)), Presence.ALTERED),
        # The index may show one of two formats.
        ((record(suffix=".tar.bz2", sha256=TWO),), Presence.LISTED),
        ((record("2.0"),), Presence.REMOVED),
        ((), Presence.REMOVED),
    ],
)
def test_an_archive_is_there_or_not(records: tuple[CondaRecord, ...], presence: Presence) -> None:
    found = compare(searched(*records))
    assert found.presence is presence
    assert (found.record is None) is (presence is Presence.REMOVED)


def test_who_locks_no_hash_is_told_of_none() -> None:
    asked = searched(record(sha256=TWO))
    bare = asked.artifact._replace(sha256="")
    assert compare(asked._replace(artifact=bare)).presence is Presence.LISTED


def test_what_was_removed_may_be_marked_as_broken() -> None:
    gone = compare(searched(record("2.0")))
    assert marked(gone, [record("2.0")]) == gone
    assert marked(gone, [record()]).presence is Presence.BROKEN
    there = compare(searched(record()))
    assert marked(there, [record()]) == there


def test_what_is_taken_from_the_label_of_broken_builds_is_broken() -> None:
    url = f"{CHANNEL}/label/broken"
    assert compare(searched(record(channel=url), channel=url)).presence is Presence.BROKEN


@pytest.mark.parametrize(
    ("name", "used", "offered", "newest", "behind"),
    [
        ("app", "1.0", ["1.0", "1.9"], "1.9", 0),
        ("app", "1.0", ["1.0", "2.0", "2.1", "4.0"], "4.0", 2),
        ("app", "3.0", ["1.0", "3.0"], "3.0", 0),
        ("app", "1.0", ["1.0", "2.0rc1", "2.0a1", "2.0.dev0", "3.0beta"], "1.0", 0),
        ("app", "2.0", ["1!1.0"], "1!1.0", 1),
        ("app", "2024.1", ["2024.1", "2025.2", "2026.1"], "2026.1", 2),
        ("python", "3.11.4", ["3.11.9", "3.12.0", "3.14.0"], "3.14.0", 2),
        ("app", "1.0", ["1.0", "2~0"], "1.0", 0),
        ("app", "1~0", ["2.0"], "", 0),
        ("app", "1.0", [], "", 0),
        ("app", "1.0rc1", ["1.0rc1"], "", 0),
    ],
)
def test_major_versions_are_counted(
    name: str, used: str, offered: list[str], newest: str, behind: int
) -> None:
    records = [record(each, name) for each in offered]
    found = compare(searched(*records, version=used, name=name))
    assert (found.newest, found.behind) == (newest, behind)


@pytest.mark.parametrize(
    "version", ["1.0", "2025b", "1.1.1w", "9e", "1.0post1", "2.0b", "0.1.alphabet"]
)
def test_a_letter_alone_is_no_pre_release(version: str) -> None:
    assert is_release(version)


@pytest.mark.parametrize(
    "version", ["1.0rc1", "1.0.rc1", "1.0a2", "2.0b1", "1.0dev", "1.0.dev3", "1_alpha"]
)
def test_a_pre_release_is_one(version: str) -> None:
    assert not is_release(version)


@pytest.mark.parametrize(
    ("used", "offered", "rival"),
    [
        ("1.0", "2.0", Rival(LOWER, "2.0")),
        ("1.0", "1.0", None),
        ("1.0", "0.9", None),
        ("1.0", "2.0rc1", None),
        ("1~0", "2.0", None),
    ],
)
def test_a_greater_version_below_is_a_rival(used: str, offered: str, rival: Rival | None) -> None:
    lower = (Offers("https://example.org/empty"), Offers(LOWER, (record(offered, channel=LOWER),)))
    found = compare(searched(record(used), version=used)._replace(lower=lower))
    assert found.rival == rival


def test_a_record_tells_age_licence_and_signature() -> None:
    found = compare(searched(record(attestations=TWO)))
    assert found.built == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert (found.license, found.is_signed) == ("MIT", True)
    silent = compare(searched(record(timestamp=None, license=None)))
    assert (silent.built, silent.license, silent.is_signed) == (None, None, False)
    gone = compare(searched())
    assert (gone.built, gone.license, gone.is_signed) == (None, None, False)


def test_a_record_is_of_an_archive_by_name_and_hash() -> None:
    locked = searched().artifact
    assert is_of(record(), locked)
    assert is_of(record(sha256=""), locked)
    assert not is_of(record(sha256=TWO), locked)
    assert not is_of(record("2.0"), locked)
    assert subdir_of(locked) == "linux-64"
    assert subdir_of(locked._replace(platform="")) == "noarch"


def _lines(*upstream: Upstream) -> tuple[str, ...]:
    return freshness_lines(upstream, datetime(2023, 11, 24, 22, 13, 20, tzinfo=UTC))


def test_freshness_in_a_line_or_two() -> None:
    old = compare(searched(record(), record("2.0")))
    new = compare(searched(record("3.0", "other"), version="3.0", name="other"))
    assert _lines(old, new) == (
        "freshness: the oldest build is `app 1.0` (10 days)",
        "freshness: 1 of 2 packages are a major version or more behind",
    )
    assert _lines() == ()
    asked = searched()
    silent = unknown(asked.subject, asked.artifact, CHANNEL, "why", None)
    assert _lines(silent) == ()
    undated = compare(searched(record(timestamp=None)))
    assert _lines(silent, undated) == ("freshness: nobody says when the packages were built",)
    recorded = silent._replace(record=record())
    assert _lines(recorded) == ("freshness: the oldest build is `app 1.0` (10 days)",)
