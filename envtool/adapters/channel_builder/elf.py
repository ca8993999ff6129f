"""Rewrites run paths, takes away what is for debuggers, makes a tiny program of its own.

After the System V ABI (gABI, chapter 5, "Dynamic Linking"). 64 bits, little-endian only.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

_MAGIC = b"\x7fELF\x02\x01"
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_DYNAMIC = struct.Struct("<qQ")
_LOAD, _DYNAMIC_SEGMENT = 1, 2
_STRTAB, _RPATH, _RUNPATH = 5, 15, 29


class NotPatchableError(ValueError):
    """The run path of an ELF file can not be replaced in place."""


class _Segment(NamedTuple):
    kind: int
    flags: int
    offset: int
    address: int
    physical: int
    size: int
    memory: int
    alignment: int


def is_elf(content: bytes) -> bool:
    """Whether these are the bytes of a 64-bit little-endian ELF file."""
    return content.startswith(_MAGIC)


def run_path(content: bytes) -> str | None:
    """The run path (RUNPATH, or the older RPATH) of an ELF file, if it has one."""
    place = _run_path_place(content)
    return None if place is None else _string(content, place).decode()


def with_run_path(content: bytes, path: str) -> bytes:
    """An ELF file with another run path, written over the old one.

    Raises:
        NotPatchableError: there is no run path to write over, or it is shorter than the new one.
    """
    place = _run_path_place(content)
    if place is None:
        raise NotPatchableError("no run path")
    old, new = _string(content, place), path.encode()
    if len(new) > len(old):
        raise NotPatchableError(f"`{old.decode()}` is shorter than `{path}`")
    return content[:place] + new.ljust(len(old), b"\0") + content[place + len(old) :]


def without_sections(content: bytes) -> bytes:
    """An ELF file without all that is not loaded: its sections, debug information among them."""
    end = max(segment.offset + segment.size for segment in _segments(content))
    fields = list(_HEADER.unpack_from(content))
    # The place, number and names of the sections.
    fields[6] = fields[12] = fields[13] = 0
    return _HEADER.pack(*fields) + content[_HEADER.size : end]


def _string(content: bytes, place: int) -> bytes:
    return content[place : content.index(b"\0", place)]


def _run_path_place(content: bytes) -> int | None:
    """Where in the file the run path stands."""
    segments = tuple(_segments(content))
    entries: dict[int, int] = {}
    for segment in segments:
        if segment.kind == _DYNAMIC_SEGMENT:
            table = content[segment.offset : segment.offset + segment.size]
            entries = dict(_DYNAMIC.iter_unpack(table))
    offset = entries.get(_RUNPATH, entries.get(_RPATH))
    return None if offset is None else _in_file(segments, entries[_STRTAB]) + offset


def _segments(content: bytes) -> Iterator[_Segment]:
    header = _HEADER.unpack_from(content)
    start, size, count = header[5], header[9], header[10]
    for number in range(count):
        yield _Segment(*_SEGMENT.unpack_from(content, start + number * size))


def _in_file(segments: tuple[_Segment, ...], address: int) -> int:
    """The offset in the file of what is loaded at an address."""
    for segment in segments:
        if segment.kind == _LOAD and segment.address <= address < segment.address + segment.size:
            return address - segment.address + segment.offset
    raise NotPatchableError("the table of strings is in no segment")


# Writes the text that follows it, up to its zero byte, to stdout, and exits with 0.
_PRINT = bytes.fromhex(
    "488d3522000000"  # lea rsi, [rip + 34]   the text behind this code
    "31d2"  # xor edx, edx
    "803c1600"  # cmp byte [rsi + rdx], 0
    "7405"  # je +5
    "48ffc2"  # inc rdx
    "ebf5"  # jmp -11
    "b801000000"  # mov eax, 1            write
    "bf01000000"  # mov edi, 1            stdout
    "0f05"  # syscall
    "b83c000000"  # mov eax, 60           exit
    "31ff"  # xor edi, edi
    "0f05"  # syscall
)
_ADDRESS = 0x400000


def printing_program(text: str) -> bytes:
    """An ELF program for Linux on x86-64, without any library, that prints a text.

    The text stands in it as a C string, as compiled-in paths do, and may be replaced by a shorter
    one that is filled up with zero bytes.
    """
    start = _HEADER.size + _SEGMENT.size
    payload = _PRINT + text.encode() + b"\0"
    size = start + len(payload)
    identity = _MAGIC + b"\x01" + bytes(9)
    header = _HEADER.pack(
        identity, 2, 62, 1, _ADDRESS + start, _HEADER.size, 0, 0, 64, 56, 1, 64, 0, 0
    )
    segment = _SEGMENT.pack(_LOAD, 5, 0, _ADDRESS, _ADDRESS, size, size, 0x1000)
    return header + segment + payload
