"""Turns the running interpreter into the package `python`, or says why that can not be done.

It links the libraries of the system (libssl, libsqlite3, libffi and so on), so it runs on machines
like this one only. Left out: tests, IDLE, pip's installer, headers, static libraries. As in conda's
package `python`, modules bring the byte-code that the interpreter has of them.
"""

import fnmatch
import os
import platform
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path

from envtool.adapters.channel_builder.elf import (
    NotPatchableError,
    is_elf,
    run_path,
    with_run_path,
    without_sections,
)
from envtool.adapters.channel_builder.packages import PLACEHOLDER, File, Mode, Package, Symlink

_NO_FOLDERS = {
    *("__pycache__", "ensurepip", "idlelib", "lib2to3", "site-packages"),
    *("test", "tests", "turtledemo"),
}
# What a machine's owner put there stays there; `xx*` and `*_test*` are CPython's own tests.
_NO_FILES = ("*.a", "*.o", "*.pyc", "sitecustomize.py", "xx*.so", "_test*.so", "*_test.*.so")
# What knows where the interpreter was installed.
_WITH_PREFIX = ("_sysconfigdata*.py", "Makefile", "python-config.py")
# The head of byte-code: its magic number, flags, and time and size or hash of the source; PEP 552.
_HEAD, _UNCHECKED, _MASK = 16, 1, 0xFFFFFFFF
# Exit code of a stand-in: "command found, but can not be executed" (POSIX, 2.8.2).
_REFUSED = 126


class NotRepackagedError(ValueError):
    """Why an interpreter can not be turned into a package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """An installed CPython: `prefix`, `stdlib` and `executable` are real absolute paths."""

    version: str
    prefix: str
    stdlib: str
    executable: str
    kind: str

    @property
    def minor(self) -> str:
        """The minor version, as in `3.12`."""
        return ".".join(self.version.split(".")[:2])


def running() -> Interpreter:
    """The interpreter that runs this; in a virtual environment, the one below it."""
    parts = (sys.implementation.name, sys.platform, platform.machine(), platform.libc_ver()[0])
    return Interpreter(
        version=platform.python_version(),
        prefix=os.path.realpath(sys.base_prefix),
        stdlib=os.path.realpath(sysconfig.get_path("stdlib")),
        executable=os.path.realpath(sys.executable),
        kind="-".join(parts),
    )


def python_package(interpreter: Interpreter, timestamp: int) -> Package:
    """The package `python` for linux-64 from an interpreter.

    Raises:
        NotRepackagedError: it is none that can be moved to another place.
    """
    _check(interpreter)
    library = f"lib/python{interpreter.minor}"
    try:
        files = (*_programs(interpreter), *_shared(interpreter), *_stdlib(interpreter, library))
    except NotPatchableError as error:
        raise NotRepackagedError(f"its run path can not be replaced: {error}") from error
    return Package(
        name="python",
        version=interpreter.version,
        build="h0_0_cpython",
        subdir="linux-64",
        depends=("__glibc >=2.17",),
        license="PSF-2.0",
        timestamp=timestamp,
        summary="The interpreter that built this channel",
        files=files,
        extra=(("python_site_packages_path", f"{library}/site-packages"),),
    )


def stand_in(version: str, subdir: str, reason: str, timestamp: int) -> Package:
    """A package `python` for the solver: its programs print the reason and exit with 126.

    Args:
        version: the full version.
        subdir: the platform.
        reason: why there is no real one, on one line without quotes.
        timestamp: when it was built, in milliseconds.
    """
    library = f"lib/python{'.'.join(version.split('.')[:2])}"
    windows = subdir.startswith("win-")
    return Package(
        name="python",
        version=version,
        build="standin_0",
        subdir=subdir,
        license="PSF-2.0",
        timestamp=timestamp,
        summary=f"A stand-in that does not run: {reason}",
        files=_refusing(version, reason, windows=windows),
        extra=(("python_site_packages_path", f"{'Lib' if windows else library}/site-packages"),),
    )


def _refusing(version: str, reason: str, *, windows: bool) -> tuple[File | Symlink, ...]:
    said = f"python {version} is a stand-in: {reason}"
    if windows:
        script = f"@echo {said} 1>&2\r\n@exit /b {_REFUSED}\r\n"
        return (File(path="python.bat", content=script.encode()),)
    script = f'#!/bin/sh\necho "{said}" >&2\nexit {_REFUSED}\n'
    minor = ".".join(version.split(".")[:2])
    return (
        File(path=f"bin/python{minor}", content=script.encode(), executable=True),
        Symlink(path="bin/python3", target=f"python{minor}"),
        Symlink(path="bin/python", target=f"python{minor}"),
    )


def _check(interpreter: Interpreter) -> None:
    """Refuses what is known not to work when it is moved."""
    prefix, stdlib = interpreter.prefix, interpreter.stdlib
    if interpreter.kind != "cpython-linux-x86_64-glibc":
        raise NotRepackagedError(f"it is {interpreter.kind}, not CPython for linux-64")
    if prefix in {"/", "/usr"}:
        raise NotRepackagedError(f"it is a part of the system, in {prefix}")
    if stdlib != os.path.join(prefix, "lib", f"python{interpreter.minor}"):
        raise NotRepackagedError(f"its standard library is in {stdlib}")
    if os.path.dirname(interpreter.executable) != os.path.join(prefix, "bin"):
        raise NotRepackagedError(f"its program is {interpreter.executable}")
    # Debian's own `site.py` does not know `site-packages`.
    if "dist-packages" in Path(stdlib, "site.py").read_text("utf-8"):
        raise NotRepackagedError("it installs into dist-packages")


def _programs(interpreter: Interpreter) -> Iterator[File | Symlink]:
    name = f"python{interpreter.minor}"
    content = _moved(interpreter, interpreter.executable)
    yield File(path=f"bin/{name}", content=content, executable=True)
    yield Symlink(path="bin/python3", target=name)
    yield Symlink(path="bin/python", target=name)


def _shared(interpreter: Interpreter) -> Iterator[File | Symlink]:
    """The shared library `libpython`; a statically linked interpreter has none."""
    folder = os.path.join(interpreter.prefix, "lib")
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not fnmatch.fnmatch(name, f"libpython{interpreter.minor}*.so*"):
            continue
        if os.path.islink(path):
            yield Symlink(path=f"lib/{name}", target=os.readlink(path))
        else:
            yield File(path=f"lib/{name}", content=_moved(interpreter, path), executable=True)


def _stdlib(interpreter: Interpreter, library: str) -> Iterator[File]:
    for folder, folders, names in os.walk(interpreter.stdlib):
        folders[:] = sorted(set(folders) - _NO_FOLDERS)
        below = os.path.relpath(folder, interpreter.stdlib)
        for name in sorted(names):
            if any(fnmatch.fnmatch(name, pattern) for pattern in _NO_FILES):
                continue
            path = os.path.join(folder, name)
            file = _file(interpreter, path, os.path.normpath(f"{library}/{below}/{name}"))
            yield file
            if name.endswith(".py") and file.placeholder is None:
                yield from _byte_code(path, file)


def _byte_code(source: str, packed: File) -> Iterator[File]:
    """That of a module, where it is of this interpreter and not older than its source.

    It is never held against the source again (PEP 552), whose time is another one in a package.
    """
    path = cache_from_source(source)
    try:
        data = Path(path).read_bytes()
        found = os.stat(source)
    except OSError:
        return
    fields = (0, int(found.st_mtime) & _MASK, found.st_size & _MASK)
    if data[:_HEAD] != MAGIC_NUMBER + b"".join(each.to_bytes(4, "little") for each in fields):
        return
    folder = os.path.dirname(packed.path)
    head = MAGIC_NUMBER + _UNCHECKED.to_bytes(4, "little") + source_hash(packed.content)
    yield File(path=f"{folder}/__pycache__/{os.path.basename(path)}", content=head + data[_HEAD:])


def _file(interpreter: Interpreter, path: str, packed: str) -> File:
    content = _moved(interpreter, path)
    prefix = interpreter.prefix.encode()
    knows = any(fnmatch.fnmatch(os.path.basename(path), pattern) for pattern in _WITH_PREFIX)
    if knows and prefix in content:
        content = content.replace(prefix, PLACEHOLDER.encode())
        return File(path=packed, content=content, placeholder=Mode.TEXT)
    return File(path=packed, content=content, executable=os.access(path, os.X_OK))


def _moved(interpreter: Interpreter, path: str) -> bytes:
    """The content of a file; run paths below the prefix become relative to the file."""
    content = Path(path).read_bytes()
    if not is_elf(content):
        return content
    content = without_sections(content)
    old = run_path(content)
    if old is None:
        return content
    folder = os.path.dirname(path)
    new = ":".join(_relative(each, interpreter.prefix, folder) for each in old.split(":"))
    return content if new == old else with_run_path(content, new)


def _relative(entry: str, prefix: str, folder: str) -> str:
    if not entry.startswith(prefix + "/"):
        return entry
    return f"$ORIGIN/{os.path.relpath(entry, folder)}"
