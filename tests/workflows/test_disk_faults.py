"""Disks that are full, and folders that are none: the one at fault is named, and no other."""

import sys
from pathlib import Path

import pytest

from tests.installing import Shop
from tests.mounting import mounted
from tests.served import flat

SMALL = 'mount -t tmpfs -o size=12k none "$1"; shift; exec "$@"'


def test_a_cache_that_is_no_folder_is_named(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "file"))
    shop.write("app=1.0")
    run = shop.recreate()
    assert (run.code, f"`{tmp_path}/file/packages` can not be written" in flat(run.err)) == (
        2,
        True,
    )
    assert "hint: " in run.err
    run = shop.run("export", "--bundle", "x.tar")
    assert (run.code, f"`{tmp_path}/file/" in flat(run.err)) == (2, True)


@pytest.mark.parametrize(
    ("command", "named"),
    [(("recreate",), "packages"), (("export", "--bundle", "{small}/x.tar"), "x.tar")],
    ids=["cache", "bundle"],
)
def test_the_disk_that_is_full_is_named(
    shop: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    named: str,
) -> None:
    shop.write("app=1.0")
    small = tmp_path / "small"
    small.mkdir()
    if command == ("recreate",):
        monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(small))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))
    words = [each.format(small=small) for each in command]
    done = mounted(SMALL, str(small), sys.executable, "-m", "envtool", *words, cwd=shop.folder)
    assert done.returncode == 2, done.stderr
    assert f"`{small}/{named}` can not be written: No space left on device" in flat(done.stderr)
    assert "hint: make room on that disk" in flat(done.stderr)
