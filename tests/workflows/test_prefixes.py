"""How a prefix is named on the command line."""

import pytest

from envtool.workflows.prefixes import Where


@pytest.mark.parametrize(
    ("where", "words", "typed"),
    [
        (Where(), ("--environment", "production"), ""),
        (Where(environment="development"), ("--environment", "development"), " --environment development"),
        (Where(name="x"), ("-n", "x"), " -n x"),
        (Where("a b"), ("-p", "a b"), " -p 'a b'"),
        (Where("a", environment="development"), ("-p", "a"), " -p a"),
    ],
)  # fmt: skip
def test_the_words_are_those_of_the_options(
    where: Where, words: tuple[str, str], typed: str
) -> None:
    assert (where.words, where.typed) == (words, typed)
