"""Ports for programs that are started a while after their port was chosen."""

import itertools
import os
import socket

# Below those that systems give to whoever asks for any: 32768 on Linux, 49152 elsewhere.
_FIRST = 10_240
_BLOCK, _BLOCKS = 100, 220
_COUNT = itertools.count()


def free_port() -> int:
    """A port of this machine that nobody listens on, and that nobody else is given meanwhile.

    Each process has a block of its own, so tests that run side by side never choose the same one.
    """
    start = _FIRST + os.getpid() % _BLOCKS * _BLOCK
    return next(
        port
        for number in itertools.islice(_COUNT, _BLOCK)
        if _is_free(port := start + number % _BLOCK)
    )


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
