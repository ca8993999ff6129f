"""A limit on the time of several requests together."""

import time
from math import inf


class TimeLeft:
    """What is left of `total` seconds from now, and of the time of what it is a part of."""

    def __init__(self, total: float = inf, whole: "TimeLeft | None" = None) -> None:
        self.total = total
        self._whole = whole
        self._until = time.monotonic() + total

    def seconds(self) -> float:
        """How much; 0 when it is over."""
        own = max(self._until - time.monotonic(), 0)
        return min(own, self._whole.seconds()) if self._whole else own

    def part(self) -> "TimeLeft":
        """The same time, for a part that can be stopped by itself."""
        return TimeLeft(self.total, self)

    def stop(self) -> None:
        """There is none left: who is at work ends soon, who waits does not begin."""
        self._until = time.monotonic()
