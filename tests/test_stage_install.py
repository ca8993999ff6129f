"""A stage of conda packages, wheels and byte-code, which then stands where it was made for."""

import asyncio
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest
from rattler import install
from uv import find_uv_bin

from envtool.adapters import connect
from envtool.adapters.archives import ArchiveStore
from envtool.adapters.channel_builder.channels import Channel
from envtool.errors import IntegrityError
from envtool.ports_installing import ByteCodeFacts, Stage
from tests.served import bare_user
from tests.solving import ran, solved
from tests.wheel_making import make, wheels

WHEEL = make(
    "wheel_pkg",
    "2.1",
    {
        "wheel_pkg/__init__.py": "import sys\ndef main():\n    print('wheel', sys.prefix)\n",
        "wheel_pkg/data.txt": "data\n",
        "wheel_pkg-2.1.data/scripts/wheel-script": "#!python\nimport wheel_pkg\nwheel_pkg.main()\n",
        "wheel_pkg-2.1.data/data/share/wheel.txt": "shared\n",
    },
    info={"entry_points.txt": "[console_scripts]\nwheel-run = wheel_pkg:main\n"},
)


class Ready(NamedTuple):
    """A prefix at its place, and what making its byte-code came to."""

    prefix: Path
    facts: ByteCodeFacts
    site: Path


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_user(tmp_path / "home", monkeypatch)
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "cache"))


def ready(folder: Path, channel: Channel, name: str = "env") -> Ready:
    """A stage, filled and renamed; caches are shared in `folder`."""
    final, path = folder / name, folder / f"{name}-stage"
    records = solved(channel.url, folder, "script-python", "rich", "hello-python<2")
    asyncio.run(
        install(
            records,
            path,
            cache_dir=folder / "packages",
            show_progress=False,
            alternative_target_prefix=final,
        )
    )
    version = next(each for each in records if each.name.normalized == "python").version
    stage = Stage(str(path), str(final), str(version), "linux-64")
    package = WHEEL.locked(folder / "files")
    tools = connect()
    facts = tools.wheels().install(stage, [package], lambda _: None)
    assert "share/wheel.txt" in facts.files
    hashes = {**_of_conda(path), **facts.files}
    assert Path(ArchiveStore(str(folder / "cache")).path(WHEEL.sha256)).is_file()
    made = tools.byte_code().complete(stage, hashes)
    path.rename(final)
    site = final / "lib" / f"python{'.'.join(str(version).split('.')[:2])}" / "site-packages"
    return Ready(final, made, site)


def _of_conda(prefix: Path) -> dict[str, str]:
    """The hashes of files as the records of conda packages have them."""
    found = {}
    for record in (prefix / "conda-meta").glob("*.json"):
        paths = json.loads(record.read_text(encoding="utf-8"))["paths_data"]["paths"]
        for each in paths:
            digest = each.get("sha256_in_prefix") or each.get("sha256")
            if digest:
                found[each["_path"]] = digest
    return found


@pytest.fixture(params=["env", "with a blank", "long" * 40])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_works_where_it_stands(tmp_path: Path, python_channel: Channel, name: str) -> None:
    prefix, facts, site = ready(tmp_path, python_channel, name)
    code = "import wheel_pkg, rich, hello_python; wheel_pkg.main()"
    assert ran(prefix, "python", "-B", "-c", code).stdout == f"wheel {prefix}\n"
    for program in ("wheel-run", "wheel-script"):
        done = ran(prefix, program)
        assert (done.stdout, done.stderr) == (f"wheel {prefix}\n", "")
    assert facts.compiled > 100
    assert (facts.linked, facts.skipped) == (0, "")
    assert not [each for each in site.rglob("*") if b"env-stage" in os.fsencode(each.name)]
    for path in site.rglob("wheel_pkg/**/*"):
        assert not path.is_file() or b"-stage" not in path.read_bytes()


def tool(name: str, prefix: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """pip or uv of the tests, on another Python than theirs."""
    there = str(prefix / "bin" / "python")
    if name == "uv":
        command = [find_uv_bin(), "pip", *arguments, "--python", there]
    elif find_spec("pip") is None:
        pytest.skip("pip is not installed")
    else:
        own = (sys.executable, "-m", "pip", "--disable-pip-version-check")
        command = [*own, "--python", there, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True)


@pytest.mark.parametrize("name", ["pip", "uv"])
def test_tools_see_the_wheel(tmp_path: Path, python_channel: Channel, name: str) -> None:
    prefix, _, site = ready(tmp_path, python_channel)
    code = (
        "from importlib.metadata import *; d = distribution('wheel-pkg');"
        "print(d.version, d.read_text('INSTALLER').strip(), all(f.locate().exists() for f in d.files))"
    )
    assert ran(prefix, "python", "-c", code).stdout == "2.1 envtool True\n"
    listed = json.loads(tool(name, prefix, "list", "--format=json").stdout)
    assert ("wheel-pkg", "2.1") in {
        (each["name"].replace("_", "-"), each["version"]) for each in listed
    }
    tool(name, prefix, "uninstall", *(["-y"] if name == "pip" else []), "wheel-pkg")
    assert not list(site.glob("wheel_pkg*"))
    assert not (prefix / "share" / "wheel.txt").exists()
    assert not (prefix / "bin" / "wheel-run").exists()


def stamps(site: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of all byte-code."""
    found = ((each, each.stat()) for each in site.rglob("*.pyc"))
    return {str(each.relative_to(site)): (stat.st_ino, stat.st_mtime_ns) for each, stat in found}


def test_its_byte_code_is_used_and_shared(tmp_path: Path, python_channel: Channel) -> None:
    first = ready(tmp_path, python_channel, "first")
    before = stamps(first.site)
    code = "import wheel_pkg, rich.console, hello_python, traceback; print(rich.console.Console.__init__.__code__.co_filename)"
    done = subprocess.run(
        [first.prefix / "bin" / "python", "-v", "-c", code],
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    assert stamps(first.site) == before
    assert done.stdout == f"{first.site}/rich/console.py\n"
    used = [line for line in done.stderr.splitlines() if " matches " in line]
    assert any(f"{first.site}/wheel_pkg/__pycache__" in line for line in used)
    second = ready(tmp_path, python_channel, "second")
    assert (second.facts.compiled, second.facts.linked) == (0, first.facts.compiled)
    assert stamps(second.site).keys() == before.keys()
    assert set(stamps(second.site).values()) <= set(before.values())
    # The code that was compiled for the first names the second.
    shown = subprocess.run(
        [second.prefix / "bin" / "python", "-c", code],
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == f"{second.site}/rich/console.py\n"
    assert stamps(second.site).keys() == before.keys()


def test_a_wheel_does_not_replace_a_conda_package(tmp_path: Path, python_channel: Channel) -> None:
    records = solved(python_channel.url, tmp_path, "rich")
    path = tmp_path / "stage"
    asyncio.run(install(records, path, cache_dir=tmp_path / "packages", show_progress=False))
    version = next(each for each in records if each.name.normalized == "python").version
    package = make("rich", "99", {"rich/__init__.py": ""}).locked(tmp_path / "files")
    stage = Stage(str(path), str(tmp_path / "env"), str(version), "linux-64")
    with pytest.raises(IntegrityError, match=r"`rich 99`.*/rich/__init__.py` of the conda package"):
        wheels(tmp_path / "cache").install(stage, [package], lambda _: None)
