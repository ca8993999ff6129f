"""What is no TOML is said in plain words."""

import tomllib

import pytest

from envtool.domain.policy.toml_errors import plain_mistake

QUOTE = "the quote is not closed"
GENERAL = "keys are `name = value`, texts stand in quotes (toml.io)"
RULES = "`pins` is a level and, for want of quotes, a table of rules"


# What is written, the line of the mistake, what is said, and a part of the hint.
@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ('x = 1\nprofile = "strict\nb = 2\n', 2, QUOTE, "ends with the quote that it starts with"),
        ('x = 1\nprofile = "strict', 2, QUOTE, ""),
        ("x = 1\nprofile = 'strict\n# end\n", 2, QUOTE, ""),
        ("profile = 'strict\nb = 'c'\n", 1, QUOTE, ""),
        ('b = 1\na = """x\ny', 2, QUOTE, ""),
        ("profile = strict\n", 1, "a text needs straight quotes", 'write `profile = "strict"`'),
        ("profile = \u201cstrict\u201d\n", 1, "a text needs straight quotes", 'write `profile = "strict"`'),
        ("allowed = [\n  conda-forge,\n]\n", 2, "a text needs straight quotes", 'write `"conda-forge"`'),
        ("allowed = [conda-forge]\n", 1, "this is no value", GENERAL),
        ("inline = True # why\n", 1, "`True` is no value", "write `inline = true`"),
        ("a = \nb = 1\n", 1, "the value is missing", 'write `a = "value"`'),
        ("a =", 1, "the value is missing", ""),
        ("b = 1\na = [1, 2\nc = 3\n", 2, "the list is not closed", "`]` is missing"),
        ("b = 1\na = [\n1", 2, "the list is not closed", ""),
        ("a = {b = 1\n", 1, "the table is not closed", "`}` is missing"),
        ("[rules\n", 1, "the table's name is not closed", "`[name]` or `[[name]]`"),
        ("[[bans]\n", 1, "the table's name is not closed", ""),
        ("profile: strict\n", 1, "`=` is missing behind the name", "write `name = value`"),
        ("a = 1 b = 2\n", 1, "there is more than one value", "one `name = value` in each line"),
        ('path = "C:\\Users"\n', 1, "a backslash means something else here", "write it twice"),
        ('path = "C:\\Program"\n', 1, "a backslash means something else here", "single quotes"),
        ("expires = 2027-02-30\n", 1, "there is no such day", "2027-01-31"),
        ('[rules]\npins.direct = "error"\npins = "off"\n', 3, RULES, '`"pins.direct"`'),
        ('[rules]\nlock.present = "off"\npins = "off"\npins.direct = "error"\n', 4, RULES, '`"pins.direct"`'),
        ('[tool.envtool.rules]\r\npins = "off"\r\npins.direct = "error"\r\n', 3, RULES, '`"pins.direct"`'),
        ("[rules]\npins = 'off'\n[rules.pins]\ndirect = 'off'\n", 3, "`rules.pins` stands here a second time", ""),
        ("[rules]\npins = 'off'\npins = 'error'", 3, "`pins` stands here a second time", "keep one"),
        ("[a]\nx = 1\n[a]\n", 3, "`a` stands here a second time", ""),
        ("a = 1\n# b\na = 2\nb = 3\n", 3, "`a` stands here a second time", ""),
        ("[]\n", 1, "Invalid initial character for a key part", GENERAL),
    ],
)  # fmt: skip
def test_a_mistake_has_a_line_and_plain_words(
    text: str, line: int, message: str, hint: str
) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    mistake = plain_mistake(str(caught.value), text)
    assert (mistake.line, mistake.message) == (line, message)
    assert hint in mistake.hint


def test_what_has_no_place_stays_as_it_is() -> None:
    assert plain_mistake("too deep", "") == ("too deep", GENERAL, 0, 1)
