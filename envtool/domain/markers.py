"""Environment markers on a platform of which the Python is not known yet."""

import re

_ATOM = re.compile(
    r"\s*(\w+|\"[^\"]*\"|'[^']*')\s*(===|==|!=|<=|>=|~=|<|>|\bnot\s+in\b|\bin\b)\s*(\w+|\"[^\"]*\"|'[^']*')"
)
_WORD = re.compile(r"\s*(\(|\)|and\b|or\b)")
_PLATFORMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "osx": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "win": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}


def can_hold(marker: str, platform: str) -> bool:
    """Whether `marker` (PEP 508, valid) can hold on a subdir like `linux-64`.

    What depends on anything but the system, such as the version of Python, counts as held.
    """
    values = _PLATFORMS.get(platform.partition("-")[0], {})
    result, _ = _either(marker, 0, values)
    return result


def _either(text: str, at: int, values: dict[str, str]) -> tuple[bool, int]:
    result, at = _all(text, at, values)
    while (word := _WORD.match(text, at)) and word[1] == "or":
        other, at = _all(text, word.end(), values)
        result = result or other
    return result, at


def _all(text: str, at: int, values: dict[str, str]) -> tuple[bool, int]:
    result, at = _one(text, at, values)
    while (word := _WORD.match(text, at)) and word[1] == "and":
        other, at = _one(text, word.end(), values)
        result = result and other
    return result, at


def _one(text: str, at: int, values: dict[str, str]) -> tuple[bool, int]:
    word = _WORD.match(text, at)
    if word and word[1] == "(":
        result, at = _either(text, word.end(), values)
        closing = _WORD.match(text, at)
        return result, closing.end() if closing else at
    atom = _ATOM.match(text, at)
    if atom is None:
        return True, len(text)
    return _atom(atom[1], atom[2], atom[3], values), atom.end()


def _atom(left: str, operator: str, right: str, values: dict[str, str]) -> bool:
    names = [each for each in (left, right) if each in values]
    if not names:
        return True
    mine, other = (values.get(each, each.strip("\"'")) for each in (left, right))
    match operator.split():
        case ["==" | "==="]:
            return mine == other
        case ["!="]:
            return mine != other
        case ["in"]:
            return mine in other
        case ["not", _]:
            return mine not in other
        case _:
            return True
