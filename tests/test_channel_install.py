"""rattler solves and installs from the channel, and what it installed runs."""

import os
import subprocess
from pathlib import Path

import pytest
from rattler import RepoDataRecord
from rattler.exceptions import InstallerError, SolverError

from envtool.adapters.channel_builder.channels import Channel
from tests.channel.server import ChannelServer
from tests.solving import files, installed, ran, solved


def test_an_environment_with_python_is_installed_and_runs(
    tmp_path: Path, python_channel: Channel
) -> None:
    records = solved(python_channel.url, tmp_path, "script-python", "rich", "hello-python<2")
    assert "hello-python-1.1.0-pyhd8ed1ab_0.conda" in files(records)
    prefix = installed(records, tmp_path / "env")
    code = "import hello_python, rich, ssl, sys; print(sys.prefix, open('/proc/self/maps').read())"
    place, *maps = ran(prefix, "python", "-c", code).stdout.split()
    assert place == str(prefix)
    # Nothing of the interpreter that it was made from.
    used = {word for word in maps if "python" in word}
    assert used
    assert {path for path in used if not path.startswith(f"{prefix}/")} == set()
    minor = python_channel.find("python", build="h0_0_cpython").package.version.rpartition(".")[0]
    said = f"hello-python 1.1.0 {prefix}/lib/python{minor}/site-packages/hello_python/__init__.py\n"
    assert ran(prefix, "hello-python").stdout == said
    assert ran(prefix, "script-python").stdout == said
    assert ran(prefix, "pygmentize", "-V").stdout.startswith("Pygments version")


def test_packages_do_what_they_show(tmp_path: Path, channel: Channel) -> None:
    wanted = ("binary-prefix", "text-prefix", "links", "activates", "post-link", "r-hello", "tool")
    records = solved(channel.url, tmp_path, *wanted)
    prefix = installed(records, tmp_path / "env", scripts=True)
    assert ran(prefix, "binary-prefix").stdout == f"{prefix}/share/binary-prefix\n"
    assert ran(prefix, "tool", "x").stdout == "tool 1.1 x\n"
    config = (prefix / "etc" / "text-prefix.conf").read_text()
    assert config == f"version = 2.0\nroot = {prefix}/etc\n"
    assert (prefix / "share/links/naïve-日本.txt").read_text() == "unicode\n"
    assert os.path.samefile(prefix / "share/links/hard.txt", prefix / "share/links/real.txt")
    assert (prefix / "lib/links/soft.txt").read_text() == "links 2.0\n"
    # rattler gives `PREFIX` to link scripts, as conda does.
    assert (prefix / "post-link.txt").read_text() == f"post-link 1.1 ran in {prefix}\n"
    activate = f'. "{prefix}/etc/conda/activate.d/activates.sh"; echo "$ACTIVATES_HOME"'
    shell = subprocess.run(
        ["/bin/sh", "-c", activate],
        env={"CONDA_PREFIX": str(prefix)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shell.stdout == f"{prefix}/share/activates\n"


def test_an_old_archive_is_installed(tmp_path: Path, channel: Channel) -> None:
    records = solved(channel.url, tmp_path, "text-prefix==1.0")
    assert files(records) == ["text-prefix-1.0-h0_0.tar.bz2"]
    prefix = installed(records, tmp_path / "env")
    assert f"root = {prefix}/etc" in (prefix / "etc" / "text-prefix.conf").read_text()


SOLVED = {
    "newest": (("library",), ("library-3.0",)),
    "an old user": (("old-user", "library"), ("library-1.0", "old-user-1.0")),
    "constrained": (("guard==1.0", "library"), ("guard-1.0", "library-2.0")),
    "a removed build": (("flaky",), ("flaky-1.0",)),
    "tools only": (("tool==1.0",), ("tool-1.0",)),
    "R": (("r-hello",), ("r-base-4.5.1", "r-hello-1.0_2")),
}


@pytest.mark.parametrize(("specs", "expected"), SOLVED.values(), ids=SOLVED)
def test_solutions(
    tmp_path: Path, channel: Channel, specs: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    records = solved(channel.url, tmp_path, *specs)
    assert tuple(name.rpartition("-")[0] for name in files(records)) == expected


UNSOLVABLE = {
    "two users": (("old-user", "new-user"), "old-user"),
    "glibc": (("needs-glibc",), "__glibc >=99"),
    "the removed build": (("flaky ==1.0 h0_1",), "flaky"),
}


@pytest.mark.parametrize(("specs", "reason"), UNSOLVABLE.values(), ids=UNSOLVABLE)
def test_what_has_no_solution(
    tmp_path: Path, channel: Channel, specs: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(SolverError, match=reason):
        solved(channel.url, tmp_path, *specs)


@pytest.mark.parametrize("subdir", ["osx-arm64", "win-64"])
def test_other_platforms_can_be_solved(tmp_path: Path, channel: Channel, subdir: str) -> None:
    records = solved(
        channel.url, tmp_path, "pytest", "text-prefix", "new-user", subdirs=(subdir, "noarch")
    )
    assert {record.subdir for record in records} == {subdir, "noarch"}
    assert "python" in {record.name.normalized for record in records}


def refused(records: list[RepoDataRecord], prefix: Path, reason: str) -> None:
    with pytest.raises(InstallerError, match=reason):
        installed(records, prefix)


def test_rattler_refuses_a_truncated_archive(tmp_path: Path, channel: Channel) -> None:
    refused(solved(channel.url, tmp_path, "truncated"), tmp_path / "env", "Invalid checksum")
    # A half-made prefix is left behind.
    assert sorted(os.listdir(tmp_path / "env")) == ["CACHEDIR.TAG", "conda-meta"]


def test_rattler_checks_hashes_over_http_but_not_of_files(tmp_path: Path, channel: Channel) -> None:
    with ChannelServer(channel.folder) as server:
        served = solved(server.url, tmp_path / "http", "wrong-hash")
        refused(served, tmp_path / "http" / "env", "hash mismatch")
    prefix = installed(solved(channel.url, tmp_path, "wrong-hash"), tmp_path / "env")
    assert (prefix / "share" / "wrong-hash" / "build").read_text() == "0\n"
