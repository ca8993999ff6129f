"""A wheel as the package `installer` reads it, with nothing of it taken for true."""

import calendar
import configparser
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from installer.exceptions import InstallerError
from installer.records import InvalidRecordEntry
from installer.sources import WheelContentElement, WheelFile
from installer.utils import parse_entrypoints, parse_metadata_file
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from envtool.domain.locks import LockedPackage
from envtool.domain.pip_grammar import canonical
from envtool.domain.wheel_entries import WheelEntry, is_program_name, refusal
from envtool.errors import IntegrityError

# What only an installer says of its own work.
_OF_INSTALLERS = frozenset({"INSTALLER", "REQUESTED", "direct_url.json"})
_HINT = "leave it out, or take another version: its maker has to mend it"


class Wheel(WheelFile):
    """An open wheel; `time` is the age of the entry that was read last, in seconds."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        archive = zipfile.ZipFile(file)
        # Its name says what is in it; in the store it has another one.
        archive.filename = name
        super().__init__(archive)
        self.archive = archive
        self.time = 0

    @property
    def data_dir(self) -> str:
        """The folder of all that goes elsewhere, in the spelling that the wheel has for it."""
        wanted = (canonical(self.distribution), self.version)
        for name in self.archive.namelist():
            top = name.partition("/")[0]
            found, _, version = top.removesuffix(".data").rpartition("-")
            if top.endswith(".data") and (canonical(found), version) == wanted:
                return top
        return super().data_dir

    def get_contents(self) -> Iterator[WheelContentElement]:
        """All that is to be installed: no byte-code, and nothing that an installer writes."""
        own = {f"{self.dist_info_dir}/{name}" for name in _OF_INSTALLERS}
        items = (each for each in self.archive.infolist() if each.filename[-1:] != "/")
        for content, item in zip(super().get_contents(), items, strict=True):
            parts = item.filename.split("/")
            if "__pycache__" not in parts and item.filename not in own:
                self.time = _time(item)
                yield content


def check(wheel: Wheel, package: LockedPackage, size: int, *, windows: bool) -> None:
    """Whether an open wheel of `size` bytes is `package`, and nothing but a wheel.

    Raises `IntegrityError`.
    """
    with refusing(package):
        entries = (
            WheelEntry(each.filename, each.external_attr >> 16, each.file_size)
            for each in wheel.archive.infolist()
        )
        reason = refusal(entries, size, windows=windows)
        if reason is None:
            reason = _other(wheel, package) or _program(wheel, windows=windows)
        if reason is not None:
            raise refused(package, reason)
        wheel.validate_record()


def locked_name(package: LockedPackage, name: str) -> None:
    """Raises `IntegrityError` when the file name of a wheel is that of another package."""
    try:
        found, version, *_ = parse_wheel_filename(name)
    except InvalidWheelFilename:
        raise refused(package, f"`{name}` is no name of a wheel") from None
    if not _same(str(found), str(version), package):
        raise refused(package, f"its file is `{name}`")


@contextmanager
def refusing(package: LockedPackage) -> Iterator[None]:
    """Turn all that can be wrong in a wheel into an `IntegrityError` about `package`."""
    try:
        yield
    except WheelFile.validation_error as error:
        raise refused(package, str(getattr(error, "issues", [error])[0])) from error
    except (
        *(InstallerError, InvalidRecordEntry, zipfile.BadZipFile, configparser.Error),
        # What zipfile and installer let through: a bad stream, a missing file, an assertion.
        *(zlib.error, lzma.LZMAError, EOFError, KeyError, ValueError, AssertionError),
        # A bad stream of bzip2 is an OSError.
        *(NotImplementedError, RuntimeError, OSError),
    ) as error:
        raise refused(
            package, f"it is no whole wheel: {str(error) or type(error).__name__}"
        ) from error


def refused(package: LockedPackage, reason: str) -> IntegrityError:
    """That the wheel of `package` is not installed."""
    message = f"the wheel of `{package.name} {package.version}` is refused: {reason}"
    return IntegrityError(message, hints=(_HINT,))


def _other(wheel: Wheel, package: LockedPackage) -> str | None:
    """What else than `package` the metadata of the wheel describe."""
    metadata = parse_metadata_file(wheel.read_dist_info("METADATA"))
    name, version = str(metadata["Name"]), str(metadata["Version"])
    if _same(name, version, package):
        return None
    return f"its metadata are those of `{name} {version}`"


def _same(name: str, version: str, package: LockedPackage) -> bool:
    if canonical(name) != canonical(package.name):
        return False
    try:
        return Version(version) == Version(package.version)
    except InvalidVersion:
        return version == package.version


def _program(wheel: Wheel, *, windows: bool) -> str | None:
    """Which of its programs can not have the name that it wants."""
    if "entry_points.txt" not in wheel.dist_info_filenames:
        return None
    programs = [each[0] for each in parse_entrypoints(wheel.read_dist_info("entry_points.txt"))]
    bad = [each for each in programs if not is_program_name(each, windows=windows)]
    return f"`{bad[0]}` is no name of a program" if bad else None


def _time(item: zipfile.ZipInfo) -> int:
    """The time of an entry, the same in every time zone; the start of zip's time if it is none.

    A file keeps it, so that byte-code of one installation is good for the next.
    """
    try:
        return calendar.timegm((*item.date_time, 0, 0, 0))
    except ValueError:
        return 315_532_800
