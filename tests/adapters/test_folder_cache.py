"""What is in the cache is told from what is not envtool's, hashed, and taken away whole."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from envtool.adapters.folder_cache import FolderCache
from envtool.domain.caching import CacheChecked, CacheFound, CacheKind
from envtool.errors import UnreadableError
from tests.caches import (
    FOREIGN,
    advisories,
    archive,
    below,
    byte_code,
    file,
    foreign,
    full,
    package,
    with_leftovers,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="links and modes as POSIX has them")


def cache(root: Path, store: Path | None = None) -> FolderCache:
    return FolderCache(str(root), str(store or root))


def look(root: Path) -> CacheFound:
    return cache(root).look()


def check(root: Path) -> CacheChecked:
    return cache(root).check(look(root).items, lambda *_: None)


def names(found: CacheFound, *kinds: CacheKind) -> list[str]:
    return [each.name for each in found.items if each.kind in kinds]


def damaged(root: Path) -> dict[str, tuple[str, ...]]:
    found = check(root)
    assert not found.unread
    return {each.item.name: each.files for each in found.damaged}


def test_all_that_there_is(tmp_path: Path) -> None:
    root = full(tmp_path / "cache")
    found = look(root)
    by_kind: dict[str, int] = {}
    for each in found.items:
        by_kind[each.kind.value] = by_kind.get(each.kind.value, 0) + 1
    assert by_kind == {
        "packages": 2,
        "byte-code": 2,
        "archives": 1,
        "wheels": 1,
        "advisories": 3,
        "signatures": 1,
    }
    assert found.foreign == found.unread == ()
    # Every file counts once.
    locks = 2
    links = 2
    assert sum(each.files for each in found.items) == len(below(root)) - locks - links
    used, idle = (each for each in found.items[::-1] if each.kind is CacheKind.PACKAGES)
    assert (used.name, used.in_use, idle.name, idle.in_use) == (
        "used-1.0-0",
        True,
        "idle-1.0-0",
        False,
    )
    assert used.size - used.own == len("of used-1.0-0\n")
    assert idle.size == idle.own


def test_a_cache_that_is_not_there(tmp_path: Path) -> None:
    assert look(tmp_path / "none") == CacheFound(
        str(tmp_path / "none"), "", str(tmp_path / "none/archives")
    )
    assert check(tmp_path / "none") == CacheChecked()
    cache(tmp_path / "none").dissolve()
    assert not (tmp_path / "none").exists()


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="is no folder"):
        look(file(tmp_path / "file"))


@posix
def test_a_link_as_the_cache(tmp_path: Path) -> None:
    """Where somebody wants it is their own affair; the link stays."""
    root = full(tmp_path / "cache")
    (tmp_path / "link").symlink_to(root)
    found = look(tmp_path / "link")
    assert (found.folder, found.real) == (str(tmp_path / "link"), str(root))
    assert found.items == look(root).items
    door = cache(tmp_path / "link")
    door.remove(found.items)
    door.dissolve()
    assert (tmp_path / "link").is_symlink()
    assert list(root.iterdir()) == []


@posix
def test_a_link_to_nowhere_as_the_cache(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "none")
    with pytest.raises(UnreadableError, match="is no folder"):
        look(tmp_path / "link")


def test_the_store_of_archives_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    package(root, "a-1.0-0")
    path = archive(tmp_path / "share")
    file(tmp_path / "share/other")
    file(tmp_path / "share/archives/sha256/zz/x")
    found = cache(root, tmp_path / "share").look()
    assert names(found, CacheKind.ARCHIVES) == [path.as_posix()]
    assert found.store == str(tmp_path / "share/archives")
    assert found.foreign == ((tmp_path / "share/archives/sha256/zz/x").as_posix(),)
    door = cache(root, tmp_path / "share")
    door.remove(found.items)
    door.dissolve()
    assert not root.exists()
    assert below(tmp_path / "share") == {"other", "archives/sha256/zz/x"}


def test_what_is_not_envtools_stays(tmp_path: Path) -> None:
    root = foreign(full(tmp_path / "cache"))
    (root / "packages/my-own-folder").mkdir()
    file(root / "byte-code/notes")
    door = cache(root)
    found = door.look()
    others = {*FOREIGN, "packages/my-own-folder", "byte-code/notes"}
    assert set(found.foreign) == others
    assert door.remove(found.items).failed == ()
    door.dissolve()
    assert below(root) == {*FOREIGN, "byte-code/notes"}
    assert (root / "packages/my-own-folder").is_dir()


@posix
def test_no_link_is_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "cache", tmp_path / "outside"
    full(outside)
    root.mkdir()
    for name in ("known", "byte-code", "archives", "advisories"):
        (root / name).symlink_to(outside / name)
    (root / "packages").mkdir()
    (root / "packages/used-1.0-0").symlink_to(outside / "packages/used-1.0-0")
    (root / "packages/.half").symlink_to(outside / "packages")
    (root / "packages/x.lock").symlink_to(outside / "packages/in-use.lock")
    (root / "signatures").mkdir()
    link = f"signatures/{'4' * 64}.json"
    (root / link).symlink_to(outside / link)
    before = below(outside)
    door = cache(root)
    found = door.look()
    assert found.items == ()
    assert set(found.foreign) == {
        "known", "byte-code", "archives", "advisories", link,
        "packages/used-1.0-0", "packages/.half", "packages/x.lock",
    }  # fmt: skip
    door.dissolve()
    assert below(outside) == before
    assert below(root) == set(found.foreign)


@posix
def test_links_in_a_package_go_and_what_they_lead_to_stays(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    folder = package(root, "a-1.0-0")
    kept = file(tmp_path / "mine/file")
    (folder / "share/away").symlink_to(tmp_path / "mine")
    (folder / "share/file").symlink_to(kept)
    assert damaged(root) == {}
    assert [each.files for each in look(root).items] == [5]
    folder.joinpath("share").chmod(0o500)
    (item,) = look(root).items
    assert cache(root).remove([item]).items == (item,)
    assert below(root) == set()
    assert kept.read_bytes() == b"x"


@posix
def test_folders_in_folders_are_no_trouble(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    package(root, "a-1.0-0")
    before = os.getcwd()
    os.chdir(root / "packages/a-1.0-0")
    for _ in range(1_500):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(before)
    found = check(root)
    assert [each.name for each in found.whole] == ["a-1.0-0"]
    removed = cache(root).remove(look(root).items)
    # Python before 3.13 can not delete so deep a tree; then that is said.
    assert all("too deep" in each for each in removed.failed)
    assert [each.name for each in look(root).items] in (
        [],
        [each.name for each in look(root).items if each.name.startswith("packages/.gone-")],
    )
    subprocess.run(["rm", "-rf", str(root)], check=True)  # noqa: S607


def test_leftovers_are_told_apart(tmp_path: Path) -> None:
    found = look(with_leftovers(full(tmp_path / "cache")))
    assert found.foreign == ()
    locked = {each.name for each in found.items if each.locked}
    assert locked == {
        "packages/.app-1.0-0xyz",
        "packages/gone-1.0-0.lock",
        f"known/{'5' * 64}.json",
        f"known/{'6' * 64}.json.{'0' * 16}.tmp",
    }
    assert set(names(found, CacheKind.LEFTOVERS)) - locked == {
        "archives/sha256/ab/.new-abcd1234",
        "byte-code/cpython-312-0d0d/ab/.4711",
        f"advisories/database.sqlite.{'0' * 16}.tmp",
    }


def test_what_an_interpreter_said_is_used_as_its_byte_code(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    path = byte_code(root)
    assert [each.in_use for each in look(root).items] == [False, False]
    os.link(path, tmp_path / "linked")
    assert [each.in_use for each in look(root).items] == [True, True]
    (root / "byte-code/interpreters" / ("1" * 64)).write_bytes(b"\xff")
    assert sorted(each.in_use for each in look(root).items) == [False, True]


def test_a_package_without_a_file_that_can_be_shared_is_not_said_to_be_unused(
    tmp_path: Path,
) -> None:
    root = tmp_path / "cache"
    paths = package(root, "a-1.0-0") / "info/paths.json"
    for text, in_use in (
        ('{"paths": []}', True),
        ('{"paths": [{"_path": "a", "path_type": "hardlink", "prefix_placeholder": "/p"}]}', True),
        ('{"paths": [{"_path": "a", "path_type": "hardlink", "no_link": true}]}', True),
        ('{"paths": [{"_path": "a"}]}', False),
        ("[]", False),
        ("{", False),
    ):
        paths.write_text(text)
        assert [each.in_use for each in look(root).items if each.name == "a-1.0-0"] == [in_use]


def test_all_is_whole(tmp_path: Path) -> None:
    root = full(tmp_path / "cache")
    found = check(with_leftovers(root))
    assert found.damaged == ()
    assert len(found.whole) == 6
    assert {each.kind.value for each in found.unknown} == {"byte-code", "advisories", "signatures"}
    # Of two packages, byte-code, an archive, a wheel and a file of advisories.
    assert found.files == 6
    assert found.size == len("of used-1.0-0\nof idle-1.0-0\ncodearchivewheeladvisories")


def overwrite(path: Path) -> None:
    path.write_bytes(b"?" * path.stat().st_size)


def remade(path: Path, target: str = "") -> None:
    """A link to `target` in place of a file, or a file in place of a link."""
    path.unlink()
    if target:
        path.symlink_to(target)
    else:
        file(path)


PACKAGE_FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "altered": (lambda at: overwrite(at / "share/data"), "share/data: not what it was"),
    "missing": (lambda at: (at / "share/data").unlink(), "share/data: missing"),
    "link gone": (lambda at: (at / "share/link").unlink(), "share/link: missing"),
    "file for link": (lambda at: remade(at / "share/link"), "share/link: not what it was"),
    "link for file": (
        lambda at: remade(at / "share/data", "/dev/zero"),
        "share/data: not what it was",
    ),
    "list": (
        lambda at: overwrite(at / "info/paths.json"),
        "info/paths.json or info/index.json: not what it was",
    ),
    "no list": (
        lambda at: (at / "info/index.json").unlink(),
        "info/paths.json or info/index.json: not what it was",
    ),
}


@posix
@pytest.mark.parametrize("fault", PACKAGE_FAULTS)
def test_a_damaged_package(tmp_path: Path, fault: str) -> None:
    root = full(tmp_path / "cache")
    harm, said = PACKAGE_FAULTS[fault]
    harm(root / "packages/idle-1.0-0")
    assert damaged(root) == {"idle-1.0-0": (said,)}
    door = cache(root)
    (found,) = check(root).damaged
    assert not found.shared
    assert door.remove([found.item]).items == (found.item,)
    assert damaged(root) == {}
    left = {each for each in below(root) if "idle" in each}
    assert left == set()
    assert len(list((root / "known").iterdir())) == 1


def test_a_damage_that_an_environment_shares(tmp_path: Path) -> None:
    root = full(tmp_path / "cache")
    overwrite(root / "packages/used-1.0-0/share/data")
    (found,) = check(root).damaged
    assert (found.item.name, found.shared) == ("used-1.0-0", True)


def test_a_list_that_is_none_was_noted_like_that(tmp_path: Path) -> None:
    """Who made the package had it so; rattler could not install it."""
    root = tmp_path / "cache"
    package(root, "a-1.0-0")
    (note,) = (root / "known").iterdir()
    paths = root / "packages/a-1.0-0/info/paths.json"
    for text in ("[]", "{", '{"paths": [1]}'):
        paths.write_text(text)
        said = json.loads(note.read_text())
        note.write_text(
            json.dumps(said | {"info/paths.json": hashlib.sha256(text.encode()).hexdigest()})
        )
        assert damaged(root) == {"a-1.0-0": ("info/paths.json: no list of files",)}


def test_an_old_note_has_no_name(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    package(root, "a-1.0-0")
    (note,) = (root / "known").iterdir()
    said = json.loads(note.read_text())
    del said["package"]
    note.write_text(json.dumps(said))
    assert len(check(root).whole) == 1
    assert [each.parts[0] for each in look(root).items] == [str(note)]


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_what_is_no_note_vouches_for_nothing(tmp_path: Path, text: bytes) -> None:
    root = tmp_path / "cache"
    package(root, "a-1.0-0", noted=False)
    file(root / f"known/{'7' * 64}.json", text)
    found = check(root)
    assert [each.name for each in found.unknown] == ["a-1.0-0"]
    assert found.damaged == ()


@pytest.mark.parametrize("make", [byte_code, archive, advisories], ids=lambda make: make.__name__)
def test_another_file_that_is_damaged(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    root = full(tmp_path / "cache")
    path = make(root)
    overwrite(path)
    name = path.relative_to(root).as_posix()
    assert damaged(root) == {name: ("not what it was",)}
    door = cache(root)
    door.remove(each.item for each in check(root).damaged)
    assert not path.exists()
    assert damaged(root) == {}
    assert name not in {each.name for each in look(root).items}


@pytest.mark.parametrize("text", [b"", b"{}", b'{"tag": 1}', b'{"tag": "[]"}'])
def test_a_note_on_advisories_that_says_nothing(tmp_path: Path, text: bytes) -> None:
    root = tmp_path / "cache"
    path = advisories(root)
    path.with_name(f"{path.name}.json").write_bytes(text)
    assert damaged(root) == {}


def test_what_goes_meanwhile_is_not_damaged(tmp_path: Path) -> None:
    root = full(tmp_path / "cache")
    door = cache(root)
    items = door.look().items
    door.remove(items)
    assert door.check(items, lambda *_: None) == CacheChecked()
    # Nor is there anything to take away.
    assert door.remove(items).failed == ()


@posix
def test_what_can_not_be_read_is_said(tmp_path: Path) -> None:
    root = full(tmp_path / "cache")
    closed = root / "packages/idle-1.0-0/share"
    closed.chmod(0)
    (root / "signatures").chmod(0)
    if os.access(closed, os.R_OK):
        pytest.skip("root reads all")
    path = archive(root)
    path.chmod(0)
    try:
        found = look(root)
        assert found.unread == (
            "`packages/idle-1.0-0`: `share`: Permission denied",
            "`signatures`: Permission denied",
        )
        assert check(root).unread == (f"`{path.relative_to(root).as_posix()}`: Permission denied",)
    finally:
        closed.chmod(0o700)
        (root / "signatures").chmod(0o700)
