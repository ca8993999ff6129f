"""Records through rattler's lock, with files in memory and without."""

import os
from pathlib import Path

import pytest

from envtool.adapters.channel_builder.channels import Channel
from envtool.adapters.rattler_records import read_records, record_of, write_records
from envtool.errors import UnreadableError
from tests.solving import solved


@pytest.mark.parametrize("in_memory", [True, False])
def test_there_and_back(
    tmp_path: Path, channel: Channel, monkeypatch: pytest.MonkeyPatch, *, in_memory: bool
) -> None:
    (record,) = (record_of(each) for each in solved(channel.url, tmp_path, "tool==1.0"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    if not in_memory:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    text = write_records({"default": {"linux-64": (record,)}})
    (found,) = read_records(text)["linux-64"]
    assert (found.url, found.sha256) == (record.url, record.sha256)
    with pytest.raises(UnreadableError, match=r"records\.lock"):
        read_records("version: 7\n- ?")
    assert os.listdir(tmp_path / "temporary") == []
