"""Where the package `installer` writes: into a stage, for the place where it will stand."""

import base64
import io
import os
import posixpath
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from installer.destinations import SchemeDictionaryDestination, WheelDestination
from installer.records import Hash, RecordEntry
from installer.utils import Scheme, construct_record_file

from envtool.adapters.wheel_source import Wheel
from envtool.domain.python_layout import PythonLayout, shebang
from envtool.ports_installing import Stage

if TYPE_CHECKING:
    from installer.scripts import ScriptSection

_PYTHON_LINE = re.compile(rb"#!python(w?)[^\n]*\n?")


class Places(NamedTuple):
    """Where one distribution goes."""

    stage: Stage
    layout: PythonLayout
    name: str

    @property
    def folders(self) -> dict[str, str]:
        """By scheme, relative to the prefix, with slashes; `""` is the prefix."""
        layout = self.layout
        return {
            "purelib": layout.site_packages,
            "platlib": layout.site_packages,
            "headers": f"{layout.headers}/{self.name}",
            "scripts": layout.scripts,
            "data": "",
        }

    @property
    def interpreter(self) -> str:
        """The path that scripts name."""
        parts = self.layout.interpreter.split("/")
        return ("/" if self.layout.is_posix else "\\").join([self.stage.final, *parts])

    def relative(self, scheme: str, path: str) -> str:
        """A path of a scheme, relative to the prefix."""
        return posixpath.normpath(posixpath.join(self.folders[scheme], path))

    def program(self, name: str) -> str:
        """The file of a program."""
        return name if self.layout.is_posix else f"{name}.exe"


class Targets(WheelDestination):
    """Writes nothing, and knows what would be written: paths relative to the prefix."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.paths: list[str] = []

    def write_script(
        self, name: str, module: str, attr: str, section: "ScriptSection"
    ) -> RecordEntry:
        """See `WheelDestination`."""
        del module, attr, section
        return self._noted(Scheme("scripts"), self._places.program(name))

    def write_file(
        self,
        scheme: Scheme,
        path: str | os.PathLike[str],
        stream: BinaryIO,
        is_executable: bool,  # noqa: FBT001 - its signature there
    ) -> RecordEntry:
        """See `WheelDestination`."""
        del stream, is_executable
        return self._noted(scheme, os.fspath(path))

    def finalize_installation(
        self, scheme: Scheme, record_file_path: str, records: Iterable[tuple[Scheme, RecordEntry]]
    ) -> None:
        """See `WheelDestination`."""
        del records
        self._noted(scheme, record_file_path)

    def _noted(self, scheme: Scheme, path: str) -> RecordEntry:
        self.paths.append(self._places.relative(scheme, path))
        return RecordEntry(path, None, None)


class StageDestination(SchemeDictionaryDestination):
    """Writes into the stage; `files` has what was written, with its sha256 (hexadecimal).

    Who calls has looked that nothing but files of other wheels is overwritten.
    """

    def __init__(self, places: Places, wheel: Wheel) -> None:
        folders = {
            scheme: os.path.join(places.stage.path, *folder.split("/"))
            for scheme, folder in places.folders.items()
        }
        super().__init__(
            folders,
            interpreter=places.interpreter,
            script_kind=places.layout.launcher,  # type: ignore[arg-type] # one of its literals
            overwrite_existing=True,
        )
        self._places = places
        self._wheel = wheel
        self.files: dict[str, str] = {}

    def write_file(
        self,
        scheme: Scheme,
        path: str | os.PathLike[str],
        stream: BinaryIO,
        is_executable: bool,  # noqa: FBT001 - its signature there
    ) -> RecordEntry:
        """See `WheelDestination`; a script may always be run, wherever its wheel was made."""
        if scheme == "scripts":
            stream, is_executable = io.BytesIO(self._started(stream.read())), True
        entry = self.write_to_fs(scheme, os.fspath(path), stream, is_executable)
        times = (self._wheel.time, self._wheel.time)
        os.utime(os.path.join(self.scheme_dict[scheme], *entry.path.split("/")), times)
        return entry

    def finalize_installation(
        self, scheme: Scheme, record_file_path: str, records: Iterable[tuple[Scheme, RecordEntry]]
    ) -> None:
        """Write `RECORD`, with paths relative to its root on every platform."""
        written = list(records)

        def prefix(other: Scheme) -> str | None:
            folders = self._places.folders
            way = posixpath.relpath(f"/{folders[other]}", f"/{folders[scheme]}")
            return None if way == "." else f"{way}/"

        with construct_record_file(written, prefix) as stream:
            record = self.write_to_fs(scheme, record_file_path, stream, is_executable=False)
        for each_scheme, entry in (*written, (scheme, record)):
            if entry.hash_ is not None:
                path = self._places.relative(each_scheme, entry.path)
                self.files[path] = _hexadecimal(entry.hash_)

    def _started(self, script: bytes) -> bytes:
        """`script` with the interpreter in place of a first line `#!python`."""
        line = _PYTHON_LINE.match(script)
        if line is None:
            return script
        if self._places.layout.is_posix:
            first = shebang(self.interpreter)
        else:
            interpreter = self.interpreter.removesuffix(".exe") + line[1].decode() + ".exe"
            first = f"#!{interpreter}\r\n".encode()
        return first + script[line.end() :]


def _hexadecimal(digest: Hash) -> str:
    """A hash of `RECORD`, which has lost the padding of its base 64."""
    padded = digest.value + "=" * (-len(digest.value) % 4)
    return base64.urlsafe_b64decode(padded).hex()
