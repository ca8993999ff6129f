"""The door to installed prefixes: whether their files are those that the packages brought.

Nothing outside of the tree is opened, whatever a record says: every folder on the way is looked
at once, and no link is followed to a file.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Container, Sequence
from functools import cache

from envtool.adapters.file_hashing import Job, doubtful
from envtool.adapters.prefix_links import Links
from envtool.adapters.prefix_records import read_prefix
from envtool.domain.installed import Damage, Harm, Installed, InstalledFile, InstalledPackage
from envtool.workers.opening import OPEN_FLAGS, digest

_EMPTY = hashlib.sha256(b"").hexdigest()
# The longest path that Linux opens.
_LONGEST = 4096
_NO_NAMES = frozenset({"", ".", ".."})
_KINDS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISLNK, "is a link"),
    (stat.S_ISFIFO, "is a pipe"),
)


class PrefixInspector:
    """The port `Inspector` on the file system."""

    def __init__(self) -> None:
        self._records: dict[bytes, InstalledPackage] = {}

    def read(self, prefix: str) -> Installed:
        """See `ports.Inspector.read`."""
        return read_prefix(prefix, self._records)

    def check_files(
        self, installed: Installed, root: str | None = None, hashed: Sequence[str] = ()
    ) -> tuple[Damage, ...]:
        """See `ports.Inspector.check_files`."""
        tree = _Tree(os.path.realpath(root or installed.root), installed, hashed)
        return tuple(tree.damages())


class _Tree:
    """The files below `root`, and who owns them."""

    def __init__(self, root: str, installed: Installed, hashed: Sequence[str] = ()) -> None:
        self._root = root
        self._packages = installed.packages
        # By the name of the record.
        self._hashed = {os.path.basename(each): each for each in hashed}
        # Whether a folder, relative to the root, is one below it.
        self._inside: dict[str, bool] = {"": True}
        self._owners: dict[str, tuple[InstalledPackage, InstalledFile]] | None = None

    def damages(self) -> list[Damage]:
        """All of them, in the order of the records."""
        jobs: list[Job] = []
        found: list[Damage] = []
        for package in self._packages:
            trusted = self._trusted(package)
            for file in package.files:
                path, sha256, size, is_link, packed = file
                folder, _, name = path.rpartition("/")
                # What was filled in was written anew.
                if name in trusted(folder) and sha256 == packed and not is_link and path[0] != "/":
                    continue
                if not self._is_inside(path):
                    found.append(self._outside(package, file))
                elif is_link:
                    found += filter(None, [self._link(package, file)])
                else:
                    jobs.append((size, f"{self._root}/{path}", file, package))
        found += filter(None, map(_looked, doubtful(jobs)))
        ranks = {id(each): number for number, each in enumerate(self._packages)}
        return sorted(found, key=lambda each: (ranks[id(each.package)], each.path))

    def _trusted(self, package: InstalledPackage) -> Callable[[str], Container[str]]:
        """Gives the files of a folder that were hashed already, where they were linked from."""
        source = self._hashed.get(package.record.rpartition("/")[2].removesuffix(".json"))
        if source is None:
            return lambda _: ()
        links = Links(self._root, source)
        return cache(lambda folder: links.names(folder) if self._look(folder) else ())

    def _is_inside(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        return self._look(folder) and name not in _NO_NAMES and path[0] != "/"

    def _look(self, folder: str) -> bool:
        """Whether `folder` is below the root, every link on the way followed."""
        known = self._inside.get(folder)
        if known is not None:
            return known
        inside, path = len(folder) < _LONGEST, ""
        for name in folder.split("/") if inside else ():
            path = f"{path}/{name}" if path else name
            known = self._inside.get(path)
            if known is None:
                known = inside and name not in _NO_NAMES and self._stays(path)
                self._inside[path] = known
            inside = known
        return inside

    def _stays(self, folder: str) -> bool:
        path = f"{self._root}/{folder}"
        try:
            if not stat.S_ISLNK(os.lstat(path).st_mode):
                return True
            return self._is_below(os.path.realpath(path))
        except OSError:
            # Missing, or closed: nothing is read there, and its files say so.
            return True
        except ValueError:
            return False

    def _is_below(self, path: str) -> bool:
        return path == self._root or path.startswith(f"{self._root}/")

    def _outside(self, package: InstalledPackage, file: InstalledFile) -> Damage:
        """A path that leaves the prefix by itself, or through a link that stands in its way."""
        parts = file.path.split("/")
        by_itself = _NO_NAMES & set(parts) or "\0" in file.path or len(file.path) >= _LONGEST
        why = "" if by_itself else "a folder on the way is a link out of the prefix"
        return Damage(package, file.path, Harm.OUTSIDE, why)

    def _link(self, package: InstalledPackage, file: InstalledFile) -> Damage | None:
        path = f"{self._root}/{file.path}"
        try:
            target = os.readlink(path)
        except OSError:
            # Where a system knows no links, installers put a copy there.
            copy = InstalledFile(file.path, file.packed or file.sha256, file.size)
            return _looked((0, path, copy, package))
        except ValueError:
            return Damage(package, file.path, Harm.OUTSIDE)
        if self._is_same(target, file, package):
            return None
        return Damage(package, file.path, Harm.ALTERED, "leads elsewhere")

    def _is_same(self, target: str, file: InstalledFile, package: InstalledPackage) -> bool:
        """Whether a link to `target` is the one that was installed.

        py-rattler records the hash of the text. Others record that of the bytes it led to, in
        the package: then it has to lead to a file that brought them, or to one of another
        package, which may be of a later version.
        """
        text = hashlib.sha256(os.fsencode(target)).hexdigest()
        recorded = file.sha256 if file.sha256 != file.packed else ""
        if recorded:
            return recorded == text
        if not file.packed or text == file.packed:
            return True
        folder = file.path.rpartition("/")[0]
        lead = os.path.normpath(f"{self._root}/{folder}/{target}")
        if target.startswith("/") or not self._is_below(os.path.realpath(lead)):
            return False
        return self._is_expected(lead, file, package)

    def _is_expected(self, lead: str, file: InstalledFile, package: InstalledPackage) -> bool:
        """Whether what stands at `lead`, below the root, is what `file` led to when packed."""
        if file.packed == _EMPTY and not os.path.isfile(lead):
            # conda-build has this for a folder, and for nothing.
            return True
        # A link to a link ends at a file.
        owner = self._owner(lead) or self._owner(os.path.realpath(lead))
        if owner is None:
            return False
        other, there = owner
        return other is not package or file.packed in {there.sha256, there.packed}

    def _owner(self, path: str) -> tuple[InstalledPackage, InstalledFile] | None:
        if self._owners is None:
            self._owners = {
                file.path: (package, file) for package in self._packages for file in package.files
            }
        return self._owners.get(path[len(self._root) + 1 :])


def _looked(job: Job) -> Damage | None:
    """What is wrong with one file; None when it is as recorded."""
    _, path, file, package = job
    try:
        descriptor = os.open(path, OPEN_FLAGS)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                return _no_file(job, found.st_mode)
            if not file.sha256 or digest(descriptor, found.st_size) == file.sha256:
                return None
            return Damage(package, file.path, Harm.ALTERED)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        return _refused(job, error)


def _refused(job: Job, error: OSError | ValueError) -> Damage | None:
    """What it means that a file can not be opened."""
    _, _, file, package = job
    if isinstance(error, ValueError):
        # A NUL in the name, or half a character.
        return Damage(package, file.path, Harm.OUTSIDE, "is no path")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Damage(package, file.path, Harm.MISSING)
    if error.errno in {errno.ELOOP, errno.ENXIO}:
        # A link, which is not followed, or a socket.
        return _replaced(job)
    why = (error.strerror or str(error)).lower()
    return Damage(package, file.path, Harm.UNREADABLE, why)


def _replaced(job: Job) -> Damage | None:
    """What it means that a link, or a socket, stands where a file should."""
    size, path, file, package = job
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        why = "is behind a link that leads back to itself"
        return Damage(package, file.path, Harm.ALTERED, why)
    real = os.path.realpath(path)
    store = package.store and os.path.realpath(package.store)
    if stat.S_ISLNK(mode) and store and real.startswith(f"{store}/"):
        return _looked((size, real, file, package))
    return _no_file(job, mode)


def _no_file(job: Job, mode: int) -> Damage:
    """Something else stands where a file should."""
    why = next((words for is_kind, words in _KINDS if is_kind(mode)), "is no regular file")
    return Damage(job[3], job[2].path, Harm.ALTERED, why)
