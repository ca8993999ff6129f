"""What looking at installed prefixes asks of the outside world; as `ports` has the rest."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envtool.domain.installed import Damage, Installed


class Inspector(Protocol):
    """Reads installed prefixes, and looks at their files; runs nothing of them."""

    def read(self, prefix: str) -> "Installed":
        """What the records of the prefix at the path `prefix` say, those of conda and of pip.

        Records that can not be read are named in the answer. Raises `UnreadableError` when
        there is no prefix of conda.
        """
        ...

    def check_files(
        self, installed: "Installed", root: str | None = None, hashed: "Sequence[str]" = ()
    ) -> "tuple[Damage, ...]":
        """Every file that is not as `installed` records it, in the order of the records.

        `root` is where the tree lies now, when that is not where it was read: the hashes are
        those of the files as installed, whatever the path is that is written into them. Reads
        nothing outside of the tree, and never waits for a pipe. `hashed` are folders of packages
        whose files were just hashed: a file that is one of them, and not a copy, is not read again.
        """
        ...
