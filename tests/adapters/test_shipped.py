"""Where this very envtool comes from."""

import importlib.metadata
import json
import sys
from pathlib import Path

import pytest

from envtool.adapters.shipped import REPOSITORY, ShippedLists

UNKNOWN = f"envtool @ {REPOSITORY}@v{importlib.metadata.version('envtool')}"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (
            {
                "url": "https://git.example/me/envtool",
                "vcs_info": {"vcs": "git", "commit_id": "abc"},
            },
            "envtool @ git+https://git.example/me/envtool@abc",
        ),
        ({"url": "file:///src/envtool", "dir_info": {"editable": True}}, UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_where_this_envtool_comes_from(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    origin: dict[str, object] | None,
    expected: str,
) -> None:
    # Found before the real one.
    folder = tmp_path / "envtool-0.1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: envtool\nVersion: 0.1.0\n")
    if origin is not None:
        (folder / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert ShippedLists().requirement() == expected


def test_an_envtool_that_was_never_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert ShippedLists().requirement() == UNKNOWN
