"""One side of a merge of locks, as its text says it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from envtool.domain.conda_lock import read_conda_lock
from envtool.domain.conda_lock_writer import LockMetadata, read_metadata
from envtool.domain.locks import Lock, LockedPackage
from envtool.domain.yaml_nodes import Node, keys_of

Parse = Callable[[str, str], Node | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A lock as it is merged: head and packages, the latter sorted and without lines."""

    head: LockMetadata
    packages: tuple[LockedPackage, ...]

    def lock(self, path: str = "") -> Lock:
        """The same as a lock that can be judged."""
        return Lock(
            path=path,
            platforms=self.head.platforms,
            channels=tuple(url for url, _ in self.head.channels),
            sources=self.head.sources,
            packages=self.packages,
        )


NOTHING = Side(
    head=LockMetadata(content_hash={}, channels=(), platforms=(), sources=()), packages=()
)


def side(head: LockMetadata, packages: "list[LockedPackage] | tuple[LockedPackage, ...]") -> Side:
    """A side with `packages` in the order of a lock, and without the lines where they stood."""
    bare = (each._replace(line=0) for each in packages)
    ordered = sorted(bare, key=lambda each: (each.manager, each.name, each.platform, each.category))
    return Side(head=head, packages=tuple(ordered))


def read_side(text: str, path: str, parse: Parse) -> Side:
    """The side that `text` is; raises `NotALockError`, and what `parse` raises."""
    text = text.replace("\r\n", "\n")
    lock = read_conda_lock(text, path, parse)
    root = parse(text.partition("\npackage:")[0], path)
    head = read_metadata(root if "metadata" in keys_of(root) else parse(text, path))
    # Old versions of conda-lock left these out, or wrote bare names.
    head = replace(
        head,
        platforms=head.platforms or lock.platforms,
        channels=head.channels or tuple((url, ()) for url in lock.channels),
    )
    return side(head, lock.packages)
