"""Byte-code for a stage: hard links to what was compiled once, and the rest compiled in parallel.

A `.pyc` is good for every prefix: it belongs to its source by time and size, and Python names the
place anew when it loads it. In the cache each has the hash of its source and its own hash in its
name, and is held against the latter before it is linked: what was edited, there or through a link
in some prefix, goes no further. Who may write to the cache and renames what he edits is the user.
"""

import hashlib
import os
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Timer
from typing import NamedTuple

from envtool.adapters import byte_code_worker
from envtool.adapters.prefix_python import layout_in
from envtool.ports_installing import ByteCodeFacts, Stage

# Nothing of the user, of `site` or of packages; nothing written; no warnings on sources.
_ISOLATED = ("-I", "-S", "-B", "-Wignore")
_PROBE = (
    "import sys; from _frozen_importlib_external import MAGIC_NUMBER;"
    "tag = sys.version_info >= (3, 7) and sys.implementation.cache_tag or '-';"
    "print(tag, tag + '-' + getattr(sys, 'abiflags', '') + MAGIC_NUMBER.hex())"
)
_BATCH = 32
_CACHE = "__pycache__"
# For a batch, in seconds; a process that takes longer is taken for hanging.
_LONGEST = 300.0
# Before it is taken for certain that not the modules are to blame.
_MOST_PROCESSES = 50


class _Module(NamedTuple):
    """A source in the stage; `path` below it, with slashes."""

    path: str
    folder: str
    name: str
    seconds: int
    size: int

    @property
    def source(self) -> str:
        return f"{self.folder}{os.sep}{self.name}"

    def target(self, tag: str) -> str:
        """Where Python looks for its byte-code (PEP 3147)."""
        return os.sep.join([self.folder, _CACHE, f"{self.name[:-3]}.{tag}.pyc"])


class _Folder(NamedTuple):
    """Modules of one folder, and the names of the byte-code that is there."""

    modules: tuple[_Module, ...]
    made: frozenset[str]


class LinkedByteCode:
    """The port `ByteCode`; the cache is below `root`.

    `longest` is the time that a process may take for some modules, in seconds.
    """

    def __init__(
        self, root: str, *, processes: int | None = None, longest: float = _LONGEST
    ) -> None:
        self._longest = longest
        self._root = os.path.join(root, "byte-code")
        self._processes = processes or os.cpu_count() or 1

    def complete(self, stage: Stage, hashes: Mapping[str, str]) -> ByteCodeFacts:
        """See `ports.ByteCode.complete`."""
        layout = layout_in(stage)
        python = os.path.join(stage.path, *layout.interpreter.split("/"))
        try:
            with _started(python, "-c", _PROBE) as probe:
                folders = tuple(_folders(stage.path, layout.site_packages))
                told = probe.communicate()[0].decode("ascii", "replace").split()
        except OSError as error:
            return ByteCodeFacts(
                skipped=f"`{layout.interpreter}` can not be started: {error.strerror}"
            )
        if not told or told[0] == "-":
            return ByteCodeFacts(skipped=f"Python {stage.python} told of no byte-code that it uses")
        tag, kind = told[0], told[-1]
        missing = [each for folder in folders for each in _without(folder, tag)]
        cache = os.path.join(self._root, kind)
        left = _linked(missing, tag, cache, hashes)
        failed = self._compiled(left, stage, _Worker(python, cache, tag, self._longest))
        linked = len(missing) - len(left)
        return ByteCodeFacts(linked=linked, compiled=len(left) - failed, failed=failed)

    def _compiled(self, modules: list[_Module], stage: Stage, worker: "_Worker") -> int:
        """Compile `modules`; how many of them are not to be compiled."""
        # The largest first: at the end no process waits for another for long.
        ordered = sorted(modules, key=lambda each: -each.size)
        batches = deque(ordered[at : at + _BATCH] for at in range(0, len(ordered), _BATCH))
        count = min(self._processes, len(batches))
        if not count:
            return 0
        with ThreadPoolExecutor(max_workers=count) as pool:
            try:
                runs = [pool.submit(worker.run, batches, stage.final) for _ in range(count)]
                return sum(each.result() for each in runs)
            finally:
                # After an interruption, nobody waits for what is left.
                batches.clear()


class _Worker(NamedTuple):
    """How to start one of the processes that compile."""

    python: str
    cache: str
    tag: str
    longest: float

    def run(self, batches: deque[list[_Module]], final: str) -> int:
        """Have batches compiled until there are none; how many modules failed."""
        failed = 0
        for _ in range(_MOST_PROCESSES):
            if not batches:
                return failed
            with (
                suppress(OSError),
                _started(self.python, byte_code_worker.__file__, self.cache) as process,
            ):
                failed += self._ask(process, batches, final)
        return failed + sum(len(each) for each in _rest(batches))

    def _ask(
        self, process: "subprocess.Popen[bytes]", batches: deque[list[_Module]], final: str
    ) -> int:
        """The same in one process, which may die of a module."""
        failed = 0
        for batch in _rest(batches):
            answer = _exchange(process, b"".join(self.request(batch, final)), self.longest)
            if answer is None and len(batch) == 1:
                return failed + 1
            if answer is None:
                # Of one of them: each by itself finds out which.
                batches.extend([each] for each in batch)
                return failed
            failed += answer.count(byte_code_worker.FAILED)
        return failed

    def request(self, batch: Iterable[_Module], final: str) -> Iterator[bytes]:
        for each in batch:
            shown = os.path.join(final, *each.path.split("/"))
            for path in (each.source, shown, each.target(self.tag)):
                yield os.fsencode(path) + b"\0"


@contextmanager
def _started(python: str, *arguments: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A process, gone at the end."""
    process = subprocess.Popen(
        [python, *_ISOLATED, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        # What it was not there to read.
        with suppress(OSError):
            process.communicate()


def _rest(batches: deque[list[_Module]]) -> Iterator[list[_Module]]:
    """What is left, to be shared with other threads."""
    with suppress(IndexError):
        while True:
            yield batches.popleft()


def _exchange(process: "subprocess.Popen[bytes]", request: bytes, longest: float) -> bytes | None:
    """The answer of a worker; None when it died, or had to be killed."""
    requests, answers = process.stdin, process.stdout
    if requests is None or answers is None:
        return None
    watch = Timer(longest, process.kill)
    watch.start()
    try:
        requests.write(len(request).to_bytes(8, "big") + request)
        requests.flush()
        size = int.from_bytes(answers.read(8), "big")
        return answers.read(size) or None
    except OSError:
        return None
    finally:
        watch.cancel()


def _folders(prefix: str, place: str) -> Iterator[_Folder]:
    """The folders with modules at `place` of a prefix and below; links to folders left out."""
    waiting = [place]
    while waiting:
        relative = waiting.pop()
        folder = os.path.join(prefix, *relative.split("/"))
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        modules: list[_Module] = []
        made = frozenset[str]()
        for entry in entries:
            if entry.name == _CACHE:
                if entry.is_symlink() or not entry.is_dir():
                    # It would be written to who knows where.
                    modules = []
                    break
                made = frozenset(os.listdir(entry.path))
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(f"{relative}/{entry.name}")
            elif entry.name.endswith(".py") and entry.is_file():
                stat = entry.stat()
                path = f"{relative}/{entry.name}"
                modules.append(_Module(path, folder, entry.name, int(stat.st_mtime), stat.st_size))
        yield _Folder(tuple(modules), made)


def _without(folder: _Folder, tag: str) -> list[_Module]:
    """The modules that have no byte-code yet."""
    return [
        each
        for each in folder.modules
        if f"{each.name.removesuffix('.py')}.{tag}.pyc" not in folder.made
    ]


def _linked(
    modules: Sequence[_Module], tag: str, cache: str, hashes: Mapping[str, str]
) -> list[_Module]:
    """Take byte-code from the cache; the modules that it has none for."""
    known = _entries(cache)
    if not known:
        return list(modules)
    # Threads make it no faster: the interpreter has as much to do as the system.
    return [each for each in modules if not _take(each, tag, cache, known, hashes)]


def _take(
    module: _Module, tag: str, cache: str, known: Mapping[str, str], hashes: Mapping[str, str]
) -> bool:
    """Link the byte-code of a module; whether the cache, which has `known`, had it."""
    digest = hashes.get(module.path) or _sha256(module.source)
    entry = known.get(f"{digest}-{module.seconds & 0xFFFFFFFF:08x}")
    if entry is None:
        return False
    path = f"{cache}{os.sep}{entry[:2]}{os.sep}{entry}"
    data = _right(path)
    if data is None:
        return False
    with suppress(OSError):
        _put(path, data, module.target(tag))
        return True
    return False


def _entries(cache: str) -> dict[str, str]:
    """The names of the files of the cache, by what they are for."""
    found = {}
    with suppress(OSError):
        for folder in os.listdir(cache):
            with suppress(OSError):
                names = os.listdir(os.path.join(cache, folder))
                found.update({name.rpartition("-")[0]: name for name in names})
    return found


def _right(path: str) -> bytes | None:
    """What is in a file of the cache; None, and the file deleted, when its hash is another one."""
    with suppress(OSError):
        with open(path, "rb", buffering=0) as file:
            data = file.read()
        if path.endswith(hashlib.sha256(data).hexdigest()[:32]):
            return data
        os.remove(path)
    return None


def _put(entry: str, data: bytes, target: str) -> None:
    for _ in range(2):
        try:
            os.link(entry, target)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(target), exist_ok=True)
        except FileExistsError:
            return
        except OSError:
            # Another file system, or too many links.
            break
        else:
            return
    byte_code_worker.written(os.fsencode(target), data)


def _sha256(path: str) -> str:
    """Of a file; empty when it can not be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
