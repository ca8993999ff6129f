"""What a process really asks of the disk: its system calls, recorded by strace, as operations.

Only what changes something below a folder, and what makes it last. What can not be told from the
calls (a clone of a file, say) is refused, so that nobody takes half a recording for a whole one.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

CALLS = (
    "%file,write,pwrite64,writev,lseek,fsync,fdatasync,syncfs,sync,ftruncate,copy_file_range,"
    "sendfile,ioctl"
)
_CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)")
_UNFINISHED = re.compile(r"(\w+\(.*) <unfinished \.\.\.>")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_OPEN_FILE = re.compile(r"-?\w+<((?:\\x[0-9a-f]{2})*)>(?!\(deleted\))")
_WRITING = re.compile(r"\bO_(?:WRONLY|RDWR)\b")


class Op(NamedTuple):
    """One operation; the paths are absolute.

    `kind` is `create`, `open` (to write from the start), `append`, `seek`, `write`, `copy` (from the
    file `other`), `truncate`, `mkdir`, `remove`, `rename`, `exchange`, `link`, `symlink`, `sync` or
    `sync-all`. `number` is a place in a file or a length, `start` a place in `other`.
    """

    kind: str
    path: str
    other: str = ""
    data: bytes = b""
    number: int = 0
    start: int = 0


def has_strace() -> bool:
    program = shutil.which("strace")
    return bool(program) and subprocess.run([program or "", "true"], capture_output=True, check=False).returncode == 0  # fmt: skip


def recorded(
    command: Sequence[str],
    root: Path,
    *,
    cwd: Path,
    env: Mapping[str, str],
    code: int = 0,
    refused: str = "",
) -> tuple[Op, ...]:
    """Run `command`, which has to end with `code`; what it and its children did below `root`.

    The system call `refused` is not there for them.
    """
    trace = root.parent / "trace"
    strace = [
        "strace",
        "-f",
        "-y",
        "-xx",
        "-s",
        "10000000",
        "-e",
        f"trace={CALLS}",
        "-o",
        str(trace),
    ]
    strace += ["-e", f"inject={refused}:error=EINVAL"] if refused else []
    done = subprocess.run(
        [*strace, *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=env,
    )
    assert done.returncode == code, done.stdout + done.stderr
    with trace.open(encoding="ascii") as lines:
        found = tuple(_below(str(root), _ops(_calls(lines))))
    trace.unlink()
    return found


def _calls(lines: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """Name, arguments and result of all that succeeded, in the order in which they ended."""
    begun: dict[str, str] = {}
    for line in lines:
        process, _, text = line.rstrip("\n").partition(" ")
        text = text.lstrip()
        if found := _UNFINISHED.fullmatch(text):
            begun[process] = found[1]
            continue
        if found := _RESUMED.fullmatch(text):
            text = begun.pop(process) + found[1]
        if (call := _CALL.match(text)) and int(call[3]) >= 0:
            yield call[1], call[2], int(call[3])


def _below(root: str, ops: Iterable[Op]) -> Iterator[Op]:
    for op in ops:
        if op.kind == "sync-all" or any(
            path == root or path.startswith(f"{root}/") for path in (op.path, op.other)
        ):
            yield op


def _ops(calls: Iterable[tuple[str, str, int]]) -> Iterator[Op]:
    for name, text, result in calls:
        if (read := _READERS.get(name)) is not None:
            yield from read(text.split(", "), result)


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def _string(argument: str) -> bytes:
    found = _TEXT.fullmatch(argument)
    assert found, argument
    return _bytes(found[1])


def _file(argument: str) -> str:
    """The path of an open file; empty when it is none, or is gone."""
    found = _OPEN_FILE.match(argument)
    return os.fsdecode(_bytes(found[1])) if found else ""


def _path(folder: str | None, argument: str) -> str:
    path = os.fsdecode(_string(argument))
    # Calls without an open folder get absolute paths here, for envtool has no others.
    return os.path.normpath(os.path.join(_file(folder) if folder else "/", path))


def _openat(words: list[str], _: int) -> Iterator[Op]:
    path, flags = _path(words[0], words[1]), words[2]
    if "O_CREAT" in flags:
        yield Op("create", path)
    if "O_TRUNC" in flags:
        yield Op("truncate", path)
    if _WRITING.search(flags):
        yield Op("append" if "O_APPEND" in flags else "open", path)


def _write(words: list[str], result: int) -> Iterator[Op]:
    yield Op("write", _file(words[0]), data=_string(words[1])[:result], number=-1)


def _pwrite(words: list[str], result: int) -> Iterator[Op]:
    yield Op("write", _file(words[0]), data=_string(words[1])[:result], number=int(words[3]))


def _sendfile(words: list[str], result: int) -> Iterator[Op]:
    start = words[2].partition("]")[0].removeprefix("[")
    yield Op("copy", _file(words[0]), _file(words[1]), number=result, start=int(start))


def _clone(words: list[str], _: int) -> Iterator[Op]:
    if "CLONE" in words[1]:
        yield from _refused(words, 0)


def _refused(words: list[str], _: int) -> Iterator[Op]:
    yield Op("unknown", _file(words[0]), _file(words[2]) if len(words) > 2 else "")


def _two(
    kind: str, *, at: tuple[int, int], folders: bool
) -> Callable[[list[str], int], Iterator[Op]]:
    def read(words: list[str], _: int) -> Iterator[Op]:
        one, other = (_path(words[each - 1] if folders else None, words[each]) for each in at)
        is_exchange = "RENAME_EXCHANGE" in words[-1]
        yield Op("exchange" if is_exchange else kind, one, other)

    return read


def _one(
    kind: str, at: int = 0, *, folder: bool = False
) -> Callable[[list[str], int], Iterator[Op]]:
    def read(words: list[str], _: int) -> Iterator[Op]:
        yield Op(kind, _path(words[at - 1] if folder else None, words[at]))

    return read


def _of_file(kind: str) -> Callable[[list[str], int], Iterator[Op]]:
    def read(words: list[str], result: int) -> Iterator[Op]:
        number = int(words[1]) if kind == "truncate" else result
        yield Op(kind, _file(words[0]), number=number)

    return read


def _symlink(words: list[str], _: int) -> Iterator[Op]:
    folder = words[1] if len(words) > 2 else None
    yield Op("symlink", _path(folder, words[-1]), data=_string(words[0]))


_READERS: dict[str, Callable[[list[str], int], Iterator[Op]]] = {
    "openat": _openat,
    "write": _write,
    "pwrite64": _pwrite,
    "lseek": _of_file("seek"),
    "ftruncate": _of_file("truncate"),
    "fsync": _of_file("sync"),
    "fdatasync": _of_file("sync"),
    "syncfs": _of_file("sync-all"),
    "sync": lambda _words, _: iter((Op("sync-all", ""),)),
    "mkdir": _one("mkdir"),
    "mkdirat": _one("mkdir", 1, folder=True),
    "rmdir": _one("remove"),
    "unlink": _one("remove"),
    "unlinkat": _one("remove", 1, folder=True),
    "rename": _two("rename", at=(0, 1), folders=False),
    "renameat": _two("rename", at=(1, 3), folders=True),
    "renameat2": _two("rename", at=(1, 3), folders=True),
    "link": _two("link", at=(0, 1), folders=False),
    "linkat": _two("link", at=(1, 3), folders=True),
    "symlink": _symlink,
    "symlinkat": _symlink,
    "ioctl": _clone,
    "writev": _refused,
    "copy_file_range": _refused,
    "sendfile": _sendfile,
}
