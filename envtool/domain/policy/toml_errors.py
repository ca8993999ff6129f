"""What tomllib says of a policy that is no TOML, in words for people who do not write TOML daily.

tomllib names characters and namespaces; its messages are those of CPython's `tomllib/_parser.py`,
3.11 to 3.14. What is not known here stays as it is.
"""

import re
from typing import NamedTuple

from envtool.domain.policy.toml_places import header_of, key_of, statements


class TomlMistake(NamedTuple):
    """What is wrong, where (from 1; line 0 is the file), and what to write."""

    message: str
    hint: str
    line: int = 0
    column: int = 1


_GENERAL = "keys are `name = value`, texts stand in quotes (toml.io)"
_QUOTE = ("the quote is not closed", "a text ends with the quote that it starts with")
_BACKSLASH = (
    "a backslash means something else here",
    "write it twice, or put the text into single quotes",
)

# What tomllib says -> what is meant, and what to do.
_WORDS = (
    (r"(?:Illegal|Found invalid) character '\\n'|Unterminated string|Expected \S*['\"]\S*", _QUOTE),
    (r"Invalid hex value|Unescaped '\\\\' in a string|.*escape.*", _BACKSLASH),
    (r"Unclosed array", ("the list is not closed", "`]` is missing, or `,` between two items")),
    (
        r"Unclosed inline table",
        ("the table is not closed", "`}` is missing; a table in braces stands in one line"),
    ),
    (r"Expected '\](?s:.*)", ("the table's name is not closed", "write `[name]` or `[[name]]`")),
    (r"Expected '=' .*", ("`=` is missing behind the name", "write `name = value`")),
    (
        r"Expected newline .*",
        ("there is more than one value", "one `name = value` in each line, texts in quotes"),
    ),
    (r"Invalid date.*", ("there is no such day", "write a date as `2027-01-31`")),
)
_TWICE = r"Cannot (?:overwrite|declare|mutate|redefine) .*"
_RULES = ("rules", "tool.envtool.rules")
_OPEN = re.compile(r"=\s*(?:\"(?:[^\"\\]|\\.)*|'[^']*)$")


def plain_mistake(error: str, text: str) -> TomlMistake:
    """What `error`, a message of tomllib about `text`, means."""
    match = re.fullmatch(r"(?s)(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", error)
    if match is None:
        return TomlMistake(error, _GENERAL)
    said, line, column = match[1], int(match[2] or 0), int(match[3] or 1)
    if not line or said.startswith("Unclosed"):
        line, column = _start(text, said, line), 1
    message, hint = _words(said, text, line)
    return TomlMistake(message, hint, line, column)


def _start(text: str, said: str, line: int) -> int:
    """The line where the statement starts that tomllib could not end."""
    lines = list(statements(text))
    if not said.startswith("Unclosed"):
        for number, statement in lines:
            if _OPEN.search(statement):
                return number
    return max((number for number, _ in lines if number <= line or not line), default=line)


def _words(said: str, text: str, line: int) -> tuple[str, str]:
    if re.fullmatch(_TWICE, said):
        return _twice(text, line)
    if said == "Invalid value":
        return _value(text.replace("\r\n", "\n").split("\n")[line - 1])
    for pattern, words in _WORDS:
        if re.fullmatch(pattern, said):
            return words
    return said, _GENERAL


def _value(line: str) -> tuple[str, str]:
    """Of a value that is none: mostly a text without quotes."""
    key = key_of(line)
    lead = f"{key[0]} = " if key else ""
    value = (key[1] if key else line).partition("#")[0].strip().rstrip(",")
    if not value:
        return "the value is missing", f'write `{lead}"value"`'
    if value.lower() in {"true", "false"}:
        return f"`{value}` is no value", f"write `{lead}{value.lower()}`"
    bare = value.strip("\u201c\u201d\u2018\u2019\"'")
    if re.fullmatch(r"[\w./@:+-]+", bare):
        return "a text needs straight quotes", f'write `{lead}"{bare}"`'
    return "this is no value", _GENERAL


def _twice(text: str, line: int) -> tuple[str, str]:
    """A name that is set twice; of a family and one of its rules, the rule needs quotes."""
    table = ""
    names: list[str] = []
    for number, statement in statements(text):
        if number > line:
            break
        if header := header_of(statement):
            table, names = header, []
        elif key := key_of(statement):
            names.append(key[0])
    name = names[-1] if names else table
    family = name.partition(".")[0]
    for each in names if table in _RULES else ():
        if each.startswith(f"{family}."):
            message = f"`{family}` is a level and, for want of quotes, a table of rules"
            return message, f'put the rule in quotes: `"{each}"`'
    return f"`{name}` stands here a second time", "keep one of the two"
