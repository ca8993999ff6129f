"""The options that pip reads in a requirements file.

Source: `pip/_internal/req/req_file.py` and `cli/cmdoptions.py` of pip 26.
"""

import re
from typing import NamedTuple

from envtool.domain.pip_grammar import InvalidRequirement


class PipOption(NamedTuple):
    """An option of pip by its long name; flags have no argument."""

    name: str
    argument: str | None


# Long name -> whether it takes an argument.
_OPTIONS = {
    "--all-releases": True,
    "--config-settings": True,
    "--constraint": True,
    "--editable": True,
    "--extra-index-url": True,
    "--find-links": True,
    "--hash": True,
    "--index-url": True,
    "--no-binary": True,
    "--no-index": False,
    "--no-require-hashes": False,
    "--only-binary": True,
    "--only-final": True,
    "--pre": False,
    "--prefer-binary": False,
    "--pypi-url": True,
    "--require-hashes": False,
    "--requirement": True,
    "--trusted-host": True,
    "--use-feature": True,
}
_ALIASES = {
    "-C": "--config-settings",
    "-c": "--constraint",
    "-e": "--editable",
    "-f": "--find-links",
    "-i": "--index-url",
    "-r": "--requirement",
    "--pypi-url": "--index-url",
}
_STRONG_HASH = re.compile(r"(?:sha256|sha384|sha512):.*")


def read_options(line: str, start: int) -> tuple[PipOption, ...]:
    """The options of `line` from offset `start` on, as pip's `optparse` splits them.

    Raises:
        InvalidRequirement: pip refuses an option here, or would drop a word behind one.
    """
    import shlex

    try:
        words = iter(shlex.split(line[start:]))
    except ValueError as error:
        raise InvalidRequirement("close the quotation mark", start) from error
    found = []
    for word in words:
        column = max(line.find(word, start), start)
        name, argument = _option(word, column)
        if argument is None and _OPTIONS[name]:
            argument = next(words, None)
        found.append(_checked(PipOption(name, argument), column))
    return tuple(found)


def _option(word: str, column: int) -> tuple[str, str | None]:
    """The long name behind `word`, and the argument when it is part of the word."""
    if not word.startswith("-"):
        raise InvalidRequirement(
            f"make `{word}` an item of its own, or remove it: pip ignores it here", column
        )
    if not word.startswith("--"):
        name, argument = _ALIASES.get(word[:2], word), word[2:] or None
    else:
        name, equals, value = word.partition("=")
        argument = value if equals else None
    # Like `optparse`, pip takes every beginning that fits one option only.
    fitting = [name] if name in _OPTIONS else [each for each in _OPTIONS if each.startswith(name)]
    if len(fitting) != 1 or len(name) < len("--x"):
        raise InvalidRequirement(f"remove `{name}`: pip knows no such option in a file", column)
    return _ALIASES.get(fitting[0], fitting[0]), argument


def _checked(option: PipOption, column: int) -> PipOption:
    name, argument = option
    if _OPTIONS[name] != (argument is not None):
        wants = "an argument" if _OPTIONS[name] else "no argument"
        raise InvalidRequirement(f"`{name}` takes {wants}", column)
    if name == "--hash" and not _STRONG_HASH.fullmatch(argument or ""):
        raise InvalidRequirement("write `--hash=sha256:<digest>`", column)
    if name == "--config-settings" and "=" not in (argument or ""):
        raise InvalidRequirement("write `--config-settings=KEY=VALUE`", column)
    return option
