"""A prefix is wholly one tree or wholly another, whenever it is cut off."""

import errno
import json
import os
import shutil
import sys
import threading
from pathlib import Path

import pytest

from envtool.adapters import exchange as exchanging
from envtool.adapters import swapping
from envtool.adapters.exchange import can_exchange, exchange, flush
from envtool.adapters.prefix_places import Places
from envtool.adapters.prefixes import InstalledPrefixes
from envtool.adapters.swapping import Rung, rungs
from envtool.adapters.tree_copies import overwrite
from envtool.errors import IntegrityError, UnreadableError
from tests.mounting import ITSELF, mounted
from tests.prefixes import (
    DEEDS,
    RUNGS,
    build,
    content,
    do,
    expected,
    generation,
    made,
    prefix,
    run,
    settled,
)


@pytest.mark.parametrize("rung", RUNGS)
@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_killed_leaves_the_old_tree_or_the_new_one(
    tmp_path: Path, deed: str, rung: str
) -> None:
    # More are in `tests.benchmarks.prefix_cuts`.
    ended = tmp_path / "ended"
    made(ended, deed)
    assert run("none", ended, deed, rung) == 0
    settled(ended, deed, rung)
    for at in (24, 55, 72):
        root = tmp_path / str(at)
        made(root, deed)
        run(f"kill:{at}", root, deed, rung)
        settled(root, deed, rung)


@pytest.mark.parametrize("rung", RUNGS)
@pytest.mark.parametrize("deed", ["recreate", "rollback", "unchecked"])
def test_an_error_in_between_undoes_what_was_done(tmp_path: Path, deed: str, rung: str) -> None:
    for at in (40, 58, 64, 70):
        root = tmp_path / str(at)
        made(root, deed)
        run(f"EIO:{at}", root, deed, rung)
        settled(root, deed, rung)


def test_readers_always_find_a_tree(tmp_path: Path) -> None:
    if not can_exchange(str(tmp_path)):
        pytest.skip("no exchange here")
    root = tmp_path / "p"
    made(root, "recreate")
    file = root / "env" / "share/deep/er/file"
    read, stop = [0, 0], threading.Event()

    def reader() -> None:
        while not stop.is_set() or not sum(read):
            try:
                file.read_text()
                read[0] += 1
            except OSError:
                read[1] += 1

    thread = threading.Thread(target=reader)
    thread.start()
    prefixes = InstalledPrefixes()
    for number in (1, 2) * 20:
        with prefixes.exclusive(prefix(root), wait=1, say=print):
            prefixes.replace(prefix(root), number, staged=False, checked=True)
            prefixes.finish(prefix(root))
    stop.set()
    thread.join()
    assert read[0] > 0
    assert read[1] == 0


def test_a_mounted_prefix_is_copied_into(tmp_path: Path) -> None:
    root = tmp_path / "p"
    made(root, "recreate")
    code = (
        "import sys; from pathlib import Path; from tests.prefixes import do, content, expected;"
        "root = Path(sys.argv[1]); do(root, 'unchecked');"
        "assert content(root / 'env') == expected(root.parent, 3)"
    )
    done = mounted(ITSELF, str(root / "env"), sys.executable, "-c", code, str(root), cwd=Path.cwd())
    assert done.returncode == 0, done.stderr
    assert content(root / "env") == expected(tmp_path, 3)


def test_files_of_one_size_and_time_are_told_apart(tmp_path: Path) -> None:
    """As packages have them whose times were all set to the same."""
    for name, text in (("new", "2.0"), ("old", "1.0")):
        for path in ("changed", "same"):
            (tmp_path / name / path).parent.mkdir(exist_ok=True)
            (tmp_path / name / path).write_text(text if path == "changed" else "x")
            os.utime(tmp_path / name / path, ns=(0, 0))
    before = (tmp_path / "old/same").stat().st_ino
    overwrite(str(tmp_path / "new"), str(tmp_path / "old"))
    assert (tmp_path / "old/changed").read_text() == "2.0"
    assert (tmp_path / "old/same").stat().st_ino == before


def test_what_a_probe_left_goes_with_the_next_turn(tmp_path: Path) -> None:
    root = tmp_path / "p"
    made(root, "recreate")
    probe = Path(Places(prefix(root)).folder) / "probe-0123456789abcdef"
    probe.mkdir()
    with InstalledPrefixes().exclusive(prefix(root), wait=1, say=print):
        assert not probe.exists()


def test_without_exchange_there_is_a_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanging, "sys", type("Other", (), {"platform": "win32", "audit": print}))
    root = tmp_path / "p"
    made(root, "recreate")
    assert rungs(Places(prefix(root))) == (Rung.RENAME, Rung.COPY)
    do(root, "recreate")
    assert content(root / "env") == expected(tmp_path, 3)


def test_a_step_that_the_system_refuses_is_followed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "p"
    made(root, "recreate")

    def refused(_one: str, _other: str) -> None:
        raise OSError(errno.EINVAL, "no such step")

    monkeypatch.setattr(swapping, "exchange", refused)
    prefixes = InstalledPrefixes()
    with prefixes.exclusive(prefix(root), wait=1, say=print):
        build(prefixes, root, 3)
        assert prefixes.replace(prefix(root), 3, staged=True, checked=True) == "rename"
        prefixes.finish(prefix(root))
    assert content(root / "env") == expected(tmp_path, 3)


def test_folders_are_swapped(tmp_path: Path) -> None:
    if not can_exchange(str(tmp_path)):
        pytest.skip("no exchange here")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "name").write_text(name)
    exchange(str(tmp_path / "a"), str(tmp_path / "b"))
    assert (tmp_path / "a/name").read_text() == "b"
    with pytest.raises(FileNotFoundError):
        exchange(str(tmp_path / "a"), str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError):
        can_exchange(str(tmp_path / "none"))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 2}', '{"version": 1, "swap": 5}'])
def test_a_journal_that_is_none(tmp_path: Path, text: str) -> None:
    root = tmp_path / "p"
    made(root, "recreate")
    Path(Places(prefix(root)).journal).write_text(text)
    with (
        pytest.raises(UnreadableError, match=r"journal\.json") as error,
        InstalledPrefixes().exclusive(prefix(root), wait=1, say=print),
    ):
        pass
    assert error.value.hints[0].endswith(f"`rm {Places(prefix(root)).journal}`")
    assert content(root / "env") == expected(tmp_path, 2)


@pytest.mark.parametrize("text", ["", "[1]", "[" * 100_000])
def test_a_generation_that_can_not_be_read_is_none(tmp_path: Path, text: str) -> None:
    root = tmp_path / "p"
    made(root, "recreate")
    folder = Path(Places(prefix(root)).generation(1))
    prefixes = InstalledPrefixes()
    for name in ("generation.json", "records.lock", "copy.json"):
        right = (folder / name).read_text()
        (folder / name).write_text(text)
        assert [each.number for each in prefixes.generations(prefix(root))] == [1, 2]
        assert prefixes.records(prefix(root), 1) == "records\n"
        assert prefixes.mend(prefix(root), 1) == (name,)
        assert (folder / name).read_text() == right
        assert prefixes.mend(prefix(root), 1) == ()
    (folder / "manifest.json").write_text(text)
    assert prefixes.changed(prefix(root), 1) is None
    (folder / "records.lock").unlink()
    (folder / "copy.json").write_text(text)
    assert prefixes.mend(prefix(root), 1) == ()
    with pytest.raises(IntegrityError):
        prefixes.records(prefix(root), 1)
    (folder / "generation.json").write_text(text)
    assert [each.number for each in prefixes.generations(prefix(root))] == [2]
    assert [each.number for each in prefixes.broken(prefix(root))] == [1]
    assert prefixes.mend(prefix(root), 1) == ()


def test_what_changed_in_a_kept_tree_is_named(tmp_path: Path) -> None:
    root = tmp_path / "p"
    made(root, "recreate")
    tree = Path(Places(prefix(root)).tree(1))
    prefixes = InstalledPrefixes()
    assert prefixes.changed(prefix(root), 1) == ((), ())
    (tree / "new-file").write_text("does not count")
    (tree / "bin/tool").write_text("BIN/tool of 1\n")
    (tree / "lib/link").unlink()
    assert prefixes.changed(prefix(root), 1) == (("lib/link",), ("bin/tool",))


def test_trees_nobody_may_write_to_go_away_all_the_same(tmp_path: Path) -> None:
    root = tmp_path / "p"
    made(root, "recreate")
    tree = Path(Places(prefix(root)).tree(1))
    (tree / "share/deep").chmod(0o500)
    prefixes = InstalledPrefixes()
    with prefixes.exclusive(prefix(root), wait=1, say=print):
        assert prefixes.prune(prefix(root), 0) == (1,)
    assert not tree.exists()
    assert [each.number for each in prefixes.generations(prefix(root))] == [1, 2]


def test_the_syscalls_before_a_swap_are_in_an_order_that_survives_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "p"
    made(root, "recreate")
    events: list[str] = []
    for name in ("flush", "exchange", "write_journal", "sync_folders"):
        found = getattr(swapping, name)

        def noted(*arguments: object, name: str = name, found: object = found) -> object:
            assert callable(found)
            events.append(name)
            return found(*arguments)

        monkeypatch.setattr(swapping, name, noted)

    def flushed(folder: str) -> None:
        events.append("flush")
        flush(folder)

    monkeypatch.setattr("envtool.adapters.prefixes.flush", flushed)
    do(root, "recreate")
    swap = events.index("exchange")
    # All of the stage is on the disk, then the journal says so, and only then it is moved.
    assert "flush" in events[:swap]
    last = len(events[:swap]) - 1 - events[:swap][::-1].index("write_journal")
    assert events[:swap].index("flush") < last
    assert "sync_folders" in events[last:swap]
    assert "sync_folders" in events[swap:]
    assert json.loads((root / "env/conda-meta/envtool").read_text())["generation"] == 3
    assert not os.path.exists(Places(prefix(root)).journal)


def test_whether_the_packages_are_untouched(tmp_path: Path) -> None:
    root = tmp_path / "p"
    made(root, "recreate")
    prefixes, tree = InstalledPrefixes(), prefix(root)
    number = prefixes.current(tree) or 0
    # Nothing says which packages there are.
    assert not prefixes.is_untouched(tree, number)
    (Path(tree) / "conda-meta/one-1-0.json").write_text("{}")
    prefixes.restore(tree, generation(number), "records\n", tree)
    assert prefixes.is_untouched(tree, number)
    assert not prefixes.is_untouched(tree, 99)
    info = Path(tree) / "lib/python3.12/site-packages/x-1.dist-info"
    info.mkdir(parents=True)
    assert prefixes.is_untouched(tree, number)
    (info / "METADATA").write_text("Name: x\nVersion: 1\n")
    assert not prefixes.is_untouched(tree, number)
    shutil.rmtree(info)
    record = Path(tree) / "conda-meta/added-1-0.json"
    record.write_text("{}")
    assert not prefixes.is_untouched(tree, number)
    record.unlink()
    assert prefixes.is_untouched(tree, number)
    manifest = Path(Places(tree).generation(number), "manifest.json")
    for text in ("", "[1]", "7", '{"a.dist-info/METADATA": 7}'):
        manifest.write_text(text)
        assert not prefixes.is_untouched(tree, number)
