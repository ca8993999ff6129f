"""Asks the API of EPSS how likely it is that vulnerabilities are exploited.

Source: https://api.first.org/epss/; its parameter `cve` takes 2,000 characters at most.
"""

from collections.abc import Sequence

from envtool.adapters.downloads import Downloads
from envtool.adapters.payloads import LONGEST, PayloadError, document
from envtool.adapters.time_left import TimeLeft
from envtool.adapters.web_messages import Request, whole
from envtool.domain.auditing.epss import read_epss_answer
from envtool.domain.auditing.json_values import NotAnAdvisoryError

# The longest ids have 17 characters, so this many fit; and so many are on one page.
_BATCH = 100


def probabilities(
    downloads: Downloads, url: str, cves: Sequence[str], left: TimeLeft
) -> dict[str, float]:
    """The probability of each of `cves` that has one.

    Raises `UnavailableError` when the API does not answer, `PayloadError` when it answers
    something else.
    """
    found: dict[str, float] = {}
    for start in range(0, len(cves), _BATCH):
        asked = cves[start : start + _BATCH]
        query = f"cve={','.join(asked)}&limit={_BATCH}"
        address = downloads.address(f"{url}{'&' if '?' in url else '?'}{query}")
        request = Request(left=left, limit=LONGEST)
        answer = document(downloads.ask(address, whole, request))
        try:
            found.update(read_epss_answer(answer))
        except NotAnAdvisoryError as error:
            raise PayloadError(str(error)) from error
    return found
