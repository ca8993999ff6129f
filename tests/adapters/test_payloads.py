"""What servers send is taken apart with care."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from envtool.adapters.payloads import PayloadError, document, members, unzipped


def archive(folder: Path, **files: bytes) -> str:
    """A zip with these files."""
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(f"{name}.json", content)
    return str(path)


@pytest.mark.parametrize(
    "data", [b'{"a": 1}', gzip.compress(b'{"a": 1}', mtime=0), b'\xef\xbb\xbf {"a": 1}']
)
def test_json(data: bytes) -> None:
    assert document(data) == {"a": 1}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (gzip.compress(b"", mtime=0), "it is empty"),
        (b"<!doctype html>", "it is a web page"),
        (b'{"a": ', "not all of it"),
        (b"\xff\xfe\xfd", "not all of it"),
        (b"[" * 200_000, "not all of it"),
        (gzip.compress(b"{}" * 1000, mtime=0)[:20], "it ends in the middle"),
        (gzip.compress(b"{}", mtime=0)[:-4] + b"abcd", "it is damaged"),
        (b"\x1f\x8bno gzip at all", "it is damaged"),
    ],
)
def test_what_is_no_json(data: bytes, error: str) -> None:
    with pytest.raises(PayloadError, match=error):
        document(data)


def test_gzip_that_is_too_large() -> None:
    assert unzipped(gzip.compress(bytes(1000)), 1000) == bytes(1000)
    with pytest.raises(PayloadError, match="it is more than 1 MB when it is unpacked"):
        unzipped(gzip.compress(bytes(1 << 26)), 1 << 20)


def test_zip(tmp_path: Path) -> None:
    path = archive(tmp_path, a=b"1", b=b"2", c=b"3")
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr("folder/a2.json", b"4")
        opened.writestr("a.txt", b"5")
    assert list(members(path, "a")) == [("a.json", b"1"), ("a2.json", b"4")]
    assert len(list(members(path, ""))) == 4


def test_a_member_that_is_too_large(tmp_path: Path) -> None:
    path = archive(tmp_path, a=b"1", b=bytes((1 << 25) + 1))
    found = members(path, "")
    assert next(found) == ("a.json", b"1")
    with pytest.raises(PayloadError, match=r"`b\.json` in it is larger than 32 MB"):
        next(found)


def test_more_than_all_of_it(tmp_path: Path) -> None:
    path = archive(tmp_path, a=bytes(1 << 21), b=bytes(1 << 21))
    with pytest.raises(PayloadError, match="it is 2 files of 4 MB when it is unpacked"):
        list(members(path, "", 1 << 20))


def test_a_header_that_lies(tmp_path: Path) -> None:
    """It says one byte, and holds a million."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("a.json", bytes(1_000_000))
    lie = file.getvalue().replace((1_000_000).to_bytes(4, "little"), (1).to_bytes(4, "little"))
    path = tmp_path / "a.zip"
    path.write_bytes(lie)
    with pytest.raises(PayloadError, match="it is damaged"):
        list(members(str(path), ""))


def test_what_is_encrypted(tmp_path: Path) -> None:
    path = archive(tmp_path, a=b"1")
    data = bytearray(Path(path).read_bytes())
    # The flag, in both headers.
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    Path(path).write_bytes(data)
    with pytest.raises(PayloadError, match="it is damaged"):
        list(members(path, ""))
