"""The environments of a lock: which there are, and what to do about one that is not there."""

import pytest

from envtool.domain.environments import categories_of
from envtool.errors import UsageError


@pytest.mark.parametrize(
    ("environment", "hint"),
    [
        (
            "development",
            "it has `production`; for this one write `environment-dev.yml`, then `envtool lock`",
        ),
        ("docs", "it has `production`"),
    ],
)
def test_an_environment_that_is_not_there(environment: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        categories_of(environment, ("main",))
    assert caught.value.hints == (hint,)
