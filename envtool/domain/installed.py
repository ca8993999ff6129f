"""An installed prefix as data: what its records say, and what a look at its files found."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from envtool.domain.findings import Place

if TYPE_CHECKING:
    from envtool.domain.locks import LockedPackage

# Records are called by name, version and build.
_RECORD = re.compile(r"conda-meta/(.+)-[^-]+-[^-]+\.json")


# A tuple and no dataclass: a prefix has tens of thousands.
class InstalledFile(NamedTuple):
    """One path that a package has put into a prefix.

    Attributes:
        path: relative to the prefix, with `/`.
        sha256: of the bytes as installed, empty when nobody recorded it. Of a link what
            py-rattler writes: the hash of the text of the link.
        size: in bytes, a hint only.
        is_link: whether it is a symbolic link.
        packed: of a link, the hash of what it led to when the package was built.
    """

    path: str
    sha256: str = ""
    size: int = 0
    is_link: bool = False
    packed: str = ""


class InstalledPackage(NamedTuple):
    """One package of a prefix, as `conda-meta` or a `dist-info` records it.

    Attributes:
        name: in lower case; that of a distribution canonical by PEP 503.
        version: exact.
        manager: `conda` or `pip`.
        record: the path of the record, relative to the prefix.
        build: the build string of a conda package.
        subdir: the platform that it was built for, or `noarch`.
        url: where its archive came from.
        md5: of the archive, hexadecimal digits; empty when not recorded.
        sha256: the same.
        depends: match specs, or requirements of a distribution.
        constrains: match specs of what need not be there.
        files: what it has put into the prefix, without byte-code.
        store: the folder that its files are links into, for one that is linked softly.
        license: as recorded.
    """

    name: str
    version: str
    manager: str
    record: str
    build: str = ""
    subdir: str = ""
    url: str = ""
    md5: str = ""
    sha256: str = ""
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    files: tuple[InstalledFile, ...] = ()
    store: str = ""
    license: str | None = None

    @property
    def label(self) -> str:
        """As messages name it."""
        return f"{self.name} {self.version}"


class Distribution(NamedTuple):
    """What pip and every other Python program sees as installed, whoever installed it.

    Attributes:
        name: canonical by PEP 503.
        version: exact.
        record: its `dist-info`, relative to the prefix.
        depends: its `Requires-Dist`.
        by_conda: whether it is a part of a conda package.
    """

    name: str
    version: str
    record: str
    depends: tuple[str, ...] = ()
    by_conda: bool = False


class Unreadable(NamedTuple):
    """Something of a prefix that can not be read: its path relative to the prefix, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Installed:
    """What the records of a prefix say.

    Attributes:
        root: the absolute path of the tree that was read.
        packages: those of conda, then those that pip alone has installed.
        distributions: every `dist-info`.
        broken: records that can not be read.
        history: `conda-meta/history`, empty without one.
        is_root: whether conda's own files, or its other environments, are here, too.
    """

    root: str
    packages: tuple[InstalledPackage, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    broken: tuple[Unreadable, ...] = ()
    history: str = ""
    is_root: bool = False

    @property
    def conda(self) -> Mapping[str, InstalledPackage]:
        """The packages of conda by name; of two records of one name the last."""
        return {each.name: each for each in self.packages if each.manager == "conda"}

    @property
    def platform(self) -> str:
        """The subdir that most packages are built for; empty when all are `noarch`."""
        subdirs = [each.subdir for each in self.packages if each.subdir not in {"", "noarch"}]
        return max(subdirs, key=subdirs.count, default="")

    @property
    def unread(self) -> frozenset[str]:
        """The names of conda's packages that are there, and whose record can not be read."""
        matches = (_RECORD.fullmatch(each.path) for each in self.broken)
        return frozenset(match[1].lower() for match in matches if match)

    @property
    def files(self) -> int:
        """How many paths the packages have put here."""
        return sum(len(each.files) for each in self.packages)


class Harm(Enum):
    """What can be wrong with a file of a package."""

    MISSING = "is missing"
    ALTERED = "is altered"
    # Recorded under a path that is not below the prefix: never looked at.
    OUTSIDE = "lies outside of the prefix"
    # It can not be told.
    UNREADABLE = "can not be read"


class Damage(NamedTuple):
    """One file that is not what its package has put there.

    Attributes:
        package: whose record names it.
        path: relative to the prefix, as recorded.
        harm: what is wrong.
        why: more about it, like `is a folder`; empty when there is nothing to add.
    """

    package: InstalledPackage
    path: str
    harm: Harm
    why: str = ""


class Yardstick(NamedTuple):
    """What a prefix is measured by: the part of a lock that belongs into it.

    Attributes:
        path: of the lock, as shown.
        environment: its name, as typed.
        packages: those of the environment, for the platform of the prefix.
        others: those for the same platform that belong to other environments only.
    """

    path: str
    environment: str
    packages: "tuple[LockedPackage, ...]"
    others: "tuple[LockedPackage, ...]" = ()


class Inspection(NamedTuple):
    """A prefix under judgement.

    Attributes:
        prefix: its path, as shown.
        installed: what its records say.
        damages: what a look at the files found.
        yardstick: what it is measured by; None without a lock.
        again: the command that builds it from the lock.
    """

    prefix: str
    installed: Installed
    damages: tuple[Damage, ...] = ()
    yardstick: Yardstick | None = None
    again: str = "envtool recreate"

    @property
    def place(self) -> Place:
        """The prefix as a place."""
        return Place(self.prefix)
