"""The advisories on this machine: one file, whole or not at all."""

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from envtool.adapters.advisory_database import DatabaseAdvisories, database_states
from envtool.adapters.advisory_rows import packed, unpacked
from envtool.adapters.advisory_writer import DatabaseWriter
from envtool.domain.auditing.advisories import Advisory, Span
from envtool.domain.auditing.identity import Coordinate
from envtool.domain.auditing.standings import Exploitation, Lookup, SourceState
from envtool.errors import IntegrityError, UnreadableError
from envtool.ports_auditing import Question
from tests.auditing import LIBCURL, NODE, NOW, URLLIB3, advisory, affected, rating

LATER = datetime(2026, 9, 1, tzinfo=UTC)
# Without what a machine can not have in a name.
NAME = "advisories 100%23 äöü.sqlite" if os.name == "nt" else "advisories #1?100%23 äöü.sqlite"
FULL = advisory(
    "PYSEC-1",
    affected(URLLIB3, Span("0", "2.0"), Span("3", has_end=False), versions=["1.0", "1.1"]),
    affected(NODE, Span("1", last_affected="2")),
    aliases=["CVE-1"],
    ratings=(rating(9.8),),
    published=NOW,
    modified=LATER,
    withdrawn=LATER,
    references=("https://example.org/ä",),
)
OTHER = advisory("PYSEC-2", affected(URLLIB3, Span("0", "9")), aliases=["CVE-2", "CVE-3"])


def state(name: str, fetched: datetime = NOW, error: str = "") -> SourceState:
    return SourceState(name, f"https://example.org/{name}", fetched, error=error)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "cache" / NAME)


@pytest.fixture
def filled(path: str) -> str:
    with DatabaseWriter(path) as writer:
        writer.replace_advisories(state("osv:PyPI"), "tag 1", [FULL, OTHER])
        writer.replace_exploited(state("kev"), "", [("CVE-1", "2024-02-01"), ("CVE-3", "")])
        writer.replace_probabilities(state("epss"), "", [("CVE-1", 0.5), ("CVE-2", 0.25)])
        writer.replace_names(state("names"), "", [("pytorch", ("torch",)), ("zlib", ())])
        writer.commit()
    return path


def ask(path: str, *coordinates: Coordinate) -> Lookup:
    return DatabaseAdvisories(path).lookup([Question(each, "1.0") for each in coordinates])


def test_an_advisory_comes_back_as_it_was() -> None:
    assert unpacked(packed(FULL)) == FULL
    assert unpacked(packed(OTHER)) == OTHER


def test_an_answer(filled: str) -> None:
    found = ask(filled, URLLIB3, NODE, LIBCURL, URLLIB3._replace(name="requests"))
    assert found.advisories == {
        URLLIB3: (FULL, OTHER),
        # Bitnami and curl were never fetched: nobody can say that there is nothing.
        URLLIB3._replace(name="requests"): (),
    }
    assert found.exploitation == {
        "CVE-1": Exploitation(known=True, due="2024-02-01", probability=0.5),
        "CVE-2": Exploitation(probability=0.25),
        "CVE-3": Exploitation(known=True),
    }
    errors = {each.name: each.error for each in found.sources}
    missing = "not in the database on this machine"
    assert errors == {
        "epss": "",
        "kev": "",
        "names": "",
        "osv:PyPI": "",
        "osv:Bitnami": missing,
        "curl": missing,
    }


def test_what_the_database_has(filled: str) -> None:
    assert [(each.name, each.records) for each in database_states(filled)] == [
        ("epss", 2),
        ("kev", 2),
        ("names", 2),
        ("osv:PyPI", 2),
    ]
    assert DatabaseAdvisories(filled).names() == {"pytorch": ("torch",), "zlib": ()}
    many = [*(f"package-{number}" for number in range(1200)), "zlib"]
    assert DatabaseAdvisories(filled).names(many) == {"zlib": ()}
    assert DatabaseAdvisories(filled).names(()) == {}
    assert os.listdir(os.path.dirname(filled)) == [NAME]


def test_without_a_database(path: str) -> None:
    assert database_states(path) == ()
    assert DatabaseAdvisories(path).names() is None
    found = ask(path, URLLIB3)
    assert found.advisories == {}
    assert [each.error for each in found.sources] == ["not in the database on this machine"]


def test_a_database_of_advisories_alone(path: str) -> None:
    with DatabaseWriter(path) as writer:
        writer.replace_advisories(state("osv:PyPI"), "", [FULL, FULL, OTHER])
        assert [each.records for each in writer.commit()] == [2]
    assert DatabaseAdvisories(path).names() is None
    assert ask(path, URLLIB3).exploitation == {}


def test_what_is_not_replaced_stays(filled: str) -> None:
    with DatabaseWriter(filled) as writer:
        assert writer.kept["osv:PyPI"].tag == "tag 1"
        assert writer.kept["osv:PyPI"].state.fetched == NOW
        writer.keep(state("osv:PyPI", LATER), "tag 2")
        writer.keep(state("openssl", error="the network is down"), "")
        writer.replace_exploited(state("kev", LATER), "", [("CVE-9", "")])
        writer.commit()
    states = {each.name: each for each in database_states(filled)}
    assert states["osv:PyPI"] == state("osv:PyPI", LATER)._replace(records=2)
    assert states["epss"] == state("epss")._replace(records=2)
    assert states["kev"].records == 1
    assert (states["openssl"].records, states["openssl"].error) == (None, "the network is down")
    found = ask(filled, URLLIB3)
    assert found.advisories == {URLLIB3: (FULL, OTHER)}
    assert found.exploitation == {
        "CVE-1": Exploitation(probability=0.5),
        "CVE-2": Exploitation(probability=0.25),
    }
    with DatabaseWriter(filled) as writer:
        assert writer.kept["osv:PyPI"].tag == "tag 2"
        writer.replace_advisories(state("osv:PyPI"), "", [OTHER])
        writer.commit()
    assert ask(filled, URLLIB3).advisories == {URLLIB3: (OTHER,)}


def broken() -> Iterator[Advisory]:
    yield FULL
    raise ConnectionResetError("in the middle")


def test_a_source_that_fails_on_the_way_stays_as_it_was(filled: str) -> None:
    with DatabaseWriter(filled) as writer:
        with pytest.raises(ConnectionResetError):
            writer.replace_advisories(state("osv:PyPI", LATER), "", broken())
        writer.replace_advisories(state("curl"), "", [])
        writer.commit()
    assert ask(filled, URLLIB3, LIBCURL).advisories == {URLLIB3: (FULL, OTHER), LIBCURL: ()}
    assert {each.name: each.fetched for each in database_states(filled)}["osv:PyPI"] == NOW


def test_nothing_changes_without_commit(filled: str) -> None:
    before = Path(filled).read_bytes()
    with DatabaseWriter(filled) as writer:
        writer.replace_advisories(state("osv:PyPI"), "", [])
    assert Path(filled).read_bytes() == before
    assert os.listdir(os.path.dirname(filled)) == [NAME]


def test_readers_see_the_old_or_the_new(filled: str) -> None:
    with DatabaseWriter(filled) as writer:
        writer.replace_advisories(state("osv:PyPI"), "", [OTHER])
        assert ask(filled, URLLIB3).advisories == {URLLIB3: (FULL, OTHER)}
        writer.commit()
        assert ask(filled, URLLIB3).advisories == {URLLIB3: (OTHER,)}


def test_drafts_of_those_who_were_killed_go_after_a_day(filled: str) -> None:
    old, young = f"{filled}.0123.tmp", f"{filled}.4567.tmp"
    for each in (old, young):
        Path(each).touch()
    os.utime(old, (0, 0))
    DatabaseWriter(filled).close()
    assert not os.path.exists(old)
    assert os.path.exists(young)


def alter(path: str, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def cut(path: str) -> None:
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: len(data) // 2])


def flipped(path: str) -> None:
    body = bytearray(packed(FULL))
    body[len(body) // 2] ^= 1
    alter(path, "UPDATE advisory SET body = ? WHERE id = 'PYSEC-1'", bytes(body))


DAMAGES = {
    "cut": cut,
    "no database": lambda path: Path(path).write_bytes(b"<html>" * 999),
    "empty": lambda path: Path(path).write_bytes(b""),
    "not ours": lambda path: alter(path, "PRAGMA application_id = 1"),
    "no table": lambda path: alter(path, "DROP TABLE source"),
    "no moment": lambda path: alter(path, "UPDATE source SET fetched = 'yesterday'"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_damage_is_told_and_never_an_answer(filled: str, damage: object) -> None:
    assert callable(damage)
    damage(filled)
    for question in (
        lambda: ask(filled, URLLIB3),
        lambda: database_states(filled),
        DatabaseAdvisories(filled).names,
    ):
        with pytest.raises(
            IntegrityError, match=r"^the advisories in `.*` are damaged: "
        ) as caught:
            question()
        assert caught.value.hints == ("fetch it again: `envtool audit db update`",)
    # Who fetches starts anew.
    with DatabaseWriter(filled) as writer:
        assert writer.kept == {}
        writer.replace_advisories(state("osv:PyPI"), "", [OTHER])
        writer.commit()
    assert ask(filled, URLLIB3).advisories == {URLLIB3: (OTHER,)}


def test_a_flipped_bit_of_an_advisory(filled: str) -> None:
    flipped(filled)
    with pytest.raises(IntegrityError, match="an advisory on urllib3"):
        ask(filled, URLLIB3)
    # Only what is asked for is read.
    assert ask(filled, URLLIB3._replace(name="requests")).advisories


def test_damage_that_only_a_check_finds(filled: str) -> None:
    # An index that is not in the order that it says.
    connection = sqlite3.connect(filled)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_schema SET sql = 'CREATE UNIQUE INDEX advisory_id ON advisory (id, source)'"
        " WHERE name = 'advisory_id'"
    )
    connection.commit()
    connection.close()
    with pytest.raises(IntegrityError, match="are damaged: "):
        database_states(filled)
    with DatabaseWriter(filled) as writer:
        assert writer.kept == {}


def test_a_source_of_which_rows_are_missing_is_not_kept(filled: str) -> None:
    alter(filled, "DELETE FROM advisory WHERE id = 'PYSEC-1'")
    with DatabaseWriter(filled) as writer:
        assert sorted(writer.kept) == ["epss", "kev", "names"]


def test_a_database_of_another_version(filled: str) -> None:
    alter(filled, "PRAGMA user_version = 2")
    with pytest.raises(IntegrityError, match="is of version 2: this envtool reads 1") as caught:
        database_states(filled)
    assert caught.value.hints == ("fetch it again: `envtool audit db update`",)


def test_a_place_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnreadableError, match="can not be written") as caught:
        DatabaseWriter(str(tmp_path / "file" / "advisories.sqlite"))
    assert "ENVTOOL_CACHE_DIR" in caught.value.hints[0]


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "advisories.sqlite" / "x").mkdir(parents=True)
    with DatabaseWriter(str(tmp_path / "advisories.sqlite")) as writer:
        writer.replace_advisories(state("curl"), "", [])
        with pytest.raises(UnreadableError, match="can not be written"):
            writer.commit()
    assert os.listdir(tmp_path) == ["advisories.sqlite"]
