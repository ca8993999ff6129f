"""A lock file as data: exact packages for every platform."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
        category: conda-lock's, `main` for production; in a lock of pixi the environment.
        line: of its entry, from 1.
        source: the repository that pip builds it from, in a lock of conda-lock.
        license: as the channel wrote it; None where the lock records none.
        purls: what a conda package is elsewhere, as package URLs, in a lock of pixi; none of
            them says that it is nothing elsewhere, None that the lock does not say.
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
    source: str = ""
    license: str | None = None
    purls: tuple[str, ...] | None = None

    @property
    def build(self) -> str:
        """The build string, which a conda package has in its file name."""
        stem = self.url.rpartition("/")[2].removesuffix(".conda").removesuffix(".tar.bz2")
        return stem.rpartition("-")[2] if self.manager == "conda" else ""


class VirtualPackage(NamedTuple):
    """A property of the machine, like `__glibc 2.28`; an empty version is not given."""

    name: str
    version: str
    build: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lock:
    """A lock file of any kind.

    Attributes:
        path: as shown.
        platforms: those that it says it is for.
        channels: their names or URLs, in order.
        sources: the spec files it was made from, relative to it.
        packages: in the order of the file.
        text: of the file, for the lines that messages show.
        isolated: whether each category is an environment of its own (pixi), and not a layer.
        maker: the command that makes such a file.
        machines: the virtual packages that it takes for given, by platform; none when it says
            nothing of them.
        recorded: whether the full records of its packages lie beside it: envtool wrote it.
        gone: those of the sources of such a lock that are not there anymore.
    """

    path: str
    platforms: tuple[str, ...]
    channels: tuple[str, ...]
    sources: tuple[str, ...]
    packages: tuple[LockedPackage, ...]
    text: str = ""
    isolated: bool = False
    maker: str = "envtool lock"
    machines: Mapping[str, tuple[VirtualPackage, ...]] = field(default_factory=dict)
    recorded: bool = False
    gone: tuple[str, ...] = ()

    @property
    def again(self) -> str:
        """How to make it again."""
        return f"lock again: `{self.maker}`"

    @property
    def is_records(self) -> bool:
        """Whether it is what envtool writes beside a lock: the same packages once more."""
        return self.isolated and self.maker == "envtool lock"

    def environment(self, package: LockedPackage) -> tuple[str, str]:
        """What `package` is installed into: an environment (`""` for the only one), a platform."""
        return (package.category if self.isolated else "", package.platform)

    def foreign(self) -> list[LockedPackage]:
        """The packages that are somebody's work.

        That is, without virtual ones, which old versions of conda-lock wrote down, too, and
        without the project's own folders.
        """
        real = [each for each in self.packages if each.name[:2] != "__"]
        return [each for each in real if each.url[:1] != "." and " @ " not in each.url]

    @property
    def whole(self) -> Place:
        """The file as a place."""
        return Place(self.path)

    def place(self, package: LockedPackage) -> Place:
        """Where the entry of `package` starts."""
        return Place(self.path, package.line, 1, len(f"- name: {package.name}") + 1)
