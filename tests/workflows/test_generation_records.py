"""Damaged records of generations: healed where anything says what was there, never believed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.installing import Shop, leftovers
from tests.served import flat

Harm = Callable[[Path], object]


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


def alter(path: Path) -> None:
    """Another version of a package: still what such a file looks like."""
    path.write_text(path.read_text().replace("app 1.0 ", "app 2.0 ").replace("app-1.0", "app-2.0"))


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


HARMS = (truncate, alter, remove, empty)
NAMES = ("generation.json", "records.lock", "copy.json")


@pytest.fixture
def past(shop: Shop) -> Shop:
    """Generation 1 with app 1.0, whose tree is kept; 2 is in place."""
    for version in ("1.0", "2.0"):
        shop.write(f"app={version}", "base-files=2.0")
        assert shop.recreate().code == 0
    return shop


def folder(shop: Shop, number: int = 1) -> Path:
    return shop.state() / f"generations/{number}"


def prune(shop: Shop) -> None:
    shutil.rmtree(folder(shop) / "tree")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("harm", HARMS)
def test_one_of_two_copies(past: Shop, name: str, harm: Harm) -> None:
    prune(past)
    path = folder(past) / name
    before = path.read_bytes()
    harm(path)
    assert list(past.generations()) == [1, 2]
    run = past.run("rollback")
    assert run.code == 0, run.err
    assert f"`{name}` of generation 1 was damaged, and is whole again" in flat(run.out)
    assert json.loads(path.read_text() if name != "records.lock" else "1")
    assert past.said() == f"app 1.0 in {past.prefix}"
    assert leftovers(past.state()) == set()
    if name == "records.lock":
        assert path.read_bytes() == before
    assert "damaged" not in past.run("rollback", "--to", "2").out


@pytest.mark.parametrize("harm", HARMS)
def test_both_copies_while_the_tree_is_there(past: Shop, harm: Harm) -> None:
    for name in ("generation.json", "copy.json"):
        harm(folder(past) / name)
    run = past.run("rollback", "--list")
    assert (
        "the record of generation 1 is damaged; the next `envtool rollback` makes it again from its"
        " tree" in flat(run.out)
    )
    run = past.run("rollback")
    assert run.code == 0, run.err
    assert (
        "the record of generation 1 was damaged, and was made again from its tree, every file of"
        " which was hashed" in flat(run.out)
    )
    assert past.said() == f"app 1.0 in {past.prefix}"
    assert list(past.generations()) == [1, 2]
    # From then on it is one like any other.
    assert past.run("rollback", "--to", "2").code == 0
    prune(past)
    assert past.recreate("--generation", "1").code == 0
    assert past.said() == f"app 1.0 in {past.prefix}"


def test_both_copies_of_what_is_in_place(past: Shop) -> None:
    for name in NAMES:
        remove(folder(past, 2) / name)
    run = past.recreate()
    assert run.code == 0
    assert "the record of generation 2 was damaged, and was made again" in flat(run.out)
    assert "kept as generation" not in run.out
    assert list(past.generations()) == [1, 2, 3]


def test_a_tree_that_is_not_whole_makes_no_record(past: Shop) -> None:
    for name in NAMES:
        remove(folder(past) / name)
    (folder(past) / "tree/share/app/1.0").write_text("other\n")
    run = past.run("rollback", "--to", "1")
    assert run.code == 2
    assert (
        "the record of generation 1 is damaged, in both copies, and there is no whole tree to make"
        " it again from" in flat(run.err)
    )
    run = past.recreate()
    assert "the record of generation 1 is damaged: not every file is what its package" in flat(
        run.out
    )
    assert past.said() == f"app 2.0 in {past.prefix}"


def test_both_copies_and_the_tree(past: Shop) -> None:
    prune(past)
    for name in NAMES:
        remove(folder(past) / name)
    run = past.run("rollback", "--list")
    assert "the record of generation 1 is damaged, and its tree is gone" in flat(run.out)
    run = past.run("rollback", "--to", "1")
    assert (run.code, "envtool rollback --list" in flat(run.err)) == (2, True)
    assert "no whole tree" in flat(run.err)
    assert past.recreate().code == 0


@pytest.mark.parametrize("harm", HARMS)
def test_records_that_only_the_lock_has(past: Shop, harm: Harm) -> None:
    prune(past)
    for name in ("records.lock", "copy.json"):
        harm(folder(past) / name)
    run = past.run("rollback")
    assert run.code == 0, run.err
    assert "the records of generation 1 were damaged: its lock says what it was" in flat(run.out)
    assert past.said() == f"app 1.0 in {past.prefix}"
    assert past.run("rollback", "--to", "2").code == 0
    assert "damaged" not in past.run("rollback", "--to", "1").out


@pytest.mark.parametrize("harm", HARMS)
def test_records_that_nobody_has(past: Shop, harm: Harm) -> None:
    prune(past)
    for name in ("records.lock", "copy.json"):
        harm(folder(past) / name)
    shutil.rmtree(past.state() / "texts")
    run = past.run("rollback")
    assert run.code == 6
    assert "the records of generation 1 are not what was written, in both copies" in flat(run.err)
    assert past.said() == f"app 2.0 in {past.prefix}"
    assert leftovers(past.state()) == set()


@pytest.mark.parametrize("harm", HARMS)
def test_a_manifest_is_not_needed(past: Shop, harm: Harm) -> None:
    if harm is alter:
        pytest.skip("it has no names of packages")
    harm(folder(past) / "manifest.json")
    run = past.run("rollback")
    assert run.code == 0, run.err
    assert "the manifest of generation 1 was damaged: every file was hashed" in flat(run.out)
    assert past.run("rollback", "--to", "2").code == 0
    run = past.run("rollback")
    assert (run.code, "damaged" in run.out) == (0, False)


@pytest.mark.parametrize("name", ["share/app/1.0", "conda-meta/app-1.0-h0_0.json"])
def test_without_a_manifest_nothing_else_is_believed(past: Shop, name: str) -> None:
    remove(folder(past) / "manifest.json")
    path = folder(past) / "tree" / name
    text = path.read_text()
    path.unlink()
    path.write_text(text + "\n")
    run = past.run("rollback")
    assert run.code == 6
    assert name in flat(run.err)
    assert past.said() == f"app 2.0 in {past.prefix}"


def test_a_tree_whose_records_can_not_be_read(past: Shop) -> None:
    remove(folder(past) / "manifest.json")
    meta = folder(past) / "tree/conda-meta/app-1.0-h0_0.json"
    meta.unlink()
    meta.mkdir()
    run = past.run("rollback")
    assert (run.code, "the tree of generation 1 can not be read" in flat(run.err)) == (2, True)
