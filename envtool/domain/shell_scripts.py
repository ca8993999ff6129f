"""What a shell has to read to make an environment active; every value is quoted.

The rules of quoting are those of the POSIX standard (2.2.2, single quotes), of fish's and
PowerShell's manuals, and for `cmd` of its parser as `help set` and `help call` tell of it.
"""

import re
from collections.abc import Iterator
from enum import Enum

from envtool.domain.activation import Activation


class Shell(Enum):
    """A shell, and how its scripts end."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"
    CMD = "cmd"

    @property
    def ending(self) -> str:
        """Of the scripts that packages have for it."""
        return _ENDINGS[self]


_ENDINGS = {
    Shell.BASH: ".sh",
    Shell.ZSH: ".sh",
    Shell.FISH: ".fish",
    Shell.POWERSHELL: ".ps1",
    Shell.CMD: ".bat",
}
# PowerShell takes the curly ones for single quotes, too.
_POWERSHELL_QUOTE = re.compile("(['\u2018\u2019\u201a\u201b])")
_CMD_OPERATOR = re.compile(r"([\^&|<>()])")
_CMD_IMPOSSIBLE = re.compile(r"[\r\n\x1a]")


def script(shell: Shell, activation: Activation) -> str:
    """What `shell` has to read to make an environment active.

    Raises `ValueError`, with the reason, for a value that `cmd` has no way to write.
    """
    if shell is Shell.CMD:
        return _cmd(activation)
    write = {Shell.FISH: _fish, Shell.POWERSHELL: _powershell}.get(shell, _posix)
    return "".join(f"{line}\n" for line in write(activation))


def exec_script(activation: Activation, hint: str) -> str:
    """What `sh` has to read to become its own arguments, in the environment.

    Scripts of packages get neither the standard input nor the standard output of the program.
    `hint` is shown when that is not found; the shell itself says so first.
    """
    lines = [*_posix(activation, " </dev/null >&2"), f"envtool_hint={posix_quoted(hint)}"]
    # A program that was started never comes back here.
    told = r"""trap 'c=$?; [ $c != 127 ] || printf "\n%s\n" "$envtool_hint" >&2; exit $c' EXIT"""
    return "".join(f"{line}\n" for line in (*lines, told, r'\exec "$@"'))


def posix_quoted(text: str) -> str:
    """`text` as one word of `sh`, `bash` or `zsh`."""
    return "'" + text.replace("'", "'\\''") + "'"


def fish_quoted(text: str) -> str:
    """`text` as one word of `fish`."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def powershell_quoted(text: str) -> str:
    """`text` as a string of PowerShell."""
    return "'" + _POWERSHELL_QUOTE.sub(r"\1\1", text) + "'"


def cmd_assignment(name: str, value: str) -> str:
    """The line of a batch file that sets a variable; raises `ValueError` when there is none.

    Operators mean nothing between double quotes, and each quote in `value` opens or closes; up
    to the last one of the line belongs to it.
    """
    if _CMD_IMPOSSIBLE.search(value):
        raise ValueError(f"`cmd` can not set `{name}`: the value has more than one line")
    inside, *rest = value.replace("%", "%%").split('"')
    parts = [inside]
    for number, part in enumerate(rest):
        parts.append(part if number % 2 else _CMD_OPERATOR.sub(r"^\1", part))
    return f'@SET "{name}={chr(34).join(parts)}"'


def cmd_call(path: str) -> str:
    """The line of a batch file that runs another one; raises `ValueError` when there is none.

    `CALL` reads its line twice: percent signs are doubled twice, and carets can not be kept.
    """
    if "^" in path:
        raise ValueError(f"`cmd` can not call a script with `^` in its path: `{path}`")
    return f'@CALL "{path.replace("%", "%%%%")}"'


def _posix(activation: Activation, redirect: str = "") -> Iterator[str]:
    # With a backslash no alias is taken for what is meant.
    yield from (f"\\. {posix_quoted(path)}{redirect}" for path in activation.deactivate)
    yield from (f"\\unset {name}" for name in activation.unset)
    yield from (f"\\export {name}={posix_quoted(text)}" for name, text in activation.export.items())
    yield from (f"\\. {posix_quoted(path)}{redirect}" for path in activation.activate)


def _fish(activation: Activation) -> Iterator[str]:
    yield from (f"source {fish_quoted(path)}" for path in activation.deactivate)
    yield from (f"set -e {name}" for name in activation.unset)
    for name, text in activation.export.items():
        # A list there, and joined again for programs.
        values = text.split(":") if name == "PATH" else [text]
        yield f"set -gx {name} {' '.join(fish_quoted(each) for each in values)}"
    yield from (f"source {fish_quoted(path)}" for path in activation.activate)


def _powershell(activation: Activation) -> Iterator[str]:
    yield from (f". {powershell_quoted(path)}" for path in activation.deactivate)
    yield from (f"Remove-Item Env:{name} -ErrorAction Ignore" for name in activation.unset)
    for name, text in activation.export.items():
        yield f"$Env:{name} = {powershell_quoted(text)}"
    yield from (f". {powershell_quoted(path)}" for path in activation.activate)


def _cmd(activation: Activation) -> str:
    lines = [
        *(cmd_call(path) for path in activation.deactivate),
        *(f'@SET "{name}="' for name in activation.unset),
        *(cmd_assignment(name, value) for name, value in activation.export.items()),
        *(cmd_call(path) for path in activation.activate),
    ]
    if not all(line.isascii() for line in lines):
        # What follows is UTF-8.
        lines.insert(0, "@CHCP 65001 >NUL")
    return "".join(f"{line}\r\n" for line in lines)
