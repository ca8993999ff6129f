"""Records through rattler's lock, with files in memory and without."""

import os
from pathlib import Path

import pytest

from envtool.adapters.rattler_records import read_records, write_records
from envtool.domain.solving import CondaRecord
from envtool.errors import UnreadableError

RECORD = CondaRecord(
    name="app",
    version="1.0",
    build="h0_0",
    subdir="linux-64",
    url="https://example.org/c/linux-64/app-1.0-h0_0.conda",
    channel="https://example.org/c",
    sha256="0" * 64,
)


@pytest.mark.parametrize("in_memory", [True, False])
def test_there_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, in_memory: bool
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if not in_memory:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    text = write_records({"default": {"linux-64": (RECORD,)}})
    (found,) = read_records(text)["linux-64"]
    assert (found.url, found.sha256) == (RECORD.url, RECORD.sha256)
    with pytest.raises(UnreadableError, match=r"records\.lock"):
        read_records("version: 7\n- ?")
    assert list(tmp_path.iterdir()) == []
