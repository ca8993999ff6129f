"""Makes the files in `recovery/` from an accepted lock."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from envtool import __version__
from envtool.domain.artifacts.bill import bill_of
from envtool.domain.artifacts.changelog import Entry, with_entry, with_return
from envtool.domain.artifacts.contents import Contents
from envtool.domain.artifacts.explicit import explicit_lists
from envtool.domain.artifacts.manifest import (
    Manifest,
    NotAManifestError,
    read_manifest,
    write_manifest,
)
from envtool.domain.artifacts.pinned import pinned_files
from envtool.domain.artifacts.recovery_page import recovery_page
from envtool.domain.artifacts.requirements import requirement_files
from envtool.domain.conda_lock_writer import read_metadata
from envtool.domain.lock_reader import read_lock
from envtool.domain.locks import Lock
from envtool.domain.policy.records import Artifact
from envtool.domain.project import Project
from envtool.domain.specs import Role
from envtool.errors import UnreadableError
from envtool.ports import FileKind, Tools
from envtool.workflows.lock_records import records_of
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT

FOLDER = "recovery"
MANIFEST = "manifest.json"
_PAGE, _CHANGES, _BILL = "RECOVERY.md", "CHANGELOG.md", "sbom.cdx.json"
_SCRIPTS = ("recover.sh", "recover.ps1")
_PREVIOUS = "previous/"
# Hashes are of bytes: git may not put other line ends into a checkout.
_ATTRIBUTES = (".gitattributes", "* -text\n")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Accepted:
    """A lock that is, or is about to be, the one of its project.

    Attributes:
        lock: the text of `conda-lock.yml`.
        records: the text of `recovery/records.lock`; empty without one.
        now: the time of what is dated.
        before: the text of the `conda-lock.yml` that it replaces; empty without one.
        entry: what the change log says of it; None when nothing is to be said.
    """

    lock: str
    records: str
    now: datetime
    before: str = ""
    entry: Entry | None = None


def artifact_texts(
    tools: Tools, folder: str, project: Project, accepted: Accepted
) -> dict[str, str | None]:
    """What to commit in `recovery/`, by name relative to the project; None goes away.

    What the policy chooses; an artifact of before that it does not choose anymore goes. Raises
    `UnreadableError` when something in `recovery/` can not be read.
    """
    contents = read_contents(tools, project, accepted.lock, accepted.records)
    desk = _Desk(tools, folder, project)
    old = desk.manifest()
    texts = dict(_made(desk, contents, accepted))
    texts |= dict(_previous(desk, old, contents, accepted))
    texts |= [_ATTRIBUTES] if texts else []
    digests = {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}
    gone = dict.fromkeys(sorted(old.files.keys() - texts.keys())) if old else {}
    written: dict[str, str | None] = {**texts, **gone}
    if texts or old:
        manifest = Manifest(contents.digest, digests)
        written[MANIFEST] = write_manifest(manifest, __version__) if texts else None
    return {f"{FOLDER}/{name}": text for name, text in written.items()}


def read_contents(tools: Tools, project: Project, lock_text: str, records_text: str) -> Contents:
    """A lock as artifacts need it; raises `UnreadableError` when it is none."""
    lock = _lock(tools, lock_text)
    head = read_metadata(tools.yaml.parse(lock_text.partition("\npackage:")[0], LOCK_FILE))
    records = records_of(tools, records_text, lock) if records_text else {}
    return Contents(
        name=_name(tools, project),
        digest=sha256(lock_text.encode()).hexdigest(),
        platforms=head.platforms,
        channels=tuple(dict.fromkeys(url for url, _ in head.channels)),
        packages=tuple(lock.foreign()),
        records={each.url: each for found in records.values() for each in found},
    )


def _lock(tools: Tools, text: str) -> Lock:
    lock = read_lock(text, LOCK_FILE, tools.yaml.parse)
    if lock is None:
        raise UnreadableError(f"`{LOCK_FILE}` is no lock", hints=("lock again: `envtool lock`",))
    return lock


def _name(tools: Tools, project: Project) -> str:
    named = [each.name.text for each in project.of(Role.PRODUCTION) if each.name is not None]
    return named[0] if named else posixpath.basename(tools.files.absolute(project.root))


class _Desk:
    """The `recovery/` of a project, as it is."""

    def __init__(self, tools: Tools, folder: str, project: Project) -> None:
        self.tools = tools
        self.project = project
        self._folder = folder

    def wants(self, artifact: Artifact) -> bool:
        return artifact in self.project.policy.artifacts

    def read(self, name: str) -> str:
        """The text of a file; empty when there is none."""
        path = posixpath.normpath(f"{self._folder}/{FOLDER}/{name}")
        if self.tools.files.kind(path) is FileKind.MISSING:
            return ""
        return self.tools.files.read(path, LOCK_LIMIT).decode("utf-8", "replace")

    def manifest(self) -> Manifest | None:
        """None when there is none, or one that has to be made again anyway."""
        try:
            return read_manifest(self.read(MANIFEST))
        except NotAManifestError:
            return None


def _made(desk: _Desk, contents: Contents, accepted: Accepted) -> Iterator[tuple[str, str]]:
    """Name relative to `recovery/` and text of each artifact that the policy chooses."""
    shipped = desk.tools.shipped
    if desk.wants(Artifact.EXPLICIT) or desk.wants(Artifact.RECOVERY):
        yield from explicit_lists(contents)
    if desk.wants(Artifact.REQUIREMENTS):
        yield from requirement_files(contents)
    if desk.wants(Artifact.ENVIRONMENT):
        yield from pinned_files(contents, desk.tools.yaml.dump)
    if desk.wants(Artifact.SBOM):
        bill = bill_of(contents, shipped.licenses(), shipped.catalog())
        yield _BILL, desk.tools.bills().write(bill, accepted.now)
    if desk.wants(Artifact.RECOVERY):
        yield _PAGE, recovery_page(contents, shipped.template(_PAGE), desk.read(_PAGE))
        yield from ((name, shipped.template(name)) for name in _SCRIPTS)
    if desk.wants(Artifact.CHANGELOG):
        was = accepted.entry.before if accepted.entry else contents.digest
        text = with_return(desk.read(_CHANGES), accepted.now.date(), was)
        text = with_entry(text, accepted.entry) if accepted.entry else text
        yield from ((_CHANGES, each) for each in (text,) if each)


def _previous(
    desk: _Desk, old: Manifest | None, contents: Contents, accepted: Accepted
) -> Iterator[tuple[str, str]]:
    """The lists that `recover.sh previous` installs: those of the lock before this one."""
    if not desk.wants(Artifact.RECOVERY):
        return
    kept = _kept(desk, old)
    if old is not None and old.lock == contents.digest:
        yield from ((name, text) for name, text in kept.items() if name.startswith(_PREVIOUS))
    elif old is not None:
        yield from ((_PREVIOUS + name, text) for name, text in kept.items() if "/" not in name)
    elif accepted.before and accepted.before != accepted.lock:
        before = read_contents(desk.tools, desk.project, accepted.before, "")
        yield from ((_PREVIOUS + name, text) for name, text in explicit_lists(before))


def _kept(desk: _Desk, old: Manifest | None) -> Mapping[str, str]:
    """The lists of an older export, those that nobody changed since then."""
    names = [name for name in (old.files if old else ()) if name.endswith(".lock")]
    texts = {name: desk.read(name) for name in names}
    digests = old.files if old else {}
    return {
        name: text
        for name, text in texts.items()
        if sha256(text.encode()).hexdigest() == digests[name]
    }
