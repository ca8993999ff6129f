"""What exporting a lock asks of the outside world; as `ports` has the rest."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from envtool.domain.artifacts.bill import Bill
    from envtool.domain.channel_resolver import ResolvedChannel
    from envtool.domain.locks import LockedPackage
    from envtool.domain.solving import CondaRecord
    from envtool.ports_installing import Progress


class BillWriter(Protocol):
    """Writes bills of materials."""

    def write(self, bill: "Bill", now: "datetime") -> str:
        """The text of `bill` as CycloneDX 1.6 JSON, with `now` as its time.

        The same `bill` and `now` give the same text, byte for byte.
        """
        ...


class Cargo(NamedTuple):
    """What goes into a bundle.

    Attributes:
        texts: files by their name in the bundle; `.sh` files can be executed.
        records: conda packages whose archives come along.
        wheels: pip packages, the same.
        program: the package of micromamba, whose program comes along; None without.
        channels: that have the packages.
        now: the time of all members.
    """

    texts: "Mapping[str, str]"
    records: "Sequence[CondaRecord]"
    wheels: "Sequence[LockedPackage]"
    program: "CondaRecord | None"
    channels: "tuple[ResolvedChannel, ...]"
    now: "datetime"


class Packed(NamedTuple):
    """A bundle that was written.

    Attributes:
        archives: how many packages are in it.
        size: in bytes.
        sha256: of the file, hexadecimal digits.
        has_program: whether micromamba is in it.
    """

    archives: int
    size: int
    sha256: str
    has_program: bool


class Bundles(Protocol):
    """Writes and reads bundles: an environment in one file, in the layout of pixi-pack.

    A tar file that is not compressed, with `channel/SUBDIR/ARCHIVE` and its `repodata.json`,
    `pypi/WHEEL`, and texts beside them.
    """

    def pack(self, path: str, cargo: Cargo, progress: "Progress") -> Packed:
        """Write a bundle to `path`, whole or not at all; every archive is hashed.

        Raises `UnavailableError` when an archive can not be had, `IntegrityError` when one is not
        what was locked, `UnreadableError` when the file can not be written.
        """
        ...

    def texts(self, path: str) -> "Mapping[str, str]":
        """The texts of a bundle, by name.

        Raises `UnreadableError` for what is no bundle, `IntegrityError` for one that is out to do
        harm: names that lead out, links, devices, a name twice, sizes beyond all measure.
        """
        ...

    def admit(self, path: str, digests: "Mapping[str, str]", progress: "Progress") -> int:
        """Take the archives of a bundle into the store; how many.

        `digests` has the SHA-256 of those that are wanted by their name in the bundle; others are
        passed over. Raises as `texts`, and `IntegrityError` for an archive with other bytes.
        """
        ...
