"""What the API of EPSS answers, and of which day its file is."""

from datetime import UTC, datetime

import pytest

from envtool.domain.auditing.epss import read_epss_answer, scored_on
from envtool.domain.auditing.json_values import NotAnAdvisoryError


def test_an_answer() -> None:
    answer = {
        "status": "OK",
        "total": 1,
        "data": [{"cve": "CVE-2022-27225", "epss": "0.00262", "percentile": "0.63"}],
    }
    assert dict(read_epss_answer(answer)) == {"CVE-2022-27225": 0.00262}
    assert dict(read_epss_answer({"data": []})) == {}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([], "the answer is no object"),
        ({}, "it has no `data`"),
        ({"data": None}, "it has no `data`"),
        ({"data": ["x"]}, "a score is no object"),
        ({"data": [{"cve": "CVE-2022-27225"}]}, "`` is no probability"),
        ({"data": [{"cve": "CVE-2022-27225", "epss": 1}]}, "`epss` is no string"),
        ({"data": [{"cve": "CVE-2022-27225", "epss": "nan"}]}, "`nan` is no probability"),
        ({"data": [{"cve": "CVE-2022-27225", "epss": "1.1"}]}, "is no probability"),
        ({"data": [{"cve": "CVE-2022-27225", "epss": "-0.1"}]}, "is no probability"),
    ],
)
def test_another_answer(answer: object, error: str) -> None:
    with pytest.raises(NotAnAdvisoryError, match=error):
        list(read_epss_answer(answer))


@pytest.mark.parametrize(
    ("comment", "day"),
    [
        (
            "#model_version:v2025.03.14,score_date:2025-06-01T12:55:00Z",
            datetime(2025, 6, 1, 12, 55, tzinfo=UTC),
        ),
        ("#model_version:v1,score_date:2022-01-01T00:00:00+0000", datetime(2022, 1, 1, tzinfo=UTC)),
        ("#score_date:yesterday", None),
        ("#nothing", None),
        ("cve,epss,percentile", None),
    ],
)
def test_the_day_of_the_scores(comment: str, day: datetime | None) -> None:
    assert scored_on(comment) == day
