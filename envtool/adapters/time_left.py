"""A limit on the time of several requests together."""

import time
from math import inf


class TimeLeft:
    """What is left of `total` seconds from now."""

    def __init__(self, total: float = inf) -> None:
        self.total = total
        self._until = time.monotonic() + total

    def seconds(self) -> float:
        """How much; 0 when it is over."""
        return max(self._until - time.monotonic(), 0)

    def stop(self) -> None:
        """There is none left: who is at work ends soon, who waits does not begin."""
        self._until = time.monotonic()
