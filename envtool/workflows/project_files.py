"""The files of a project that an environment is made from: they are recorded with it."""

from collections.abc import Callable, Iterator
from hashlib import sha256

from envtool.domain.generations import is_inside
from envtool.domain.secrets import holds_secret
from envtool.errors import EnvtoolError
from envtool.ports import FileKind, Tools
from envtool.workflows.finder import join
from envtool.workflows.install_home import Home
from envtool.workflows.install_source import Choice, Kind, Source
from envtool.workflows.lock_records import RECORDS_FILE
from envtool.workflows.machine_files import MACHINE_FILE
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT

# The lock comes last: read with older files beside it, it would be wrong.
LOCKED = (MACHINE_FILE, RECORDS_FILE, LOCK_FILE)


def with_files(tools: Tools, home: Home, choice: Choice, source: Source) -> Source:
    """`source` with the files of the project that it was read from.

    None of them where it came from elsewhere, and where one can not be read: to record them is no
    reason not to install.
    """
    reads = {Kind.LOCK: _of_project, Kind.CANDIDATE: _of_candidate, Kind.REVISION: _of_revision}
    if choice.kind not in reads:
        return source
    read = reads[choice.kind](tools, home, source)
    try:
        found = tuple((name, text) for name in _names(home) if (text := read(name)) is not None)
        texts = dict(found)
        for text in texts.values():
            text.decode()
    except (EnvtoolError, UnicodeDecodeError):
        return source
    if sha256(texts.get(LOCK_FILE, b"")).hexdigest() != source.lock:
        # Somebody wrote a new one meanwhile.
        return source
    return source._replace(files=found, project=project_root(tools, home))


def kept_texts(source: Source) -> tuple[bytes, ...]:
    """What is recorded of the contents of files: nothing that holds a credential, git has that."""
    return tuple(
        text
        for name, text in source.files
        if not holds_secret(text.decode(), is_lock=name in LOCKED)
    )


def project_root(tools: Tools, home: Home) -> str:
    """The absolute folder of the project."""
    return join(tools.files.absolute(home.folder), ".")


def _names(home: Home) -> Iterator[str]:
    """The names that files of the project may have, each once."""
    policy = home.project.policy
    patterns = (*policy.production_files, *policy.development_files)
    usual = (each for each in patterns if not set("*?[") & set(each))
    names = dict.fromkeys((*home.files, *usual, *LOCKED))
    return (each for each in names if is_inside(each))


_Read = Callable[[str], bytes | None]


def _of_project(tools: Tools, home: Home, source: Source) -> _Read:
    del source
    return lambda name: read_file(tools, join(home.folder, name))


def _of_candidate(tools: Tools, home: Home, source: Source) -> _Read:
    del source
    from envtool.workflows.candidate import FOLDER

    def read(name: str) -> bytes | None:
        proposed = read_file(tools, join(home.folder, f"{FOLDER}/{name}"))
        return read_file(tools, join(home.folder, name)) if proposed is None else proposed

    return read


def _of_revision(tools: Tools, home: Home, source: Source) -> _Read:
    return lambda name: tools.git.blob(home.folder, source.revision, name)


def read_file(tools: Tools, path: str) -> bytes | None:
    """The bytes of a file; None when there is none. Raises `UnreadableError`."""
    if tools.files.kind(path) is FileKind.MISSING:
        return None
    return tools.files.read(path, LOCK_LIMIT)
