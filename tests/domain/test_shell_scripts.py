"""What shells read; those that can be had here read it in `tests/cli/test_shell_hook.py`."""

import pytest

from envtool.domain.activation import Activation
from envtool.domain.shell_scripts import (
    Shell,
    cmd_assignment,
    cmd_call,
    exec_script,
    powershell_quoted,
    script,
)

ACTIVE = Activation(
    deactivate=("/old/d.sh",),
    unset=("GONE",),
    export={"PATH": "/it's/bin:/bin", "A": "b"},
    activate=("/new/a.sh",),
)

SCRIPTS = {
    Shell.BASH: (
        r"\. '/old/d.sh'", r"\unset GONE", r"\export PATH='/it'\''s/bin:/bin'", r"\export A='b'",
        r"\. '/new/a.sh'",
    ),
    Shell.FISH: (
        "source '/old/d.sh'", "set -e GONE", r"set -gx PATH '/it\'s/bin' '/bin'", "set -gx A 'b'",
        "source '/new/a.sh'",
    ),
    Shell.POWERSHELL: (
        ". '/old/d.sh'", "Remove-Item Env:GONE -ErrorAction Ignore",
        "$Env:PATH = '/it''s/bin:/bin'", "$Env:A = 'b'", ". '/new/a.sh'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("shell", "lines"), SCRIPTS.items())
def test_scripts(shell: Shell, lines: tuple[str, ...]) -> None:
    assert script(shell, ACTIVE).splitlines() == list(lines)


def test_zsh_reads_what_bash_reads() -> None:
    assert script(Shell.ZSH, ACTIVE) == script(Shell.BASH, ACTIVE)


def test_a_batch_file() -> None:
    assert script(Shell.CMD, ACTIVE) == (
        '@CALL "/old/d.sh"\r\n@SET "GONE="\r\n@SET "PATH=/it\'s/bin:/bin"\r\n@SET "A=b"\r\n'
        '@CALL "/new/a.sh"\r\n'
    )
    there = ACTIVE._replace(export={"A": "日本"})
    assert script(Shell.CMD, there).startswith("@CHCP 65001 >NUL\r\n")


def test_what_becomes_a_program_keeps_its_streams() -> None:
    lines = exec_script(ACTIVE, "hint: it's").splitlines()
    assert lines[0] == r"\. '/old/d.sh' </dev/null >&2"
    assert lines[-4] == r"\. '/new/a.sh' </dev/null >&2"
    assert lines[-3] == r"envtool_hint='hint: it'\''s'"
    assert lines[-1] == r'\exec "$@"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "''"),
        ("a b", "'a b'"),
        ("it's", "'it''s'"),
        # Each of these four ends a string as the straight one does.
        ("\u2018a\u2019b\u201ac\u201b", "'\u2018\u2018a\u2019\u2019b\u201a\u201ac\u201b\u201b'"),
        ('"$HOME `n $(id)', "'\"$HOME `n $(id)'"),
        ("one\ntwo", "'one\ntwo'"),
    ],
)
def test_quotes_of_powershell(text: str, expected: str) -> None:
    assert powershell_quoted(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", '@SET "A="'),
        ("two words ", '@SET "A=two words "'),
        ("100% %PATH%", '@SET "A=100%% %%PATH%%"'),
        # Between quotes operators mean nothing, ...
        ("a&b|c>d<e^f(g)", '@SET "A=a&b|c>d<e^f(g)"'),
        # ... and a quote in the value ends that, until the next one.
        ('a"b&c', '@SET "A=a"b^&c"'),
        ('{"a": "b&c", "d|e": 1}', '@SET "A={"a": "b^&c", "d^|e": 1}"'),
        ('"&"^"', '@SET "A="^&"^""'),
        (r"C:\new folder\x", r'@SET "A=C:\new folder\x"'),
        ("it's $HOME", '@SET "A=it\'s $HOME"'),
    ],
)
def test_values_of_cmd(value: str, expected: str) -> None:
    assert cmd_assignment("A", value) == expected


@pytest.mark.parametrize("value", ["one\ntwo", "one\rtwo", "end\x1aof file"])
def test_cmd_has_no_way_to_write_some(value: str) -> None:
    with pytest.raises(ValueError, match="`cmd` can not set `A`"):
        cmd_assignment("A", value)


def test_calls_of_cmd() -> None:
    # It reads such a line twice.
    assert cmd_call(r"C:\100% it's\a.bat") == '@CALL "C:\\100%%%% it\'s\\a.bat"'
    with pytest.raises(ValueError, match="can not call"):
        cmd_call(r"C:\a^b\a.bat")
