"""Wheels are installed as they are locked, or not at all."""

import csv
import os
import shlex
import stat
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from envtool.adapters.archives import ArchiveStore
from envtool.domain.locks import LockedPackage
from envtool.errors import EnvtoolError, ExitCode
from envtool.ports_installing import Stage
from tests.channel.faults import Altered, Reset, Status, Truncated
from tests.channel.server import ChannelServer
from tests.wheel_making import Made, bare_stage, make, wheels

SITE = "lib/python3.12/site-packages"


def ignored(_: str) -> None:
    """Nobody listens."""


def tree(stage: Stage) -> dict[str, str]:
    """The files of a stage, by path."""
    root = Path(stage.path)
    return {
        each.relative_to(root).as_posix(): each.read_bytes().decode("latin-1")
        for each in root.rglob("*")
        if each.is_file()
    }


def refused(folder: Path, made: Made, **more: Any) -> EnvtoolError:
    """Why a wheel is not installed; that nothing of it is there."""
    stage = bare_stage(folder, platform=more.pop("platform", "linux-64"))
    before = tree(stage)
    with pytest.raises(EnvtoolError) as caught:
        wheels(folder / "cache").install(stage, [made.locked(folder / "files", **more)], ignored)
    assert tree(stage) == before
    return caught.value


def installed(
    folder: Path, *made: Made, stage: Stage | None = None
) -> tuple[Stage, dict[str, str]]:
    stage = stage or bare_stage(folder)
    packages = [each.locked(folder / "files") for each in made]
    facts = wheels(folder / "cache").install(stage, packages, ignored)
    found = tree(stage)
    assert set(facts.files) <= set(found)
    return stage, found


def test_a_wheel_is_installed_with_a_record_of_it(tmp_path: Path) -> None:
    made = make(
        files={
            "demo_pkg/__init__.py": "x = 1\n",
            "demo_pkg-1.0.data/scripts/tool": "#!python\nprint(1)\n",
            "demo_pkg-1.0.data/headers/demo.h": "//\n",
            "demo_pkg-1.0.data/data/share/demo.txt": "data\n",
            "demo_pkg-1.0.data/purelib/other.py": "",
        },
        info={"entry_points.txt": "[console_scripts]\ndemo = demo_pkg:main\n"},
    )
    stage, found = installed(tmp_path, made)
    info = f"{SITE}/demo_pkg-1.0.dist-info"
    assert found[f"{info}/INSTALLER"] == "envtool\n"
    assert found["bin/tool"] == "#!/opt/env/bin/python\nprint(1)\n"
    assert found["bin/demo"].startswith("#!/opt/env/bin/python\n")
    assert os.access(f"{stage.path}/bin/tool", os.X_OK)
    assert os.access(f"{stage.path}/bin/demo", os.X_OK)
    assert found["include/python3.12/demo-pkg/demo.h"] == "//\n"
    assert found["share/demo.txt"] == "data\n"
    assert os.stat(f"{stage.path}/{SITE}/other.py").st_mtime == 1770091506
    rows = {row[0]: row[1] for row in csv.reader(found[f"{info}/RECORD"].splitlines())}
    assert set(rows) == {
        "../../../bin/demo",
        "../../../bin/tool",
        "../../../include/python3.12/demo-pkg/demo.h",
        "../../../share/demo.txt",
        "demo_pkg/__init__.py",
        "other.py",
        *(f"demo_pkg-1.0.dist-info/{each}" for each in ("INSTALLER", "METADATA", "RECORD")),
        *(f"demo_pkg-1.0.dist-info/{each}" for each in ("WHEEL", "entry_points.txt")),
    }
    assert not any("direct_url" in path for path in found)


def test_the_facts_have_every_file_with_its_hash(tmp_path: Path) -> None:
    import hashlib

    stage = bare_stage(tmp_path)
    before = set(tree(stage))
    said: list[str] = []
    made = make(info={"entry_points.txt": "[gui_scripts]\ndemo = demo_pkg:main\n"})
    package = made.locked(tmp_path / "files")
    facts = wheels(tmp_path / "cache").install(stage, [package, package], said.append)
    after = tree(stage)
    assert dict(facts.files) == {
        path: hashlib.sha256(after[path].encode("latin-1")).hexdigest()
        for path in set(after) - before
    }
    assert (facts.downloaded, facts.hits, facts.replaced) == (len(made.content), 0, ())
    assert said == [f"Fetched `{made.file}`", "Installed `demo-pkg 1.0`"]
    again = wheels(tmp_path / "cache").fetch([package], said.append)
    assert again == (0, 1)


def test_windows_has_its_own_places(tmp_path: Path) -> None:
    stage = bare_stage(tmp_path, "C:\\envs\\my env", "win-64")
    made = make(
        files={
            "demo_pkg/__init__.py": "",
            "demo_pkg-1.0.data/scripts/tool.py": "#!pythonw\nprint(1)\n",
            "demo_pkg-1.0.data/scripts/tool.bat": "@echo\r\n",
        },
        info={"entry_points.txt": "[console_scripts]\ndemo = demo_pkg:main\n"},
    )
    _, found = installed(tmp_path, made, stage=stage)
    assert "Lib/site-packages/demo_pkg/__init__.py" in found
    assert found["Scripts/tool.py"] == "#!C:\\envs\\my env\\pythonw.exe\r\nprint(1)\n"
    assert "#!C:\\envs\\my env\\python.exe\n" in found["Scripts/demo.exe"]
    record = found["Lib/site-packages/demo_pkg-1.0.dist-info/RECORD"]
    assert "../../Scripts/demo.exe,sha256=" in record


@pytest.mark.parametrize("final", ["/opt/with blank/env", "/opt/it's a/env", f"/opt/{'x' * 130}"])
def test_a_path_that_no_kernel_reads_goes_through_a_shell(tmp_path: Path, final: str) -> None:
    made = make(
        files={"demo_pkg-1.0.data/scripts/tool": "#!python\nprint(1)\n"},
        info={"entry_points.txt": "[console_scripts]\ndemo = demo_pkg:main\n"},
    )
    _, found = installed(tmp_path, made, stage=bare_stage(tmp_path, final))
    assert found["bin/tool"].startswith("#!/bin/sh\n'''exec' '/opt/")
    command = f"{final}/bin/python"
    for name in ("bin/tool", "bin/demo"):
        line = found[name].splitlines()[1].removeprefix("'''exec' ")
        assert shlex.split(line) == [command, "$0", "$@"]


def test_what_installers_write_is_not_taken_from_a_wheel(tmp_path: Path) -> None:
    made = make(
        files={"demo_pkg/__pycache__/x.cpython-312.pyc": b"evil", "demo_pkg/__init__.py": ""},
        info={"INSTALLER": "other", "REQUESTED": "", "direct_url.json": "{}"},
    )
    _, found = installed(tmp_path, made)
    assert found[f"{SITE}/demo_pkg-1.0.dist-info/INSTALLER"] == "envtool\n"
    assert not [each for each in found if "pyc" in each or "REQUESTED" in each or "direct" in each]


def test_other_spellings_of_the_data_folder(tmp_path: Path) -> None:
    made = make(
        "Demo.Pkg",
        files={"demo_pkg-1.0.data/data/share/x": "x", "evil-9.data/data/share/y": "y"},
        file="Demo.Pkg-1.0-py3-none-any.whl",
    )
    package = made.locked(tmp_path / "files", name="demo-pkg")
    stage = bare_stage(tmp_path)
    wheels(tmp_path / "cache").install(stage, [package], ignored)
    found = tree(stage)
    assert "share/x" in found
    assert f"{SITE}/evil-9.data/data/share/y" in found


def test_two_wheels_with_one_file_the_later_has_it(tmp_path: Path) -> None:
    stage = bare_stage(tmp_path)
    made = [
        make(name, files={"tests/__init__.py": f"# {name}\n", f"{name}.py": ""})
        for name in ("bbb", "aaa")
    ]
    packages = [each.locked(tmp_path / "files") for each in made]
    facts = wheels(tmp_path / "cache").install(stage, packages, ignored)
    assert facts.replaced == (f"{SITE}/tests/__init__.py of aaa",)
    assert tree(stage)[f"{SITE}/tests/__init__.py"] == "# bbb\n"


def test_a_date_that_is_none(tmp_path: Path) -> None:
    stage, _ = installed(tmp_path, make(date=(1980, 0, 0, 0, 0, 0)))
    assert os.stat(f"{stage.path}/{SITE}/demo_pkg/__init__.py").st_mtime == 315_532_800


def bomb() -> Made:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(1 << 20))
        archive.filelist[0].file_size = 1 << 30
    return Made("demo_pkg-1.0-py3-none-any.whl", buffer.getvalue())


def cut() -> Made:
    made = make()
    return Made(made.file, made.content[: len(made.content) // 2])


def broken_stream() -> Made:
    made = make(files={"demo_pkg/a.py": "abc\n" * 100})
    content = bytearray(made.content)
    start = content.index(b"demo_pkg/a.py") + len("demo_pkg/a.py")
    content[start : start + 4] = b"\xff\xff\xff\xff"
    return Made(made.file, bytes(content))


ENTRY = "entry_points.txt"
INFO = "demo_pkg-1.0.dist-info"
HOSTILE: dict[str, tuple[Callable[[], Made], str]] = {
    "up": (lambda: make(files={"../x.py": ""}), "`../x.py` would be written outside of its folder"),
    "inside up": (lambda: make(files={"a/../../x": ""}), "outside of its folder"),
    "absolute": (lambda: make(files={"/tmp/x": ""}), "outside of its folder"),  # noqa: S108
    "backslash": (lambda: make(files={"a\\..\\x": ""}), "outside of its folder"),
    "drive": (lambda: make(files={"C:x": ""}), "outside of its folder"),
    "data up": (
        lambda: make(files={"demo_pkg-1.0.data/scripts/../../x": ""}),
        "outside of its folder",
    ),
    "odd data": (lambda: make(files={"demo_pkg-1.0.data/evil/x": ""}), "not contained in a valid"),
    "record of conda": (
        lambda: make(files={"demo_pkg-1.0.data/data/conda-meta/x.json": ""}),
        "as if it were a conda package",
    ),
    "link": (
        lambda: make(files={"a": "/etc/passwd"}, modes={"a": stat.S_IFLNK | 0o777}),
        "`a` is a link",
    ),
    "device": (lambda: make(files={"a": ""}, modes={"a": stat.S_IFCHR}), "is no regular file"),
    "wrong hash": (
        lambda: make(files={"a.py": "a"}, rows={"a.py": ("sha256=AAAA", "1")}),
        "a.py didn't match RECORD",
    ),
    "wrong size": (
        lambda: make(files={"a.py": "a"}, rows={"a.py": ("", "2")}),
        "of a.py is not included in RECORD",
    ),
    "odd record": (
        lambda: make(files={"a.py": "a"}, rows={"a.py": ("nonsense", "1")}),
        "entry in RECORD file for a.py is invalid",
    ),
    "unlisted": (lambda: make(files={"a.py": "a"}, unlisted=("a.py",)), "a.py is not mentioned"),
    "other name": (
        lambda: make(metadata="Name: evil\nVersion: 1.0\n"),
        "its metadata are those of `evil 1.0`",
    ),
    "other version": (
        lambda: make(metadata="Name: demo-pkg\nVersion: 1.1\n"),
        "its metadata are those of `demo-pkg 1.1`",
    ),
    "no version": (
        lambda: make(metadata="Name: demo-pkg\nVersion: new\n"),
        "its metadata are those of `demo-pkg new`",
    ),
    "two of it": (lambda: make(files={"evil-1.0.dist-info/METADATA": ""}), "exactly one .dist-info"),
    "other format": (lambda: make(info={"WHEEL": "Wheel-Version: 2.0\n"}), "Wheel-Version 2.0"),
    "program up": (
        lambda: make(info={ENTRY: "[console_scripts]\n../../x = a:b\n"}),
        "`../../x` is no name of a program",
    ),
    "program above": (
        lambda: make(info={ENTRY: "[console_scripts]\n.. = a:b\n"}),
        "`..` is no name of a program",
    ),
    "program that is none": (
        lambda: make(info={ENTRY: "[console_scripts]\nx = a b c\n"}),
        "it is no whole wheel",
    ),
    "no INI": (lambda: make(info={ENTRY: "x = 1\n"}), "it is no whole wheel"),
    "twice": (
        lambda: make(files={"a.py": "", "demo_pkg-1.0.data/platlib/a.py": ""}),
        f"it has `{SITE}/a.py` twice",
    ),
    "file and folder": (
        lambda: make(files={"a": "", "demo_pkg-1.0.data/platlib/a/b": ""}),
        f"`{SITE}/a` is a folder of a wheel",
    ),
    "over a conda package": (
        lambda: make(files={"taken/__init__.py": ""}),
        f"it would overwrite `{SITE}/taken/__init__.py` of the conda package `taken 2.0`",
    ),
    "over a file as folder": (
        lambda: make(files={"taken/__init__.py/x": ""}),
        f"`{SITE}/taken/__init__.py` is a file of the conda package `taken 2.0`",
    ),
    "over a folder": (
        lambda: make(files={"taken": ""}),
        f"it would overwrite `{SITE}/taken` of nobody",
    ),
    "bomb": (bomb, "it would unpack to more than"),
    "cut": (cut, "it is no whole wheel"),
    "broken stream": (broken_stream, "it is no whole wheel"),
    "no zip": (lambda: Made("demo_pkg-1.0-py3-none-any.whl", b"no"), "it is no whole wheel"),
}  # fmt: skip


@pytest.mark.parametrize(("made", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_wheel_is_refused(tmp_path: Path, made: Callable[[], Made], reason: str) -> None:
    error = refused(tmp_path, made())
    assert error.exit_code is ExitCode.INTEGRITY
    assert error.message.startswith("the wheel of `demo-pkg 1.0` is refused: ")
    assert reason in error.message
    assert error.hints


def test_the_same_name_twice_in_a_zip(tmp_path: Path) -> None:
    made = make()
    buffer = BytesIO(made.content)
    with (
        zipfile.ZipFile(buffer, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        archive.writestr("demo_pkg/__init__.py", "evil")
    error = refused(tmp_path, Made(made.file, buffer.getvalue()))
    assert "`demo_pkg/__init__.py` stands in it twice" in error.message


def test_on_windows_a_colon_is_a_second_stream(tmp_path: Path) -> None:
    error = refused(tmp_path, make(files={"taken/__init__.py:x": ""}), platform="win-64")
    assert "outside of its folder" in error.message


def test_a_link_in_the_stage_leads_nowhere_else(tmp_path: Path) -> None:
    stage = bare_stage(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    Path(stage.path, SITE, "way").symlink_to(outside)
    package = make(files={"way/x.py": ""}).locked(tmp_path / "files")
    with pytest.raises(EnvtoolError, match=f"`{SITE}/way` is a link out of the prefix, of nobody"):
        wheels(tmp_path / "cache").install(stage, [package], ignored)
    assert not list(outside.iterdir())


def test_a_file_of_one_wheel_is_no_folder_of_another(tmp_path: Path) -> None:
    made = [make("aaa", files={"same": ""}), make("bbb", files={"same/x.py": ""})]
    packages = [each.locked(tmp_path / "files") for each in made]
    stage = bare_stage(tmp_path)
    before = tree(stage)
    with pytest.raises(EnvtoolError, match=r"`lib/.*/same` is a file of `aaa`"):
        wheels(tmp_path / "cache").install(stage, packages, ignored)
    assert tree(stage) == before


LOCKS: dict[str, tuple[dict[str, str], ExitCode, str]] = {
    "no hash": ({"sha256": ""}, ExitCode.INTEGRITY, "the lock has no sha256"),
    "no sha256": ({"sha256": "../../x"}, ExitCode.INTEGRITY, "the lock has `../../x` as sha256"),
    "another": ({"sha256": "0" * 64}, ExitCode.INTEGRITY, "is not what the lock promises"),
    "name": ({"name": "other"}, ExitCode.INTEGRITY, "its file is `demo_pkg-1.0-py3-none-any.whl`"),
    "version": ({"version": "2"}, ExitCode.INTEGRITY, "the wheel of `demo-pkg 2` is refused"),
    "sdist": ({"url": "https://x.org/demo_pkg-1.0.tar.gz"}, ExitCode.UNREADABLE, "nothing is built"),
    "no wheel": ({"url": "https://x.org/x.whl"}, ExitCode.INTEGRITY, "is no name of a wheel"),
    "nowhere": ({"url": ""}, ExitCode.UNREADABLE, "nobody knows where `"),
    "git": ({"url": "git+https://x.org/a.git"}, ExitCode.UNREADABLE, "is no address of a file"),
    "path": ({"url": "./x.whl"}, ExitCode.UNREADABLE, "is no address of a file"),
    "gone": (
        {"url": "file:///nowhere/demo_pkg-1.0-py3-none-any.whl"},
        ExitCode.UNAVAILABLE,
        "there is no such file",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("more", "code", "reason"), LOCKS.values(), ids=LOCKS)
def test_a_lock_that_can_not_be_followed(
    tmp_path: Path, more: dict[str, str], code: ExitCode, reason: str
) -> None:
    error = refused(tmp_path, make(), **more)
    assert (error.exit_code, bool(error.hints)) == (code, True)
    assert reason in error.message
    assert not [each for each in (tmp_path / "cache").rglob("*") if each.is_file()]


def test_a_wheel_for_another_python_is_not_fetched(tmp_path: Path) -> None:
    error = refused(tmp_path, make(file="demo_pkg-1.0-cp311-cp311-win_amd64.whl"))
    assert error.message == (
        "`demo_pkg-1.0-cp311-cp311-win_amd64.whl` is not for Python 3.12.4 on linux-64"
    )
    assert error.exit_code is ExitCode.UNREADABLE


def served(folder: Path, *made: Made) -> ChannelServer:
    folder.mkdir()
    for each in made:
        (folder / each.file).write_bytes(each.content)
    return ChannelServer(str(folder))


@pytest.mark.parametrize(
    "fault", [Status(code=503, retry_after=0), Status(code=429), Truncated(keep=10), Reset(after=5)]
)
def test_what_passes_is_tried_again(tmp_path: Path, fault: Any) -> None:
    made = make()
    with served(tmp_path / "web", made) as server:
        server.fail("*.whl", fault, times=1)
        package = made.locked(server.url)
        facts = wheels(tmp_path / "cache").install(bare_stage(tmp_path), [package], ignored)
        assert (facts.downloaded, len(server.log)) == (len(made.content), 2)


FAULTS: dict[str, tuple[Any, ExitCode, str, int]] = {
    "altered": (Altered(at=50), ExitCode.INTEGRITY, "is not what the lock promises", 1),
    "gone": (Status(code=404), ExitCode.UNAVAILABLE, "can not be fetched: status 404", 1),
    "closed": (Status(code=403), ExitCode.UNAVAILABLE, "does not admit you: status 403", 1),
    "down": (Status(code=500), ExitCode.UNAVAILABLE, "can not be fetched: status 500", 2),
    "cut": (
        Truncated(keep=9),
        ExitCode.UNAVAILABLE,
        "can not be fetched: the connection failed",
        2,
    ),
}


@pytest.mark.parametrize(("fault", "code", "reason", "asked"), FAULTS.values(), ids=FAULTS)
def test_one_that_does_not_arrive_leaves_the_stage_as_it_was(
    tmp_path: Path, fault: Any, code: ExitCode, reason: str, asked: int
) -> None:
    made = [make(), make("other_pkg")]
    stage = bare_stage(tmp_path)
    before = tree(stage)
    with served(tmp_path / "web", *made) as server:
        server.fail("demo*.whl", fault)
        packages = [each.locked(server.url) for each in made]
        with pytest.raises(EnvtoolError) as caught:
            wheels(tmp_path / "cache").install(stage, packages, ignored)
        assert len(server.requests("demo*")) == asked
    assert caught.value.exit_code is code
    assert reason in caught.value.message
    assert caught.value.hints
    assert tree(stage) == before
    assert not list((tmp_path / "cache").rglob(".new-*"))


def damaged(store: ArchiveStore, package: LockedPackage) -> None:
    path = Path(store.path(package.sha256))
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def test_a_damaged_cache_is_mended(tmp_path: Path) -> None:
    made = make()
    store = ArchiveStore(str(tmp_path / "cache"))
    with served(tmp_path / "web", made) as server:
        package = made.locked(server.url)
        tool = wheels(tmp_path / "cache")
        assert tool.fetch([package], ignored) == (len(made.content), 0)
        assert tool.fetch([package], ignored) == (0, 1)
        damaged(store, package)
        assert tool.fetch([package], ignored) == (len(made.content), 0)
        assert len(server.log) == 2
    assert Path(store.path(made.sha256)).read_bytes() == made.content


def test_without_the_network_only_the_cache_counts(tmp_path: Path) -> None:
    made, local = make(), make("local_pkg")
    offline = wheels(tmp_path / "cache", offline=True)
    with served(tmp_path / "web", made) as server:
        package = made.locked(server.url)
        with pytest.raises(EnvtoolError, match="was not fetched before") as caught:
            offline.fetch([package], ignored)
        assert (caught.value.exit_code, server.log) == (ExitCode.UNAVAILABLE, ())
        wheels(tmp_path / "cache").fetch([package], ignored)
    both = [package, local.locked(tmp_path / "files")]
    assert offline.fetch(both, ignored) == (len(local.content), 1)
    damaged(ArchiveStore(str(tmp_path / "cache")), package)
    with pytest.raises(EnvtoolError, match="was not fetched before"):
        offline.fetch([package], ignored)


def test_one_that_is_changed_between_fetching_and_installing(tmp_path: Path) -> None:
    made, stage = make(), bare_stage(tmp_path)
    package = made.locked(tmp_path / "files")
    before = tree(stage)

    def change(_: str) -> None:
        damaged(ArchiveStore(str(tmp_path / "cache")), package)

    with pytest.raises(EnvtoolError, match="was changed in the cache meanwhile") as caught:
        wheels(tmp_path / "cache").install(stage, [package], change)
    assert caught.value.exit_code is ExitCode.INTEGRITY
    assert tree(stage) == before


def test_a_stage_that_can_not_be_written_to(tmp_path: Path) -> None:
    stage = bare_stage(tmp_path)
    package = make().locked(tmp_path / "files")

    def spoil(line: str) -> None:
        if line.startswith("Installed"):
            Path(stage.path, SITE, "zzz").write_text("")

    second = make("zzz", files={"zzz/x.py": ""}).locked(tmp_path / "files")
    with pytest.raises(EnvtoolError, match="can not be written") as caught:
        wheels(tmp_path / "cache").install(stage, [package, second], spoil)
    assert caught.value.exit_code is ExitCode.UNREADABLE


@pytest.mark.parametrize(
    ("folders", "recorded", "expected"),
    [
        ((), None, "lib/python3.13"),
        (("lib/python3.13t",), None, "lib/python3.13t"),
        (("lib/python3.13t", "lib/python3.13"), None, "lib/python3.13"),
        ((), "lib/python3.13t/site-packages", "lib/python3.13t"),
        ((), "../../etc", "lib/python3.13"),
        ((), 7, "lib/python3.13"),
    ],
)
def test_where_site_packages_are(
    tmp_path: Path, folders: tuple[str, ...], recorded: Any, expected: str
) -> None:
    import json

    stage = tmp_path / "stage"
    stage.mkdir()
    for each in folders:
        (stage / each).mkdir(parents=True)
    if recorded is not None:
        (stage / "conda-meta").mkdir()
        record = stage / "conda-meta" / "python-3.13.1-h_cp313.json"
        record.write_text(json.dumps({"python_site_packages_path": recorded}))
    made = make(files={"x.py": "", "demo_pkg-1.0.data/headers/x.h": ""})
    there = Stage(str(stage), "/opt/env", "3.13.1", "osx-arm64")
    _, found = installed(tmp_path, made, stage=there)
    assert f"{expected}/site-packages/x.py" in found
    assert f"{expected.replace('lib/', 'include/')}/demo-pkg/x.h" in found
