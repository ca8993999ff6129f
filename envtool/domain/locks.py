"""A lock file as data: exact packages for every platform."""

from dataclasses import dataclass
from typing import NamedTuple

from envtool.domain.findings import Place


# A tuple and no dataclass: a lock holds thousands.
class LockedPackage(NamedTuple):
    """One package for one platform.

    Attributes:
        name: as its manager spells it, in lower case.
        version: exact.
        manager: `conda` or `pip`.
        platform: a subdir like `linux-64`.
        url: where it is fetched.
        md5: hexadecimal digits, empty when the lock has none.
        sha256: the same.
        dependencies: (name, constraint) as the package declares them.
        category: conda-lock's, `main` for production.
        line: of its entry, from 1.
    """

    name: str
    version: str
    manager: str
    platform: str
    url: str
    md5: str
    sha256: str
    dependencies: tuple[tuple[str, str], ...]
    category: str
    line: int

    @property
    def build(self) -> str:
        """The build string, which a conda package has in its file name."""
        stem = self.url.rpartition("/")[2].removesuffix(".conda").removesuffix(".tar.bz2")
        return stem.rpartition("-")[2] if self.manager == "conda" else ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lock:
    """A `conda-lock.yml`.

    Attributes:
        path: as shown.
        platforms: those that it says it is for.
        channels: their names or URLs, in order.
        sources: the spec files it was made from, relative to it.
        packages: in the order of the file.
        text: of the file, for the lines that messages show.
    """

    path: str
    platforms: tuple[str, ...]
    channels: tuple[str, ...]
    sources: tuple[str, ...]
    packages: tuple[LockedPackage, ...]
    text: str = ""

    @property
    def whole(self) -> Place:
        """The file as a place."""
        return Place(self.path)

    def place(self, package: LockedPackage) -> Place:
        """Where the entry of `package` starts."""
        return Place(self.path, package.line, 1, len(f"- name: {package.name}") + 1)
