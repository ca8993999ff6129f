"""What the workflows ask of the outside world, as small interfaces.

`adapters.connect()` answers with the real ones; tests hand over others that pass the same
contract suite.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from envtool.domain.auditing.identify import Products
    from envtool.domain.auditing.sources import Sources
    from envtool.domain.catalog import Catalog
    from envtool.domain.channel_names import Machine
    from envtool.domain.credentials import Credential
    from envtool.domain.licenses import LicenseNames
    from envtool.domain.yaml_nodes import Node
    from envtool.ports_auditing import (
        Advisories,
        AdvisoryDatabase,
        Attestations,
        PackageCaches,
        ProjectIndex,
    )
    from envtool.ports_caching import Cache
    from envtool.ports_deploying import Daemons
    from envtool.ports_exporting import BillWriter, Bundles
    from envtool.ports_inspecting import Inspector
    from envtool.ports_installing import ByteCode, Installer, Wheels
    from envtool.ports_prefixes import Prefixes
    from envtool.ports_running import Processes
    from envtool.ports_solving import LockEngine, PipSolver, Solver
    from envtool.ports_testing import Repository, Trials


class FileKind(Enum):
    """What stands at a path, links followed."""

    FILE = "a file"
    FOLDER = "a folder"
    OTHER = "no regular file"
    MISSING = "missing"


class Files(Protocol):
    """Reads files and folders; paths are absolute, or relative to the working directory."""

    def kind(self, path: str) -> FileKind:
        """What stands at `path`; `OTHER` when that can not be told, or a link leads nowhere."""
        ...

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of a regular file.

        Raises `UnreadableError` when it is missing, forbidden, no regular file (a FIFO is not
        opened, for it would block) or larger than `limit` bytes.
        """
        ...

    def was_read(self, path: str) -> bool:
        """Whether `read` has read the file at `path`, by this name or another."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """The names in `folder`, sorted; empty when it does not exist.

        Raises `UnreadableError` when it can not be listed.
        """
        ...

    def subfolders(self, folder: str) -> tuple[str, ...]:
        """The names of the real folders (no links) in `folder`, sorted; raises as `names`."""
        ...

    def is_link(self, path: str) -> bool:
        """Whether `path` itself is a link, one that leads nowhere included."""
        ...

    def absolute(self, path: str) -> str:
        """`path` as an absolute path, links kept."""
        ...

    def write(self, path: str, text: str) -> None:
        """Put `text` as UTF-8 in place of the file at `path`, whole or not at all.

        Links are followed and permissions kept; a device or a pipe is written into. Raises
        `UnreadableError` when that is not possible.
        """
        ...

    def create(self, path: str, text: str) -> None:
        """Put `text` as UTF-8 into a new file at `path`, with the folders above it.

        Whole or not at all; raises `UnreadableError`, also when something stands there.
        """
        ...

    def append(self, path: str, text: str) -> None:
        """Add `text` as UTF-8 to the file at `path`; raises `UnreadableError`."""
        ...

    def stdin(self, limit: int) -> bytes:
        """All of standard input; raises `UnreadableError` when it is more than `limit` bytes."""
        ...


class Changes(Protocol):
    """Writes several files of a project as one change, and lets one writer in at a time."""

    def exclusive(
        self, root: str, *, wait: float, say: "Callable[[str], None]"
    ) -> "AbstractContextManager[tuple[str, ...]]":
        """Be the only writer of the project in `root`, its files read and written as one.

        Ends first what an earlier run was cut off in. Gives what there is to tell, one line each.
        `say` is told once when another run has its turn, and that for `wait` seconds at most:
        then `UsageError`. Raises `UnreadableError` when the project can not be written to, and
        when files were changed since an earlier run was cut off, so that it can not be ended.

        Who only reads needs none of this. Between the replacements of one change, and after a
        run was killed there until the next `exclusive`, a reader sees the first files of the
        change new and the others old; each file for itself is always whole.
        """
        ...

    def is_pending(self, root: str) -> bool:
        """Whether an earlier run was cut off, so that the next turn has something to end."""
        ...

    def commit(self, root: str, texts: "Mapping[str, str | None]") -> None:
        """Put `texts` as UTF-8 in place of files: all or none, at whatever instant it ends.

        By path relative to `root`; None deletes. Only inside `exclusive`. Files are replaced in
        the order of `texts`, those that stay as they are not touched. Links are followed (but
        not to delete), permissions kept, folders made. Raises `UnreadableError` when that is
        not possible; everything is as it was then, unless the message says otherwise.
        """
        ...


class Stages(NamedTuple):
    """What git's index holds of a file in conflict; None where a side does not have it."""

    base: bytes | None
    ours: bytes | None
    theirs: bytes | None


class Git(Protocol):
    """Reads from the repository that holds a folder; runs no filter, hook or textconv."""

    def blob(self, folder: str, revision: str, path: str) -> bytes | None:
        """The committed bytes of `path` (relative to `folder`) at `revision`.

        None when that commit has no such file. Raises `UsageError` when `revision` names no
        commit, `ToolError` when git is missing or fails.
        """
        ...

    def commit(self, folder: str, revision: str) -> str:
        """The full hash of the commit that `revision` names; raises as `blob`."""
        ...

    def head_with(self, folder: str, path: str, content: bytes) -> str | None:
        """The full hash of the commit that is checked out, if it has `content` at `path`.

        None when it has other bytes, or none; raises as `blob`. Takes one process.
        """
        ...

    def stages(self, folder: str, path: str) -> "Stages | None":
        """The sides of an unsettled merge of `path` (relative to `folder`), from git's index.

        None when git knows of none. Raises `UsageError` when `folder` is in no repository,
        `ToolError` when git is missing or fails.
        """
        ...

    def mark_conflict(self, ours: str, base: str, theirs: str) -> None:
        """Merge the file `ours` with `theirs` line by line, markers where that does not go.

        What is no text stays as it is. Raises `ToolError` when git is missing.
        """
        ...


class Yaml(Protocol):
    """Parses YAML without ever building Python objects from it."""

    def parse(self, text: str, path: str) -> "Node | None":
        """The first document of `text` with `path` in every place; None when it is empty.

        Raises `YamlError` on anything that is malformed, nested too deep or recursive.
        """
        ...

    def dump(self, data: object) -> str:
        """Lists, mappings and scalars as YAML, in the order and layout of PyYAML."""
        ...


class Credentials(Protocol):
    """What opens a server, as stored for this user; never a part of a URL or a lock."""

    def find(self, url: str) -> "Credential | None":
        """The credential for `url`; None for a server that none is stored for, and for files.

        One for the very host goes before one for `*.` and a domain above it. Raises
        `UnreadableError` when a store can not be read.
        """
        ...


class Desk(Protocol):
    """The settings of the user who runs envtool; only verbs that solve or install ask for them."""

    def machine(self, folder: str) -> "Machine":
        """Settings of conda and environment variables, for a spec in the absolute `folder`.

        Raises `UnreadableError` when a `.condarc` can not be read.
        """
        ...

    def credentials(self) -> Credentials:
        """What is stored for this user; raises as `machine`."""
        ...

    def platform(self) -> str:
        """The subdir of this machine, like `linux-64`."""
        ...


class Shipped(Protocol):
    """The lists that come with envtool."""

    def catalog(self) -> "Catalog":
        """Development tools, layers and names; read once."""
        ...

    def licenses(self) -> "LicenseNames":
        """What channels call licences; read once."""
        ...

    def products(self) -> "Products":
        """What native conda packages are for those who write advisories; read once."""
        ...

    def requirement(self) -> str:
        """What pip installs this envtool from: the commit of its repository (PEP 610).

        The repository of an `OWNER` who is not known when it came from elsewhere.
        """
        ...

    def template(self, name: str) -> str:
        """A file of `envtool/data/templates/`, for `string.Template`."""
        ...

    def result_schema(self) -> str:
        """The JSON schema of the envelope that `formats/envelope.py` writes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """One door to each outside thing; what loads slowly is opened when it is called."""

    files: Files
    git: Git
    yaml: Yaml
    shipped: Shipped
    desk: "Callable[[], Desk]"
    solver: "Callable[[], Solver]"
    pip: "Callable[[], PipSolver]"
    changes: "Callable[[], Changes]"
    installer: "Callable[[], Installer]"
    prefixes: "Callable[[], Prefixes]"
    inspector: "Callable[[], Inspector]"
    wheels: "Callable[[], Wheels]"
    byte_code: "Callable[[], ByteCode]"
    engine: "Callable[[], LockEngine]"
    bills: "Callable[[], BillWriter]"
    bundles: "Callable[[], Bundles]"
    attestations: "Callable[[], Attestations]"
    advisories: "Callable[[Sources], Advisories]"
    advisory_database: "Callable[[Sources], AdvisoryDatabase]"
    package_caches: "Callable[[], PackageCaches]"
    project_index: "Callable[[str], ProjectIndex]"
    processes: "Callable[[], Processes]"
    trials: "Callable[[], Trials]"
    repository: "Callable[[], Repository]"
    daemons: "Callable[[], Daemons]"
    cache: "Callable[[], Cache]"
