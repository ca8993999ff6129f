"""The door to the file system."""

import errno
import os
import stat
import sys
from contextlib import suppress

from envtool.adapters.writing import disk_hint
from envtool.errors import UnreadableError
from envtool.ports import FileKind

# Opening a FIFO for reading blocks until somebody writes; Windows has neither flag.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Disk:
    """The port `Files` on the real file system."""

    def __init__(self) -> None:
        # Device and inode of every file that was read.
        self._read: set[tuple[int, int]] = set()

    def kind(self, path: str) -> FileKind:
        """See `ports.Files.kind`."""
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            return FileKind.OTHER if os.path.islink(path) else FileKind.MISSING
        except (NotADirectoryError, PermissionError):
            # Forbidden is the folder, not the file: as good as not there.
            return FileKind.MISSING
        except (OSError, ValueError):
            return FileKind.OTHER
        if stat.S_ISREG(mode):
            return FileKind.FILE
        return FileKind.FOLDER if stat.S_ISDIR(mode) else FileKind.OTHER

    def read(self, path: str, limit: int) -> bytes:
        """See `ports.Files.read`."""
        try:
            descriptor = os.open(path, _OPEN_FLAGS)
            with open(descriptor, "rb") as file:
                # Asked of the open file, so that nothing can be swapped in between.
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode):
                    raise UnreadableError(f"`{path}` is no regular file", hints=(_PIPE,))
                self._read.add(_identity(found))
                return _capped(file.read(limit + 1), limit, path)
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error

    def names(self, folder: str) -> tuple[str, ...]:
        """See `ports.Files.names`."""
        try:
            return tuple(sorted(os.listdir(folder)))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise _unreadable(folder, error) from error

    def subfolders(self, folder: str) -> tuple[str, ...]:
        """See `ports.Files.subfolders`."""
        try:
            with os.scandir(folder) as entries:
                real = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise _unreadable(folder, error) from error
        return tuple(sorted(real))

    def was_read(self, path: str) -> bool:
        """See `ports.Files.was_read`."""
        try:
            return _identity(os.stat(path)) in self._read
        except (OSError, ValueError):
            return False

    def is_link(self, path: str) -> bool:
        """See `ports.Files.is_link`."""
        return os.path.islink(path)

    def absolute(self, path: str) -> str:
        """See `ports.Files.absolute`."""
        return os.path.abspath(path)

    def write(self, path: str, text: str) -> None:
        """See `ports.Files.write`."""
        try:
            target = os.path.realpath(path)
            mode = mode_of(target)
            if mode is None or stat.S_ISREG(mode):
                self.replace(target, encoded(text), mode)
            else:
                # A terminal, a pipe, `/dev/null`: nothing that could be put in place of it.
                with open(target, "wb") as file:
                    file.write(encoded(text))
        except OSError as error:
            raise _unwritable(path, error) from error

    def replace(self, path: str, data: bytes, mode: int | None) -> None:
        """Put `data` in place of the file at `path`, so that a crash leaves the old or the new.

        It gets the permissions of `mode`. Raises `OSError`.
        """
        draft = f"{path}.{token()}.tmp"
        write_draft(draft, data, mode)
        try:
            self.rename(draft, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(draft)
            raise

    def rename(self, draft: str, path: str) -> None:
        """Put the file `draft` in place of that at `path`; raises `OSError`.

        When that was read, what stands there now counts as read, too.
        """
        old = _identity(os.stat(path)) if self.was_read(path) else None
        os.replace(draft, path)
        if old is not None:
            # The old number is free now, and the next file may get it.
            self._read.remove(old)
            self._read.add(_identity(os.stat(path)))

    def create(self, path: str, text: str) -> None:
        """See `ports.Files.create`."""
        try:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            create_file(path, encoded(text))
        except OSError as error:
            raise _unwritable(path, error) from error

    def append(self, path: str, text: str) -> None:
        """See `ports.Files.append`."""
        try:
            with open(path, "ab") as file:
                file.write(encoded(text))
        except OSError as error:
            raise _unwritable(path, error) from error

    def stdin(self, limit: int) -> bytes:
        """See `ports.Files.stdin`."""
        return _capped(sys.stdin.buffer.read(limit + 1), limit, "standard input")


def _identity(found: os.stat_result) -> tuple[int, int]:
    return (found.st_dev, found.st_ino)


def mode_of(path: str) -> int | None:
    """Kind and permissions of what stands at `path`; None when nothing does."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def token() -> str:
    """What makes the name of a draft its own."""
    return os.urandom(8).hex()


def write_draft(path: str, data: bytes, mode: int | None = None) -> None:
    """Write a new file that holds `data` for good, with the permissions of `mode`.

    Raises `OSError`, and leaves nothing then.
    """
    try:
        with open(path, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(path, stat.S_IMODE(mode))
    except FileExistsError:
        raise
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(path)
        raise


def create_file(path: str, data: bytes) -> None:
    """Put `data` into a new file; a crash leaves all of it or nothing. Raises `OSError`."""
    draft = f"{path}.{token()}.tmp"
    write_draft(draft, data)
    try:
        # Unlike a rename, a link never takes the place of what stands there.
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        # Shared folders of virtual machines know no hard links.
        write_draft(path, data)
    finally:
        os.unlink(draft)


def _capped(data: bytes, limit: int, path: str) -> bytes:
    if len(data) > limit:
        raise UnreadableError(
            f"`{path}` is larger than {limit >> 20} MiB: no environment file",
            hints=("name the environment file itself: `envtool verify environment.yml`",),
        )
    return data


_PIPE = "a pipe is read with `-`: `... | envtool verify -`"
_REASONS = {
    errno.ENOENT: "does not exist",
    errno.EACCES: "can not be read: permission denied",
    errno.EPERM: "can not be read: permission denied",
    errno.ELOOP: "is a link that leads back to itself",
    errno.EISDIR: "is a folder",
    errno.ENXIO: "is no regular file",
    errno.ENAMETOOLONG: "is too long for a file name",
}
_HINTS = {
    errno.ENOENT: "name a file or a folder that is there",
    errno.EACCES: "make it readable: `chmod u+r`",
    errno.ENXIO: _PIPE,
}


def _unreadable(path: str, error: OSError | ValueError) -> UnreadableError:
    number = error.errno if isinstance(error, OSError) else None
    reason = _REASONS.get(number or 0, f"can not be read: {error}")
    if number == errno.ENOENT and os.path.islink(path):
        reason = "is a link to a file that does not exist"
    hint = _HINTS.get(number or 0, "look at it with `ls -l`")
    return UnreadableError(f"`{path}` {reason}", hints=(hint,))


def _unwritable(path: str, error: OSError) -> UnreadableError:
    return UnreadableError(
        f"`{path}` can not be written: {error.strerror}",
        hints=(disk_hint(error) or "name a file in a folder that exists and is yours",),
    )


def encoded(text: str) -> bytes:
    """`text` as UTF-8; what was no character in a file name becomes a question mark."""
    return text.encode("utf-8", "replace")
