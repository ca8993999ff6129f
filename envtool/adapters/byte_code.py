"""Byte-code for a stage: hard links to what was compiled once, and the rest compiled in parallel.

A `.pyc` is good for every prefix: it belongs to its source by time and size, and Python names the
place anew when it loads it. In the cache each has the hash of its source and its own hash in its
name, and is held against the latter before it is linked: what was edited, there or through a link
in some prefix, goes no further. Who may write to the cache and renames what he edits is the user.
"""

import os
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Timer
from typing import NamedTuple

from envtool.adapters import byte_code_worker
from envtool.adapters.byte_code_cache import Kind, copied, kind_of, recall, remember
from envtool.adapters.byte_code_modules import Module
from envtool.adapters.byte_code_process import Linker, linking
from envtool.adapters.prefix_python import python_in
from envtool.ports_installing import ByteCodeFacts, Stage
from envtool.workers.linker import linked, shelf, sources

# Nothing of the user, of `site` or of packages; nothing written; no warnings on sources.
_ISOLATED = ("-I", "-S", "-B", "-Wignore")
_PROBE = (
    "import sys; from _frozen_importlib_external import MAGIC_NUMBER;"
    "tag = sys.version_info >= (3, 7) and sys.implementation.cache_tag or '-';"
    "print(tag, tag + '-' + getattr(sys, 'abiflags', '') + MAGIC_NUMBER.hex())"
)
_BATCH = 32
# For a batch, in seconds; a process that takes longer is taken for hanging.
_LONGEST = 300.0
# Before it is taken for certain that not the modules are to blame.
_MOST_PROCESSES = 50


class LinkedByteCode:
    """The port `ByteCode`; the cache is below `root`.

    `longest` is the time that a process may take for some modules, in seconds.
    """

    def __init__(
        self, root: str, *, processes: int | None = None, longest: float = _LONGEST
    ) -> None:
        self._longest = longest
        self._root = os.path.join(root, "byte-code")
        self._linker: Linker | None = None
        self._processes = processes or os.cpu_count() or 1

    @contextmanager
    def expecting(self, python: str, lists: Iterable[str]) -> Iterator[None]:
        """See `ports.ByteCode.expecting`."""
        kind = recall(self._root, python) if python else None
        if kind is None:
            yield
            return
        with linking(os.path.join(self._root, kind.folder), lists) as linker:
            self._linker = linker
            try:
                yield
            finally:
                self._linker = None

    def begin(self, stage: Stage) -> None:
        """See `ports.ByteCode.begin`."""
        layout, package = python_in(stage)
        kind = recall(self._root, package) if package else None
        cache = os.path.join(self._root, kind.folder) if kind is not None else None
        if kind is not None and self._linker is not None and self._linker.cache == cache:
            self._linker.look(stage.path, layout.site_packages, kind.tag)

    def link(self, hashes: Mapping[str, str]) -> None:
        """See `ports.ByteCode.link`."""
        if self._linker is not None:
            self._linker.ask(hashes)

    def complete(self, stage: Stage, hashes: Mapping[str, str]) -> ByteCodeFacts:
        """See `ports.ByteCode.complete`."""
        answer = self._linker.answer() if self._linker is not None else None
        layout, package = python_in(stage)
        python = os.path.join(stage.path, *layout.interpreter.split("/"))
        place = (stage.path, layout.site_packages)
        if answer is None and not any(modules for modules, _ in sources(*place)):
            return ByteCodeFacts()
        try:
            kind = self._kind(python, package)
        except OSError as error:
            return ByteCodeFacts(
                skipped=f"`{layout.interpreter}` can not be started: {error.strerror}"
            )
        if kind is None:
            return ByteCodeFacts(skipped=f"Python {stage.python} told of no byte-code that it uses")
        cache = os.path.join(self._root, kind.folder)
        number, left = answer or linked(sources(*place), kind.tag, shelf(cache), hashes)
        modules = [
            module
            for module, entry in ((Module(*source), entry) for source, entry in left)
            if not entry or not copied(entry, module.target(kind.tag))
        ]
        failed = self._compiled(modules, stage, _Worker(python, cache, kind.tag, self._longest))
        return ByteCodeFacts(
            linked=number + len(left) - len(modules),
            compiled=len(modules) - failed,
            failed=failed,
        )

    def _kind(self, python: str, package: str) -> Kind | None:
        """What an interpreter reads; asked only once of all that come from one `package`.

        Raises `OSError` when it can not be started.
        """
        known = recall(self._root, package) if package else None
        if known is not None:
            return known
        with _started(python, "-c", _PROBE) as probe:
            found = kind_of(probe.communicate()[0].decode("ascii", "replace"))
        if found is not None and package:
            remember(self._root, package, found)
        return found

    def _compiled(self, modules: list[Module], stage: Stage, worker: "_Worker") -> int:
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

    def run(self, batches: deque[list[Module]], final: str) -> int:
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
        self, process: "subprocess.Popen[bytes]", batches: deque[list[Module]], final: str
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

    def request(self, batch: Iterable[Module], final: str) -> Iterator[bytes]:
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


def _rest(batches: deque[list[Module]]) -> Iterator[list[Module]]:
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
