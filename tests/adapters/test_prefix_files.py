"""The door to prefixes: what records say, what became of files, and hostile ones."""

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from envtool.adapters.prefix_files import PrefixInspector
from envtool.domain.installed import Harm, Installed
from envtool.errors import UnreadableError
from tests.made_prefixes import SITE, Link, digest, distribution, install, nobody, put, sha256

DOOR = PrefixInspector()


def damages(prefix: Path, root: Path | None = None) -> list[tuple[str, str, str]]:
    found = DOOR.check_files(DOOR.read(str(prefix)), str(root) if root else None)
    return [(each.path, each.harm.name, each.why) for each in found]


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A prefix that is whole: files, links, something of pip."""
    folder = tmp_path / "env"
    install(
        folder,
        "one",
        files={
            "bin/one": b"#!/bin/sh\n",
            "lib/big": b"x" * 3_000_000,
            "lib/empty": b"",
            "lib/one.so": Link("one.so.1"),
            "lib/one.so.1": b"code",
            "share/alias": Link("../lib"),
        },
        depends=["two >=1"],
        license="MIT",
    )
    install(folder, "two", files={"share/two space ü": b"2"}, noarch="python", subdir="noarch")
    distribution(folder, "Foo.Bar", "1.0", "idna >=3", files={"../../../bin/foo": b"foo"})
    return folder


def test_what_is_whole_has_no_damage(prefix: Path) -> None:
    assert damages(prefix) == []


def test_what_the_records_say(prefix: Path) -> None:
    installed = DOOR.read(str(prefix))
    one, two, foo = installed.packages
    assert (one.label, one.manager, one.build, one.depends) == (
        "one 1.0",
        "conda",
        "h0_0",
        ("two >=1",),
    )
    assert (one.license, two.license, two.subdir) == ("MIT", None, "noarch")
    assert (foo.name, foo.manager, foo.depends) == ("foo-bar", "pip", ("idna >=3",))
    assert [each.path for each in foo.files] == [
        f"{SITE}/Foo.Bar.py", "bin/foo", f"{SITE}/Foo.Bar-1.0.dist-info/METADATA", f"{SITE}/Foo.Bar-1.0.dist-info/RECORD",
    ]  # fmt: skip
    assert installed.platform == "linux-64"
    assert installed.files == 11
    assert not installed.is_root
    assert installed.broken == ()


def test_a_tree_at_another_path_is_checked_by_the_same_records(
    prefix: Path, tmp_path: Path
) -> None:
    installed = DOOR.read(str(prefix))
    stage = prefix.rename(tmp_path / "stage")
    assert DOOR.check_files(installed, str(stage)) == ()
    (stage / "bin" / "one").write_text("other")
    (found,) = DOOR.check_files(installed, str(stage))
    assert (found.path, found.harm) == ("bin/one", Harm.ALTERED)


def shared(prefix: Path, cache: Path, *paths: tuple[str, str]) -> None:
    """Put links to files of a prefix, which is what an installer leaves, into a cache."""
    for path, there in paths:
        place = cache / "one-1.0-h0_0" / there
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(prefix / path, place, follow_symlinks=False)


@pytest.mark.parametrize(
    ("path", "there", "is_read"),
    [
        ("share/a", "share/a", False),
        (f"{SITE}/pkg/m.py", "site-packages/pkg/m.py", False),
        (f"{SITE}/m.py", "site-packages/m.py", False),
        # Nothing is believed of another file, or of one that nobody can say where it came from.
        ("share/a", "share/b", True),
        ("bin/a", "python-scripts/a", True),
        (f"{SITE}/pkg/m.py", "pkg/m.py", True),
    ],
)
def test_the_very_file_that_was_hashed_is_not_read_again(
    tmp_path: Path, path: str, there: str, *, is_read: bool
) -> None:
    prefix, folder = tmp_path / "env", str(tmp_path / "one-1.0-h0_0")
    install(prefix, "one", files={path: b"1", "share/other": b"2"})
    shared(prefix, tmp_path, (path, there))
    (prefix / path).write_bytes(b"?")
    (prefix / "share/other").write_bytes(b"?")
    installed = DOOR.read(str(prefix))

    def found(*hashed: str) -> list[str]:
        return [each.path for each in DOOR.check_files(installed, hashed=hashed)]

    assert found(folder) == (sorted([path, "share/other"]) if is_read else ["share/other"])
    assert found() == found(f"{tmp_path}/two-1.0-h0_0") == sorted([path, "share/other"])


def test_a_link_to_a_link_is_no_file_that_was_hashed(tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    install(prefix, "one", files={"share/a": b"1"})
    (prefix / "share/a").unlink()
    (prefix / "share/a").symlink_to("b")
    (prefix / "share/b").write_bytes(b"1")
    shared(prefix, tmp_path, ("share/a", "share/a"))
    (damage,) = DOOR.check_files(DOOR.read(str(prefix)), hashed=(str(tmp_path / "one-1.0-h0_0"),))
    assert (damage.path, damage.why) == ("share/a", "is a link")


def test_what_was_filled_in_is_always_read(tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    record = install(prefix, "one", files={"share/a": b"1"})
    text = record.read_text().replace(
        '"path_type"', f'"sha256_in_prefix": "{sha256(b"2")}", "path_type"'
    )
    record.write_text(text)
    shared(prefix, tmp_path, ("share/a", "share/a"))
    (damage,) = DOOR.check_files(DOOR.read(str(prefix)), hashed=(str(tmp_path / "one-1.0-h0_0"),))
    assert (damage.path, damage.harm) == ("share/a", Harm.ALTERED)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


def link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def twin(path: Path) -> None:
    path.with_name("x").write_text("code")
    path.symlink_to("x")


DAMAGED: dict[str, tuple[str, Callable[[Path], Any], tuple[str, str]]] = {
    "other bytes": ("bin/one", lambda path: path.write_text("other"), ("ALTERED", "")),
    "one byte more": ("lib/big", lambda path: path.write_bytes(b"x" * 3_000_001), ("ALTERED", "")),
    "not empty": ("lib/empty", lambda path: path.write_text("!"), ("ALTERED", "")),
    "gone": ("bin/one", lambda _: None, ("MISSING", "")),
    "a folder": ("bin/one", lambda path: path.mkdir(), ("ALTERED", "is a folder")),
    "a pipe": ("bin/one", fifo, ("ALTERED", "is a pipe")),
    "a socket": ("bin/one", unix_socket, ("ALTERED", "is no regular file")),
    "a link to the same bytes": ("lib/one.so.1", twin, ("ALTERED", "is a link")),
    "a link to itself": ("bin/one", link("one"), ("ALTERED", "is a link")),
    "a link elsewhere": ("lib/one.so", link("empty"), ("ALTERED", "leads elsewhere")),
    "a link that is gone": ("lib/one.so", lambda _: None, ("MISSING", "")),
    "a file for a link": ("lib/one.so", lambda path: path.write_text("other"), ("ALTERED", "")),
    "a file of pip": ("bin/foo", lambda path: path.write_text("other"), ("ALTERED", "")),
    "a file of pip that is gone": (f"{SITE}/Foo.Bar.py", lambda _: None, ("MISSING", "")),
}  # fmt: skip


@pytest.mark.parametrize(("path", "damage", "expected"), DAMAGED.values(), ids=DAMAGED)
def test_one_damaged_file(
    prefix: Path,
    path: str,
    damage: Callable[[Path], Any],
    expected: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(prefix)
    (prefix / path).unlink()
    damage(prefix / path)
    assert damages(prefix) == [(path, *expected)]


def test_a_copy_stands_for_a_link_where_a_system_has_none(tmp_path: Path) -> None:
    entry = {
        "_path": "lib/x",
        "path_type": "softlink",
        "sha256": sha256(b"code"),
        "sha256_in_prefix": sha256("y"),
    }
    install(tmp_path, "one", paths_data={"paths": [entry]})
    put(tmp_path / "lib" / "x", b"code")
    assert damages(tmp_path) == []


CONDA_LINKS: dict[str, tuple[str, bytes, str, list[tuple[str, str]]]] = {
    "to a file of its package": ("real", b"real", "", []),
    "to one with the prefix in it": ("placed", b"as packed", "", []),
    "to another file of its package": ("real", b"as packed", "", [("ALTERED", "leads elsewhere")]),
    "to a link of its package": ("hop", b"real", "", []),
    "to a file of a later other package": ("other", b"older", "", []),
    "to what nobody owns": ("stray", b"real", "", [("ALTERED", "leads elsewhere")]),
    "to nothing, as packed": ("nowhere", b"", "", []),
    "to a folder": ("../share", b"", "", []),
    "out of the prefix": ("../../../outside", b"real", "", [("ALTERED", "leads elsewhere")]),
    "to a whole path": ("/etc/passwd", b"", "", [("ALTERED", "leads elsewhere")]),
    "recorded twice alike, as micromamba does": ("real", b"real", sha256(b"real"), []),
}  # fmt: skip


@pytest.mark.parametrize(
    ("target", "packed", "final", "expected"), CONDA_LINKS.values(), ids=CONDA_LINKS
)
def test_links_of_which_only_the_bytes_behind_are_recorded(
    tmp_path: Path, target: str, packed: bytes, final: str, expected: list[tuple[str, str]]
) -> None:
    entries = [
        {"_path": "lib/real", "path_type": "hardlink", "sha256": sha256(b"real")},
        {"_path": "lib/placed", "path_type": "hardlink", "sha256": sha256(b"as packed"), "sha256_in_prefix": sha256(b"placed"), "prefix_placeholder": "/x"},
        {"_path": "lib/hop", "path_type": "softlink", "sha256": sha256(b"real")},
        {"_path": "lib/link", "path_type": "softlink", "sha256": sha256(packed), **({"sha256_in_prefix": final} if final else {})},
    ]  # fmt: skip
    prefix = tmp_path / "env"
    install(prefix, "one", paths_data={"paths": entries})
    install(prefix, "two", files={"lib/other": b"newer", "share/x": b"x"})
    contents: dict[str, bytes | Link] = {
        "real": b"real",
        "placed": b"placed",
        "hop": Link("real"),
        "stray": b"real",
        "link": Link(target),
    }
    for name, content in contents.items():
        put(prefix / "lib" / name, content)
    found = damages(prefix)
    assert found == [("lib/link", *each) for each in expected]


def test_a_link_of_which_nothing_is_recorded_has_to_be_there(tmp_path: Path) -> None:
    install(tmp_path, "one", paths_data={"paths": [{"_path": "a", "path_type": "softlink"}]})
    assert damages(tmp_path) == [("a", "MISSING", "")]
    (tmp_path / "a").symlink_to("anywhere")
    assert damages(tmp_path) == []


OUTSIDE = [
    "../../etc/passwd",
    "/etc/passwd",
    "a/../../x",
    "",
    "a//b",
    ".",
    "bin/..",
    "bin/\0x",
    "\0/x",
    "x\ud800/y",
    "\ud800",
    "a/" * 100_000 + "x",
]


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: ascii(path)[:20])
def test_paths_that_leave_the_prefix_are_never_read(tmp_path: Path, path: str) -> None:
    prefix = tmp_path / "a" / "env"
    entry = {"_path": path, "path_type": "hardlink", "sha256": sha256(b"secret")}
    install(prefix, "evil", paths_data={"paths": [entry]})
    (tmp_path / "x").write_text("secret")
    assert [each[:2] for each in damages(prefix)] == [(path, "OUTSIDE")]


@pytest.mark.parametrize("path", ["../../etc/passwd", "a\0/x", "\ud800"])
def test_nor_links_that_leave_it(tmp_path: Path, path: str) -> None:
    entry = {"_path": path, "path_type": "softlink", "sha256": sha256(b"secret")}
    install(tmp_path / "env", "evil", paths_data={"paths": [entry]})
    assert [each[:2] for each in damages(tmp_path / "env")] == [(path, "OUTSIDE")]


def test_a_folder_that_is_a_link_out_of_the_prefix_is_not_followed(
    prefix: Path, tmp_path: Path
) -> None:
    (prefix / "bin").rename(tmp_path / "elsewhere")
    (prefix / "bin").symlink_to(tmp_path / "elsewhere")
    why = "a folder on the way is a link out of the prefix"
    assert damages(prefix) == [("bin/one", "OUTSIDE", why), ("bin/foo", "OUTSIDE", why)]


def test_a_folder_that_is_a_link_within_is_followed(prefix: Path) -> None:
    (prefix / "bin").rename(prefix / "programs")
    (prefix / "bin").symlink_to("programs")
    assert damages(prefix) == []


def test_a_folder_that_leads_back_to_itself(prefix: Path) -> None:
    for name in ("one", "foo"):
        (prefix / "bin" / name).unlink()
    (prefix / "bin").rmdir()
    (prefix / "bin").symlink_to("bin")
    why = "is behind a link that leads back to itself"
    assert damages(prefix) == [("bin/one", "ALTERED", why), ("bin/foo", "ALTERED", why)]


def test_a_file_in_place_of_a_folder(prefix: Path) -> None:
    for name in ("one", "foo"):
        (prefix / "bin" / name).unlink()
    (prefix / "bin").rmdir()
    (prefix / "bin").write_text("")
    assert damages(prefix) == [("bin/one", "MISSING", ""), ("bin/foo", "MISSING", "")]


def test_a_prefix_of_links_into_the_cache(tmp_path: Path) -> None:
    cache, prefix = tmp_path / "pkgs" / "one-1.0-h0_0", tmp_path / "env"
    put(cache / "bin" / "one", b"one")
    put(tmp_path / "elsewhere", b"one")
    record = install(
        prefix, "one", files={"bin/one": b"one"}, link={"type": 2, "source": str(cache)}
    )
    path = prefix / "bin" / "one"
    for target, expected in (
        (cache / "bin" / "one", []),
        (tmp_path / "elsewhere", [("bin/one", "ALTERED", "is a link")]),
    ):
        path.unlink()
        path.symlink_to(target)
        assert damages(prefix) == expected
    path.unlink()
    path.symlink_to(cache / "bin" / "one")
    put(cache / "bin" / "one", b"altered in the cache")
    assert damages(prefix) == [("bin/one", "ALTERED", "")]
    record.write_text(record.read_text().replace('"type": 2', '"type": 1'))
    assert damages(prefix) == [("bin/one", "ALTERED", "is a link")]


def test_byte_code_is_not_looked_at(tmp_path: Path) -> None:
    install(tmp_path, "one", files={"lib/a.py": b"a", "lib/__pycache__/a.cpython-312.pyc": b"old"})
    (tmp_path / "lib/__pycache__/a.cpython-312.pyc").write_bytes(b"new")
    assert damages(tmp_path) == []


def test_records_without_hashes_say_what_has_to_be_there(tmp_path: Path) -> None:
    record = install(tmp_path, "old", files={"bin/a": b"", "bin/b": b""}, paths_data=None)
    assert "bin/b" in record.read_text()
    (tmp_path / "bin" / "b").unlink()
    put(tmp_path / "bin" / "a", b"anything")
    assert damages(tmp_path) == [("bin/b", "MISSING", "")]


@pytest.mark.parametrize(
    "entry", [{"prefix_placeholder": "/x"}, {"sha256": 7}, {"sha256": None, "size_in_bytes": "x"}]
)
def test_a_file_whose_hash_is_not_known_has_to_be_there(
    tmp_path: Path, entry: dict[str, Any]
) -> None:
    entry = {"_path": "a", "path_type": "hardlink", "sha256": sha256(b"packed")} | entry
    folder = {"_path": "lib", "path_type": "directory"}
    install(tmp_path, "one", paths_data={"paths": [entry, folder]})
    put(tmp_path / "a", b"placed")
    assert damages(tmp_path) == []


def test_a_closed_folder_is_no_crash(prefix: Path) -> None:
    installed = DOOR.read(str(prefix))
    (prefix / "bin").chmod(0)
    (prefix / "lib" / "big").chmod(0)
    with nobody(prefix):
        found = DOOR.check_files(installed)
    (prefix / "bin").chmod(0o755)
    assert [(each.path, each.harm, each.why) for each in found] == [
        ("bin/one", Harm.UNREADABLE, "permission denied"),
        ("lib/big", Harm.UNREADABLE, "permission denied"),
        ("bin/foo", Harm.UNREADABLE, "permission denied"),
    ]


BROKEN: dict[str, tuple[bytes, str]] = {
    "cut off": (b'{"name": "x", ', "is no JSON"),
    "no text": (b"\xff\xfe\x00", "is no JSON"),
    "too deep": (b"[" * 200_000, "is no JSON"),
    "a number of many digits": (b'{"size": ' + b"9" * 10_000 + b"}", "is no JSON"),
    "a list": (b"[]", "is no record of a package"),
    "nothing": (b"", "is no JSON"),
    "no name": (b'{"version": "1", "build": "0"}', "has no `name`"),
    "a number for a version": (b'{"name": "x", "version": 1, "build": "0"}', "has no `version`"),
    "depends on a number": (b'{"name": "x", "version": "1", "build": "0", "depends": [1]}', "has no list of texts in `depends`"),
    "constrains nothing": (b'{"name": "x", "version": "1", "build": "0", "constrains": "y"}', "has no list of texts in `constrains`"),
    "a path that is none": (b'{"name": "x", "version": "1", "build": "0", "paths_data": {"paths": [{"_path": 7}]}}', "has a path that is none in `paths_data`"),
    "a path that is no entry": (b'{"name": "x", "version": "1", "build": "0", "paths_data": {"paths": [7]}}', "has a path that is none in `paths_data`"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "why"), BROKEN.values(), ids=BROKEN)
def test_a_record_that_can_not_be_read(tmp_path: Path, content: bytes, why: str) -> None:
    install(tmp_path, "fine")
    put(tmp_path / "conda-meta" / "x-1-0.json", content)
    put(tmp_path / "conda-meta" / "._x-1-0.json", b"of a Mac")
    installed = DOOR.read(str(tmp_path))
    assert [each.name for each in installed.packages] == ["fine"]
    assert installed.broken == (("conda-meta/x-1-0.json", why),)
    assert installed.unread == {"x"}


def test_records_that_are_no_files(tmp_path: Path) -> None:
    meta = tmp_path / "conda-meta"
    install(tmp_path, "fine")
    os.mkfifo(meta / "a.json")
    (meta / "b.json").mkdir()
    (meta / "c.json").symlink_to("/etc/passwd")
    with (meta / "d.json").open("wb") as file:
        file.truncate(1 << 30)
    whys = {each.path: each.why for each in DOOR.read(str(tmp_path)).broken}
    assert whys == {
        "conda-meta/a.json": "is no regular file",
        "conda-meta/b.json": "is no regular file",
        "conda-meta/c.json": "can not be read: too many levels of symbolic links",
        "conda-meta/d.json": "is larger than 64 MiB",
    }


def test_old_records_lack_much(tmp_path: Path) -> None:
    put(
        tmp_path / "conda-meta" / "x-1-0.json",
        b'{"name": "X", "version": "1", "build": "0", "depends": null}',
    )
    (package,) = DOOR.read(str(tmp_path)).packages
    assert (package.name, package.depends, package.files, package.sha256) == ("x", (), (), "")


def file_above(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("")


NO_PREFIX: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing": (lambda _: None, "there is no prefix"),
    "a file": (lambda path: path.write_text(""), "is a file, and a prefix is a folder"),
    "empty": (lambda path: path.mkdir(), "is no conda environment: it has no `conda-meta`"),
    "behind a file": (file_above, "can not be read: Not a directory"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "there is no prefix"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "can not be read: Too many levels"),
    "records that are a file": (lambda path: put(path / "conda-meta", b""), "conda-meta` can not be read: Not a directory"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), NO_PREFIX.values(), ids=NO_PREFIX)
def test_what_is_no_prefix(tmp_path: Path, make: Callable[[Path], Any], message: str) -> None:
    path = tmp_path / "parent" / "env"
    path.parent.mkdir()
    make(path)
    with pytest.raises(UnreadableError) as caught:
        DOOR.read(str(path))
    assert message in caught.value.message
    assert caught.value.hints


def test_a_prefix_whose_name_is_none() -> None:
    with pytest.raises(UnreadableError, match="there is no prefix"):
        DOOR.read("/tmp/x\0y")  # noqa: S108


def test_a_root_of_conda_and_its_history(tmp_path: Path) -> None:
    install(tmp_path, "conda")
    (tmp_path / "condabin").mkdir()
    put(tmp_path / "conda-meta" / "history", b"==> now <==\n\xff")
    installed = DOOR.read(str(tmp_path))
    assert installed.is_root
    assert installed.history == "==> now <==\n�"


def of_pip(prefix: Path) -> Installed:
    install(prefix, "python", "3.12.1", files={"lib/python3.12/os.py": b""})
    return DOOR.read(str(prefix))


def test_what_conda_brought_is_not_of_pip(tmp_path: Path) -> None:
    info = f"{SITE}/idna-3.10.dist-info"
    install(
        tmp_path,
        "idna",
        "3.10",
        files={
            f"{info}/METADATA": b"Name: idna\r\nVersion: 3.10\r\nRequires-Dist: a;\r\n extra == 'x'\r\n\r\nName: y"
        },
    )
    distribution(tmp_path, "flask", "3.0")
    installed = of_pip(tmp_path)
    assert [(each.name, each.manager) for each in installed.packages] == [
        ("idna", "conda"),
        ("python", "conda"),
        ("flask", "pip"),
    ]
    found = {
        each.name: (each.version, each.by_conda, each.depends) for each in installed.distributions
    }
    assert found == {"flask": ("3.0", False, ()), "idna": ("3.10", True, ("a; extra == 'x'",))}


@pytest.mark.parametrize("folder", ["lib/python3.12/site-packages", "Lib/site-packages"])
def test_every_system_has_its_folder(tmp_path: Path, folder: str) -> None:
    (tmp_path / "conda-meta").mkdir()
    put(tmp_path / folder / "x-1.dist-info" / "METADATA", b"Name: x\nVersion: 1\n")
    put(tmp_path / folder / "x-1.dist-info" / "RECORD", b"x.py,,\n")
    put(tmp_path / folder / "left-1.dist-info" / "direct_url.json", b"{}")
    (package,) = DOOR.read(str(tmp_path)).packages
    assert package.files[0].path == f"{folder}/x.py"


DISTRIBUTIONS: dict[str, tuple[str, bytes | None, str]] = {
    "no name": ("METADATA", b"Version: 1\n", "has no name or version in `METADATA`"),
    "no version": ("METADATA", b"Name: x\n\nVersion: 1\n", "has no name or version in `METADATA`"),
    "no list of files": ("RECORD", None, "has a `RECORD` that can not be read: no such file or directory"),
    "a field that is too long": ("RECORD", b'"' + b"x" * 200_000 + b'",,\n', "has no list of files in `RECORD`: field larger than field limit (131072)"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "why"), DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_a_distribution_that_can_not_be_read(
    tmp_path: Path, name: str, content: bytes | None, why: str
) -> None:
    info = distribution(tmp_path, "x", "1")
    if content is None:
        (info / name).unlink()
    else:
        (info / name).write_bytes(content)
    assert of_pip(tmp_path).broken == ((f"{SITE}/x-1.dist-info", why),)


ROWS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "as it is": (f"x.py,sha256={digest(b'x')},1", []),
    "altered": (f"x.py,sha256={digest(b'y')},1", [(f"{SITE}/x.py", "ALTERED")]),
    "a hash that is none": ("x.py,sha256=ü*,1", [(f"{SITE}/x.py", "ALTERED")]),
    "another kind of hash": ("x.py,md5=abc,1", []),
    "no hash": ("x.py,,", []),
    "a path alone": ("x.py", []),
    "an empty row": ("", []),
    "a size that is none": (f"x.py,sha256={digest(b'x')},{'9' * 9999}", []),
    "byte-code that is gone": ("__pycache__/x.cpython-312.pyc,sha256=abc,1", []),
    "out of the prefix": ("../../../../x,sha256=abc,1", [("../x", "OUTSIDE")]),
    "a whole path elsewhere": ("/etc/passwd,,", [("/etc/passwd", "OUTSIDE")]),
    "of Windows": (f"..\\..\\..\\bin\\x,sha256={digest(b'x')},1", []),
}  # fmt: skip


@pytest.mark.parametrize(("row", "expected"), ROWS.values(), ids=ROWS)
def test_rows_of_a_list_of_files(tmp_path: Path, row: str, expected: list[tuple[str, str]]) -> None:
    prefix = tmp_path / "env"
    info = distribution(prefix, "x", "1")
    put(prefix / SITE / "x.py", b"x")
    put(prefix / "bin" / "x", b"x")
    (info / "RECORD").write_text(row + "\n", encoding="utf-8")
    of_pip(prefix)
    assert [each[:2] for each in damages(prefix)] == expected


def test_a_whole_path_within_the_prefix_is_one_of_it(tmp_path: Path) -> None:
    info = distribution(tmp_path, "x", "1")
    put(tmp_path / "etc" / "x", b"x")
    install(tmp_path, "one")
    (info / "RECORD").write_text(f"{tmp_path}/etc/x,sha256={digest(b'y')},1\n")
    assert damages(tmp_path) == [("etc/x", "ALTERED", "")]


class Bomb(str):
    """A hash that can not be compared."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise MemoryError(other)

    __hash__ = str.__hash__


def test_an_error_of_a_thread_comes_out(tmp_path: Path) -> None:
    install(tmp_path, "many", files={f"share/{number}": b"x" for number in range(200)})
    installed = DOOR.read(str(tmp_path))
    (package,) = installed.packages
    bombs = tuple(each._replace(sha256=Bomb("x")) for each in package.files)
    before = threading.active_count()
    with pytest.raises(MemoryError):
        DOOR.check_files(replace(installed, packages=(package._replace(files=bombs),)))
    assert threading.active_count() == before
