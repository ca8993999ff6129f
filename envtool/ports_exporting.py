"""What exporting a lock asks of the outside world; as `ports` has the rest."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from envtool.domain.artifacts.bill import Bill


class BillWriter(Protocol):
    """Writes bills of materials."""

    def write(self, bill: "Bill", now: "datetime") -> str:
        """The text of `bill` as CycloneDX 1.6 JSON, with `now` as its time.

        The same `bill` and `now` give the same text, byte for byte.
        """
        ...
