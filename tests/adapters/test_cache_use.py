"""What is half-made in the cache goes when nobody else uses it."""

import sys
from pathlib import Path

import pytest

from envtool.adapters.cache_use import using

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no lock for several")


def half_made(folder: Path) -> Path:
    """What rattler leaves when it is killed while it extracts."""
    (folder / ".app-1.0-h0_0x7Gh2p/share").mkdir(parents=True)
    (folder / ".cache.lock").touch()
    (folder / "app-1.0-h0_0").mkdir()
    return folder


def test_what_was_left_half_made_goes(tmp_path: Path) -> None:
    with using(str(half_made(tmp_path))):
        assert {each.name for each in tmp_path.iterdir()} == {
            ".cache.lock",
            "app-1.0-h0_0",
            "in-use.lock",
        }


def test_what_somebody_makes_stays(tmp_path: Path) -> None:
    with using(str(tmp_path)):
        half_made(tmp_path)
        with using(str(tmp_path)):
            assert (tmp_path / ".app-1.0-h0_0x7Gh2p/share").is_dir()
    with using(str(tmp_path)):
        assert not (tmp_path / ".app-1.0-h0_0x7Gh2p").exists()


def test_a_cache_that_can_not_be_written_to_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with using(str(tmp_path / "file")):
        assert (tmp_path / "file").is_file()
