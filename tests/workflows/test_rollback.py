"""`envtool rollback`: what was there before, in one step."""

import json
import os
import shutil
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from envtool.domain.generations import Generation, chosen, decoded, encoded, previous
from envtool.errors import UsageError
from tests.installing import LINUX, Shop, leftovers
from tests.served import flat
from tests.solving import installed, solved


@pytest.fixture
def past(shop: Shop) -> Shop:
    """An environment with three generations; the last one is in place."""
    for line in ("app=1.0", "app=2.0", "r-base"):
        shop.write(line)
        assert shop.recreate().code == 0
    return shop


def test_back_and_forth(past: Shop) -> None:
    run = past.run("rollback")
    assert run.first.startswith(
        "Rolled back `.envtool/envs/production` to generation 2, from 3 in "
    )
    assert past.said() == f"app 2.0 in {past.prefix}"
    assert past.run("rollback").code == 0
    assert past.said() == f"app 1.0 in {past.prefix}"
    run = past.run("rollback")
    assert run.code == 2
    assert "there is no generation to go back to" in flat(run.err)
    assert "to the newest: `envtool rollback --to 3`" in flat(run.err)
    assert "see what there is: `envtool rollback --list`" in flat(run.err)
    run = past.run("rollback", "-n", "nosuch")
    assert "see what there is: `envtool rollback -n nosuch --list`" in flat(run.err)
    assert past.run("rollback", "--to", "3", "-o", "json").code == 0
    assert (past.prefix / "bin/Rscript").exists()
    assert leftovers(past.state()) == set()
    assert [each["tree"] for each in past.generations().values()] == [True, True, False]


def test_what_there_is_to_go_back_to(past: Shop) -> None:
    run = past.run("rollback", "--list")
    assert run.first == "3 generations of `.envtool/envs/production`"
    lines = run.out.splitlines()
    assert lines[2].startswith("     1  20")
    assert lines[4].startswith("*    3  20")
    assert "2 packages from conda-lock.yml, lock " in lines[2]
    run = past.run("rollback", "--list", "-p", "nowhere")
    assert run.first.endswith("nowhere` has no past")


def test_a_dry_run_does_nothing(past: Shop) -> None:
    run = past.run("rollback", "--dry-run")
    assert (
        run.first == "Would roll back `.envtool/envs/production` to generation 2: its tree is kept"
    )
    shutil.rmtree(past.state() / "generations/2/tree")
    run = past.run("rollback", "--dry-run", "-o", "json")
    assert json.loads(run.out)["data"]["built"] is True
    assert past.generations()[3]["current"]


def test_a_tree_that_is_gone_is_built_again(past: Shop) -> None:
    assert past.recreate("--keep", "0").code == 0
    assert [each["tree"] for each in past.generations().values()] == [False] * 4
    assert "to be built again" in past.run("rollback", "--list").out
    run = past.run("rollback", "--to", "1")
    assert run.code == 0, run.err
    assert past.said() == f"app 1.0 in {past.prefix}"
    assert list(past.generations()) == [1, 2, 3, 4]
    assert past.generations()[1]["current"]
    # The tree that this one took the place of is kept, and can be gone back to.
    assert past.run("rollback", "--to", "4").code == 0
    assert past.run("rollback", "--to", "1").code == 0
    assert past.said() == f"app 1.0 in {past.prefix}"


def test_a_tree_that_is_not_what_it_was_stays_where_it_is(past: Shop) -> None:
    tree = past.state() / "generations/2/tree"
    (tree / "bin/app").write_text("#!/bin/sh\necho other\n")
    run = past.run("rollback")
    assert run.code == 6
    assert "the kept tree of generation 2 is not what it was: `bin/app`" in " ".join(
        run.err.split()
    )
    assert past.generations()[3]["current"]
    assert past.recreate("--generation", "2").code == 0
    assert past.said() == f"app 2.0 in {past.prefix}"


def test_a_tree_without_identity_is_none_of_ours(past: Shop) -> None:
    (past.state() / "generations/2/tree/conda-meta/envtool").unlink()
    run = past.run("rollback")
    assert (run.code, "is no tree of envtool" in flat(run.err)) == (2, True)


def test_what_can_not_be_gone_back_to(past: Shop) -> None:
    for to in ("3", "99", "2020-01-01", "abc"):
        run = past.run("rollback", "--to", to)
        assert (run.code, "envtool rollback --list" in flat(run.err)) == (2, True)
    (past.folder / "file").touch()
    run = past.run("rollback", "-p", "file")
    assert (run.code, "is no folder" in flat(run.err)) == (2, True)


def test_a_prefix_that_is_gone_comes_back(past: Shop) -> None:
    shutil.rmtree(past.prefix)
    assert past.run("rollback", "--to", "2").code == 0
    assert past.said() == f"app 2.0 in {past.prefix}"


def _generation(number: int, day: int, lock: str, revision: str) -> Generation:
    return Generation(
        number=number,
        created=datetime(2026, 11, day, 12, tzinfo=UTC),
        origin="conda-lock.yml",
        environment="production",
        platform=LINUX,
        lock=lock,
        revision=revision,
    )


SOME = (
    _generation(1, 1, "abcd1111", ""),
    _generation(2, 3, "abcd2222", "feed1234"),
    _generation(3, 5, "20261105ff", "feed5678"),
)


@pytest.mark.parametrize(
    ("to", "number"),
    [
        (None, 1),
        ("3", 3),
        ("2026-11-03", 2),
        ("2026-11-04", 2),
        ("2026-11-03T11:59", 1),
        ("2026-11-03T13:30:00+02:00", 1),
        ("abcd2", 2),
        ("feed5", 3),
        ("20261105", 3),
    ],
)
def test_a_generation_has_many_names(to: str | None, number: int) -> None:
    assert chosen(SOME, 2, to).number == number


@pytest.mark.parametrize(
    ("locks", "current", "number"),
    [
        ("abb", 3, 1),
        ("abab", 4, 3),
        ("abba", 4, 3),
        ("aaa", 3, 2),
        ("aba", 9, 3),
        ("abc", 1, None),
    ],
)
def test_the_one_before_has_another_lock(locks: str, current: int, number: int | None) -> None:
    some = [_generation(at, at, each * 8, "") for at, each in enumerate(locks, 1)]
    found = previous(some, current)
    assert (found and found.number) == number


def test_the_same_lock_twice_is_nothing_to_go_back_to(shop: Shop) -> None:
    for line in ("app=1.0", "app=2.0", "app=2.0", "app=2.0"):
        shop.write(line)
        assert shop.recreate("--keep", "2").code == 0
    assert [each["tree"] for each in shop.generations().values()] == [True, False, True, False]
    assert "to generation 1, from 4 in" in shop.run("rollback").first
    assert shop.said() == f"app 1.0 in {shop.prefix}"


def test_a_name_that_fits_several() -> None:
    with pytest.raises(UsageError, match="`abcd` fits the generations 1 and 2"):
        chosen(SOME, 2, "abcd")
    assert chosen(SOME, None, None).number == 3


def summed(data: dict[str, object]) -> str:
    """A text with the checksum that it has to have."""
    digest = sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    return json.dumps(data | {"checksum": digest})


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 1}', summed({"version": 9}), summed({"version": 1})]
)
def test_what_is_no_generation(text: str) -> None:
    assert decoded(encoded(SOME[0])) == SOME[0]
    with pytest.raises(ValueError, match=r"version|generation|Expecting"):
        decoded(text)


def test_a_generation_has_files_of_its_project_only() -> None:
    data = json.loads(encoded(SOME[0]))
    del data["checksum"]
    assert decoded(summed(data | {"files": {"a/b.yml": "x"}})).files == {"a/b.yml": "x"}
    with pytest.raises(ValueError, match="none of the project"):
        decoded(summed(data | {"files": {"../b.yml": "x"}}))


def test_a_generation_shows_that_it_was_changed() -> None:
    text = encoded(SOME[1])
    assert encoded(decoded(text)) == text
    with pytest.raises(ValueError, match="not the generation that was written"):
        decoded(text.replace("abcd2222", "abcd2223"))


def test_a_tree_with_other_bytes_goes_back_at_once(past: Shop) -> None:
    tree = past.state() / "generations/2/tree"
    path = tree / "share/app/2.0"
    before = path.stat()
    path.unlink()
    path.write_text("y\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    run = past.run("rollback")
    assert run.code == 6
    assert "`share/app/2.0` is altered" in " ".join(run.err.split())
    assert past.generations()[3]["current"]
    assert path.read_text() == "y\n"
    assert leftovers(past.state()) == set()


def test_what_did_not_start_then_does_not_start_now(shop: Shop, tmp_path: Path) -> None:
    prefix = tmp_path / "theirs"
    installed(solved(shop.channel.url, tmp_path, "app==1.0", "python==3.12.1"), prefix)
    shop.write("app=2.0")
    assert shop.recreate("-p", str(prefix), "--keep", "0").code == 0
    run = shop.run("rollback", "-p", str(prefix))
    assert run.code == 1
    assert run.first == "Not rolled back: the layer `core-system` does not work"
    assert shop.said(prefix=prefix) == f"app 2.0 in {prefix}"
    assert leftovers(shop.state(prefix)) == set()
