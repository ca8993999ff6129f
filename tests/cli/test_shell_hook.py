"""`envtool shell-hook`, read by the shells that are here."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Envtool
from tests.running import HOSTILE, bare, make_prefix, started

# How a shell reads the script; `$1` is the command that prints it, `$2` what to run then.
READ = {
    "bash": 'eval "$(eval "$1")"; eval "$2"',
    "zsh": 'eval "$(eval "$1")"; eval "$2"',
    "dash": 'eval "$(eval "$1")"; eval "$2"',
    "fish": "eval $argv[1] | source; eval $argv[2]",
}
OPTIONS = {"bash": ("--norc",), "zsh": ("-f",), "dash": (), "fish": ("--no-config",)}
# In the words of any shell.
SHOW = f"'{sys.executable}' -c 'import json, os; print(json.dumps(dict(os.environ)))'"


@pytest.fixture(params=READ)
def shell(request: pytest.FixtureRequest) -> str:
    """A shell that is here."""
    if shutil.which(request.param) is None:
        pytest.skip(f"no {request.param}")
    return str(request.param)


def said(shell: str, prefix: str, show: str = SHOW, **variables: str) -> str:
    """What `show` prints in a shell that has read the hook of `prefix`."""
    name = "bash" if shell == "dash" else shell
    hook = f"'{sys.executable}' -m envtool shell-hook --shell {name} -p \"$PREFIX\""
    middle = () if shell == "fish" else (shell,)
    done = subprocess.run(
        [shell, *OPTIONS[shell], "-c", READ[shell], *middle, hook, show],
        env=bare(PREFIX=prefix, **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.stderr == ""
    return done.stdout


def test_hostile_values(tmp_path: Path, shell: str) -> None:
    state = {f"VALUE_{number}": text for number, text in enumerate(HOSTILE.values())}
    prefix = make_prefix(tmp_path / "env", state)
    found = json.loads(said(shell, str(prefix)))
    assert {name: found[name] for name in state} == state


@pytest.mark.parametrize("name", [each for each in HOSTILE.values() if each], ids=ascii)
def test_hostile_paths(tmp_path: Path, shell: str, name: str) -> None:
    ending = ".fish" if shell == "fish" else ".sh"
    text = "set -gx RAN yes" if shell == "fish" else "export RAN=yes"
    prefix = make_prefix(tmp_path / name, scripts={f"activate.d/{name}{ending}": text})
    (prefix / "bin/tool").write_text('#!/bin/sh\nprintf "%s|%s" "$CONDA_PREFIX" "$RAN"\n')
    (prefix / "bin/tool").chmod(0o755)
    assert said(shell, str(prefix), "tool") == f"{prefix}|yes"


def test_a_path_that_is_no_text(tmp_path: Path, shell: str) -> None:
    prefix = os.fsdecode(os.fsencode(tmp_path) + b"/a\xffb")
    make_prefix(Path(prefix))
    shown = said(shell, prefix, "printenv CONDA_PREFIX | od -An -tx1 -w1024")
    assert bytes.fromhex(shown) == os.fsencode(prefix) + b"\n"


def test_another_environment_is_left(tmp_path: Path, shell: str) -> None:
    ending = ".fish" if shell == "fish" else ".sh"
    old = make_prefix(
        tmp_path / "old", scripts={f"deactivate.d/a{ending}": 'echo "left $CONDA_PREFIX"'}
    )
    new = make_prefix(tmp_path / "new", {"GONE": None, "A": "1"})
    present = {
        "PATH": f"{old}/bin:{os.environ['PATH']}", "CONDA_PREFIX": str(old), "CONDA_SHLVL": "1",
        "GONE": "x", "A": "0",
    }  # fmt: skip
    show = "printenv PATH CONDA_PREFIX CONDA_PREFIX_1 CONDA_SHLVL A __CONDA_SHLVL_1_A GONE; true"
    assert said(shell, str(new), show, **present).splitlines() == [
        f"left {old}", f"{new}/bin:{os.environ['PATH']}", str(new), str(old), "2", "1", "0",
    ]  # fmt: skip


def test_it_can_be_read_again(tmp_path: Path, shell: str) -> None:
    prefix = make_prefix(tmp_path / "env")
    hook = f"'{sys.executable}' -m envtool shell-hook --shell {shell} -p \"$PREFIX\""
    hook = hook.replace("--shell dash", "--shell bash")
    again = f"{hook} | source" if shell == "fish" else f'eval "$({hook})"'
    shown = said(shell, str(prefix), f"{again}; printenv PATH CONDA_SHLVL")
    assert shown == f"{prefix}/bin:{os.environ['PATH']}\n1\n"


def test_the_shell_of_the_user(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "env")
    done = started("shell-hook", "-p", str(prefix), cwd=tmp_path, SHELL="/usr/bin/fish")
    assert f"set -gx CONDA_PREFIX '{prefix}'\n" in done.stdout


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("-e", "docs"), "error: there is no environment", "hint: go to the folder of a project"),
        (("--shell", "tcsh"), "error: `tcsh` is no shell known here", "`--shell` with one of"),
        (("-p", "."), "is no conda environment: it has no folder `conda-meta`", "-p PATH"),
    ],
)
def test_what_is_wrong_comes_with_a_hint(
    envtool: Envtool, words: tuple[str, ...], message: str, hint: str
) -> None:
    done = envtool("shell-hook", *words)
    assert (done.code, done.out) == (2, "")
    assert message in " ".join(done.err.split())
    assert hint in done.err


def test_nothing_is_defined_that_is_not_needed(tmp_path: Path, envtool: Envtool) -> None:
    prefix = make_prefix(tmp_path / "env")
    lines = envtool("shell-hook", "-p", str(prefix), "--shell", "bash").out.splitlines()
    names = [line.partition("=")[0] for line in lines if "CONDA_PREFIX_" not in line]
    assert [each.removeprefix("\\export ") for each in names] == [
        "PATH", "CONDA_PREFIX", "CONDA_SHLVL", "CONDA_DEFAULT_ENV", "CONDA_PROMPT_MODIFIER",
    ]  # fmt: skip
