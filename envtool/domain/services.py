"""Services that were looked at, as data."""

from typing import NamedTuple

from envtool.domain.findings import Place


class Looked(NamedTuple):
    """A deployed service, and why it does not do what it has to; empty when it does.

    `again` is the command that deploys it anew.
    """

    name: str
    why: str
    place: Place
    again: str = "envtool deploy"
