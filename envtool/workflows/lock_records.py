"""The full records that lie beside a lock, which has no room for them."""

from envtool.domain.locks import Lock
from envtool.domain.solving import CondaRecord
from envtool.errors import UnreadableError
from envtool.ports import Tools
from envtool.workflows import finder

RECORDS_FILE = finder.RECORDS_FILE


def records_of(tools: Tools, text: str, lock: Lock) -> dict[str, tuple[CondaRecord, ...]]:
    """The records that belong to `lock`; none where the file is of no use, it is made again."""
    locked = {(each.platform, each.url, each.sha256 or each.md5) for each in lock.packages}
    try:
        found = tools.solver().read_records(text)
    except UnreadableError:
        return {}
    return {
        platform: tuple(
            each
            for each in records
            if not locked.isdisjoint(
                {(platform, each.url, each.sha256), (platform, each.url, each.md5)}
            )
        )
        for platform, records in found.items()
    }
