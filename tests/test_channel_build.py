"""The channel that tests install from: the same bytes every time, and what rattler reads in it."""

import asyncio
import hashlib
import json
import os
import shutil
import struct
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from rattler.index import index_fs
from rattler.package_streaming import PackageArchive, extract

from envtool.adapters.channel_builder.channels import (
    DEFAULT_EPOCH,
    Channel,
    source_date_epoch,
    write_channel,
)
from envtool.adapters.channel_builder.elf import (
    NotPatchableError,
    is_elf,
    printing_program,
    run_path,
    with_run_path,
    without_sections,
)
from envtool.adapters.channel_builder.interpreter import (
    Interpreter,
    NotRepackagedError,
    python_package,
    running,
    stand_in,
)
from envtool.adapters.channel_builder.packages import PLACEHOLDER, File, Flaw, Format, Json, Package
from tests.channel.demo import DISTRIBUTIONS, Demo, build, pythons
from tests.channel.solve_samples import solving
from tests.solving import installed, ran, solved

READABLE = {None, Flaw.WRONG_HASH, Flaw.REMOVED}


def tree(folder: str) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


def test_the_same_packages_make_the_same_bytes(tmp_path: Path, demo: Demo) -> None:
    again = build(str(tmp_path / "again"), DEFAULT_EPOCH)
    assert tree(again.channel.folder) == tree(demo.channel.folder)
    assert os.listdir(tmp_path) == ["again"]
    assert [each.record for each in again.channel.packages] == [
        each.record for each in demo.channel.packages
    ]


def test_the_time_comes_from_source_date_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert source_date_epoch() == DEFAULT_EPOCH
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    package = Package(name="a", version="1", files=(File(path="b"),), format=Format.BZIP2)
    (made,) = write_channel(str(tmp_path), [package], source_date_epoch()).packages
    with tarfile.open(made.path) as archive:
        assert {member.mtime for member in archive} == {1_600_000_000}
        assert {(member.uid, member.gid, member.uname) for member in archive} == {(0, 0, "")}


def test_all_that_is_asked_for_is_there(demo: Demo) -> None:
    assert demo.left_out == ()
    names = {each.package.name for each in demo.channel.packages}
    assert {*DISTRIBUTIONS, "python", "markdown-it-py", "pluggy"} <= names
    assert demo.channel.subdirs == ("linux-64", "noarch", "osx-arm64", "win-64")
    assert {each.package.format for each in demo.channel.packages} == set(Format)
    assert {each.package.flaw for each in demo.channel.packages} == {None, *Flaw}


def test_repodata_tells_the_truth_but_for_the_flaw(channel: Channel) -> None:
    lies = set()
    for each in channel.packages:
        content = Path(each.path).read_bytes()
        hashes = {
            "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
        }
        if not each.record.items() >= hashes.items():
            lies.add(each.package.flaw)
    assert lies == {Flaw.WRONG_HASH}


def written(channel: Channel, subdir: str) -> Json:
    loaded: Json = json.loads(Path(channel.folder, subdir, "repodata.json").read_bytes())
    return loaded


def test_a_removed_build_is_named_but_not_listed(channel: Channel) -> None:
    repodata = written(channel, "linux-64")
    assert repodata["removed"] == ["flaky-1.0-h0_1.conda"]
    assert "flaky-1.0-h0_0.conda" in repodata["packages.conda"]
    assert "flaky-1.0-h0_1.conda" not in repodata["packages.conda"]
    assert os.path.isfile(channel.find("flaky", "1.0", build="h0_1").path)


def test_rattler_indexes_the_archives_to_the_same_records(tmp_path: Path, channel: Channel) -> None:
    """What it can not know stays out: what is truncated, removed or described wrongly."""
    copy = tmp_path / "copy"
    shutil.copytree(channel.folder, copy, ignore=shutil.ignore_patterns("repodata*"))
    for each in channel.packages:
        if each.package.flaw is not None:
            (copy / each.package.subdir / each.package.file_name).unlink()
    asyncio.run(index_fs(copy, write_zst=False, write_shards=False))
    for subdir in channel.subdirs:
        theirs = json.loads((copy / subdir / "repodata.json").read_bytes())
        flawed = {each.package.file_name for each in channel.packages if each.package.flaw}
        for key in ("packages", "packages.conda"):
            ours = written(channel, subdir)[key]
            assert comparable(theirs[key]) == comparable(ours, flawed)


def comparable(records: Json, without: set[str] | frozenset[str] = frozenset()) -> Json:
    """Records without fields that are empty, and without rattler's own time of indexing."""
    return {
        name: {
            key: value
            for key, value in record.items()
            if value not in ([], None) and key != "indexed_timestamp"
        }
        for name, record in records.items()
        if name not in without
    }


def test_rattler_reads_every_sound_archive(channel: Channel) -> None:
    async def check() -> int:
        count = 0
        for each in channel.packages:
            if each.package.flaw not in READABLE:
                continue
            archive = await PackageArchive.from_path(each.path)
            index, paths = await archive.index_json(), await archive.paths_json()
            assert index.name.normalized == each.package.name
            assert str(index.version) == each.package.version
            assert [str(path.relative_path) for path in paths.paths] == sorted(
                file.path for file in each.package.files
            )
            count += 1
        return count

    assert asyncio.run(check()) == len(channel.packages) - 1


def test_links_and_odd_names_survive_an_archive(tmp_path: Path, channel: Channel) -> None:
    extract(Path(channel.find("links", "2.0").path), tmp_path)
    share = tmp_path / "share" / "links"
    assert sorted(os.listdir(share)) == [
        "empty",
        "hard.txt",
        "naïve-日本.txt",
        "real.txt",
        "soft.txt",
        "with two spaces.txt",
    ]
    assert os.path.samefile(share / "hard.txt", share / "real.txt")
    assert os.readlink(share / "soft.txt") == "real.txt"
    assert (tmp_path / "lib" / "links" / "real.txt").read_text() == "links 2.0\n"


def test_the_placeholder_is_as_long_as_that_of_conda_build() -> None:
    assert len(PLACEHOLDER) == 255


def test_two_packages_of_one_name_are_refused(tmp_path: Path) -> None:
    package = Package(name="a", version="1")
    with pytest.raises(ValueError, match="same file name"):
        write_channel(str(tmp_path), [package, replace(package, license="MIT")], 0)


@pytest.mark.parametrize("name", ["nothing", "library"])
def test_only_one_package_can_be_found(channel: Channel, name: str) -> None:
    with pytest.raises(LookupError, match=f"packages `{name}`"):
        channel.find(name)


def test_samples_differ_in_what_judges_look_at() -> None:
    packages = tuple(solving())
    assert {each.license for each in packages} >= {None, "LicenseRef-Proprietary", "MIT"}
    assert None in {each.timestamp for each in packages}
    assert any(each.constrains for each in packages)


HERE = running()
NOT_MOVABLE = {
    "another kind": (replace(HERE, kind="cpython-darwin-arm64-"), "not CPython for linux-64"),
    "the system's": (replace(HERE, prefix="/usr"), "a part of the system"),
    "other library": (replace(HERE, stdlib="/opt/lib"), "its standard library is in /opt/lib"),
    "other program": (replace(HERE, executable="/opt/python"), "its program is /opt/python"),
}


@pytest.mark.parametrize(("interpreter", "reason"), NOT_MOVABLE.values(), ids=NOT_MOVABLE)
def test_an_interpreter_that_can_not_be_moved_gets_a_stand_in(
    tmp_path: Path, interpreter: Interpreter, reason: str
) -> None:
    packages, said = pythons(interpreter, 1)
    assert said is not None
    assert reason in said
    made = write_channel(str(tmp_path / "channel"), packages, 1)
    records = solved(made.url, tmp_path, f"python=={interpreter.version}")
    result = ran(installed(records, tmp_path / "env"), "python", "-c", "1")
    assert (result.returncode, result.stdout) == (126, "")
    assert result.stderr == f"python {interpreter.version} is a stand-in: {said}\n"


def elf(path: str) -> bytes:
    """A dynamic ELF file of nothing but a run path, and a section behind it."""
    strings = b"\0" + path.encode() + b"\0"
    start = 64 + 2 * 56
    table = struct.pack("<qQqQqQ", 5, start + 48, 29, 1, 0, 0)
    size = start + len(table) + len(strings)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        *(b"\x7fELF\x02\x01\x01" + bytes(9), 3, 62, 1, 0, 64, size, 0, 64, 56, 2, 64, 1, 1),
    )
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, size, size, 4096)
    dynamic = struct.pack("<IIQQQQQQ", 2, 6, start, start, start, len(table), len(table), 8)
    return header + load + dynamic + table + strings + b"debug information"


def imitation(folder: Path, program: bytes, site: str = "") -> Interpreter:
    """A folder that looks like an interpreter."""
    name = f"python{HERE.minor}"
    (folder / "bin").mkdir()
    (folder / "lib" / name).mkdir(parents=True)
    (folder / "lib" / name / "site.py").write_text(site)
    (folder / "lib" / name / "Makefile").write_text(f"prefix={folder}\n")
    (folder / "bin" / name).write_bytes(program)
    library, executable = folder / "lib" / name, folder / "bin" / name
    return replace(HERE, prefix=str(folder), stdlib=str(library), executable=str(executable))


def test_a_run_path_becomes_relative_and_what_is_not_loaded_goes(tmp_path: Path) -> None:
    package = python_package(imitation(tmp_path, elf(f"{tmp_path}/lib:/opt/lib")), 1)
    contents = {file.path: file.content for file in package.files if isinstance(file, File)}
    program = contents.pop(f"bin/python{HERE.minor}")
    assert run_path(program) == "$ORIGIN/../lib:/opt/lib"
    assert b"debug" not in program
    assert contents[f"lib/python{HERE.minor}/Makefile"] == f"prefix={PLACEHOLDER}\n".encode()


def test_what_has_no_run_path_stays_as_it_is(tmp_path: Path) -> None:
    program = printing_program("no library")
    package = python_package(imitation(tmp_path, program), 1)
    assert program in {file.content for file in package.files if isinstance(file, File)}
    assert is_elf(program)
    assert without_sections(program) == program
    with pytest.raises(NotPatchableError, match="no run path"):
        with_run_path(program, "x")


def test_a_run_path_is_never_made_longer() -> None:
    with pytest.raises(NotPatchableError, match="`/opt` is shorter than `/longer`"):
        with_run_path(elf("/opt"), "/longer")


def test_debians_python_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(NotRepackagedError, match="dist-packages"):
        python_package(imitation(tmp_path, elf("/opt"), site="dist-packages"), 1)


def test_a_stand_in_for_windows_is_a_batch_file() -> None:
    (file,) = stand_in("3.10.1", "win-64", "so it is", 1).files
    assert isinstance(file, File)
    assert file.content.endswith(b"so it is 1>&2\r\n@exit /b 126\r\n")
