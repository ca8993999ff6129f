"""The packages of a lock or a prefix, as an audit sees them: each once, platforms folded."""

from typing import NamedTuple

from envtool.domain.findings import Place


class Artifact(NamedTuple):
    """One archive of a package.

    Attributes:
        platform: the subdir that it is locked for, like `linux-64`.
        url: where it comes from; empty when it is not known.
        sha256: hexadecimal digits; empty when it is not known.
        build: the build string of a conda package.
    """

    platform: str
    url: str
    sha256: str = ""
    build: str = ""


class Subject(NamedTuple):
    """One package in one version, on however many platforms.

    Attributes:
        manager: `conda` or `pip`.
        name: as its manager spells it, in lower case.
        version: exact.
        artifacts: in the order of the platforms.
        place: of its first entry in the lock; of the prefix.
        path: the names from a direct dependency down to this one, both ends included; of one
            name when it is direct itself; empty when it can not be told.
        depends: the names that it needs.
        purls: package URLs that the lock records for it; none of them says that it is nothing
            elsewhere, None that nobody looked.
        categories: of the lock: `main`, `dev`, an environment of pixi.
        license: as recorded; None when nobody did.
    """

    manager: str
    name: str
    version: str
    artifacts: tuple[Artifact, ...]
    place: Place
    path: tuple[str, ...] = ()
    depends: frozenset[str] = frozenset()
    purls: tuple[str, ...] | None = None
    categories: tuple[str, ...] = ()
    license: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it another subject."""
        return (self.manager, self.name, self.version)

    @property
    def label(self) -> str:
        """As messages name it."""
        return f"{self.name} {self.version}"

    @property
    def is_direct(self) -> bool:
        """Whether an environment file lists it."""
        return len(self.path) == 1
