"""Hashes many files, the processors of the machine at work."""

import os
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from operator import itemgetter

from envtool.adapters.side_process import SideProcess, side_process
from envtool.domain.installed import InstalledFile, InstalledPackage
from envtool.workers.hasher import is_as_expected

# One file to look at: its size, its path, and whose it is. A plain tuple, for there are many.
Job = tuple[int, str, InstalledFile, InstalledPackage]

# More processes than this wait for the disk.
_MOST = 4
# A file costs as much as so many bytes of it. A process is worth it from so much work on.
_EACH = 15_000
_WORTH = 2_000 * _EACH
# What a process is told at once, in files and in bytes.
_FILES, _BYTES = 64, 1 << 22


def doubtful(jobs: Sequence[Job]) -> list[Job]:
    """Those that are not for certain what their records say, to be looked at one by one.

    Helpers take the largest that are left, this process the smallest: at the end nobody waits for
    another one for long.
    """
    waiting = deque(sorted(jobs, key=itemgetter(0)))
    work = sum(each[0] for each in jobs) + _EACH * len(jobs)
    helpers = min(os.cpu_count() or 1, _MOST) - 1 if work >= _WORTH else 0
    if not helpers:
        return _own(waiting)
    with ThreadPoolExecutor(max_workers=helpers) as pool, ExitStack() as processes:
        # After an interruption nobody goes on.
        processes.callback(waiting.clear)
        started = [processes.enter_context(side_process("hasher")) for _ in range(helpers)]
        answers = [pool.submit(_helped, each, waiting) for each in started]
        found = _own(waiting)
        for each in answers:
            found += each.result()
    return found


def _own(waiting: deque[Job]) -> list[Job]:
    found = []
    with suppress(IndexError):
        while True:
            job = waiting.popleft()
            if not is_as_expected(job[1], job[2].sha256):
                found.append(job)
    return found


def _helped(process: SideProcess, waiting: deque[Job]) -> list[Job]:
    """The same by a process, until nothing is left or it has died."""
    found: list[Job] = []
    while batch := _batch(waiting):
        process.tell([(job[1], job[2].sha256) for job in batch])
        answer = process.answer()
        if not isinstance(answer, list) or len(answer) != len(batch):
            return [*found, *batch]
        found += [job for job, is_same in zip(batch, answer, strict=True) if not is_same]
    return found


def _batch(waiting: deque[Job]) -> list[Job]:
    batch: list[Job] = []
    size = 0
    with suppress(IndexError):
        while len(batch) < _FILES and size < _BYTES:
            batch.append(waiting.pop())
            size += batch[-1][0]
    return batch
