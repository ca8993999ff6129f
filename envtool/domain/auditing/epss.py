"""Reads what the API of EPSS answers, and of which day its file is.

Source: https://api.first.org/epss/; `exploitation.read_epss` reads the rows of the file.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from envtool.domain.auditing.json_values import NotAnAdvisoryError, mapping_of, moment_of, text_of

_DAY = re.compile(r"score_date:(\S+)")


def read_epss_answer(document: object) -> Iterator[tuple[str, float]]:
    """The CVEs in an answer, each with its probability; one without a score is not in it.

    Raises `NotAnAdvisoryError`.
    """
    data = mapping_of(document, "the answer").get("data")
    if not isinstance(data, list):
        raise NotAnAdvisoryError("it has no `data`")
    for each in data:
        entry = mapping_of(each, "a score")
        yield text_of(entry, "cve"), _probability(text_of(entry, "epss"))


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise NotAnAdvisoryError(f"`{text}` is no probability")
    return value


def scored_on(comment: str) -> datetime | None:
    """The day of the scores, from the first line of the file; None when it is not said there."""
    found = _DAY.search(comment) if comment.startswith("#") else None
    return moment_of({"day": found[1]}, "day") if found else None
