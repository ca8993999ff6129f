"""`envtool run`, as a process of its own and in environments that are installed."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from envtool.adapters.channel_builder.channels import Channel
from tests.conftest import Envtool
from tests.running import bare, make_prefix, started
from tests.solving import installed, solved

PIP_LIST = ("python", "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check")
NOISE = {"activate.d/a.sh": "echo noise; read line; export GOT=$CONDA_DEFAULT_ENV:$line"}


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """An environment without scripts."""
    return make_prefix(tmp_path / "envs/plain", {"A": "it's"})


@pytest.fixture
def scripted(tmp_path: Path) -> Path:
    """One that a shell has to be started for."""
    return make_prefix(tmp_path / "envs/scripted", {"A": "it's"}, NOISE)


@pytest.fixture(params=["plain", "scripted"])
def prefix(request: pytest.FixtureRequest) -> Path:
    """Either: what a program sees of envtool is the same."""
    found: Path = request.getfixturevalue(request.param)
    return found


def test_a_project_and_its_programs(tmp_path: Path, python_channel: Channel) -> None:
    (tmp_path / "project/.git").mkdir(parents=True)
    (tmp_path / "project/environment.yml").write_text("dependencies: [python]\n")
    home = tmp_path / "project/.envtool/envs/production"
    records = solved(python_channel.url, tmp_path, "script-python", "activates")
    prefix = installed(records, home)
    code = "import json, os, sys; json.dump([sys.prefix, dict(os.environ)], sys.stdout)"
    done = started("run", "python", "-c", code, cwd=tmp_path / "project")
    place, variables = json.loads(done.stdout)
    assert place == str(prefix) == variables["CONDA_PREFIX"]
    assert variables["ACTIVATES_HOME"] == f"{prefix}/share/activates"
    assert variables["CONDA_DEFAULT_ENV"] == "production"
    assert variables["PATH"].split(":")[0] == f"{prefix}/bin"
    pip = pytest.importorskip("pip")
    (site,) = prefix.glob("lib/python3*/site-packages")
    shutil.copytree(Path(pip.__file__).parent, site / "pip")
    listed = started("run", "--", *PIP_LIST, cwd=tmp_path / "project")
    assert listed.stdout == "hello-python==2.0.0\n", listed.stderr


def test_streams_arguments_and_exit_status_are_the_programs_own(prefix: Path) -> None:
    code = "import sys; print(sys.argv[1:], sys.stdin.read(), end=''); sys.exit(41)"
    words = ("--debug", "-p", "x", "--", "", "a b", "$HOME", "it's", "*")
    done = started(
        "run", "-p", str(prefix), sys.executable, "-c", code, *words, cwd=prefix, stdin="line"
    )
    assert (done.returncode, done.stdout) == (41, f"{list(words)} line")


def test_variables_are_set(prefix: Path) -> None:
    script = 'echo "$A|$CONDA_PREFIX|$CONDA_SHLVL|$GOT"'
    done = started("run", "-p", str(prefix), "--", "sh", "-c", script, cwd=prefix, stdin="x\n")
    got = "scripted:" if prefix.name == "scripted" else ""
    assert done.stdout == f"it's|{prefix}|1|{got}\n"
    assert done.stderr == ("noise\n" if got else "")


def test_the_program_has_the_process_of_envtool(prefix: Path) -> None:
    """So that a signal, of whatever kind, is the program's."""
    code = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(12))\n"
        "print(os.getpid(), flush=True)\ntime.sleep(600)\n"
    )
    command = [sys.executable, "-m", "envtool", "run", "-p", str(prefix), sys.executable]
    with subprocess.Popen(
        [*command, "-c", code], env=bare(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{process.pid}\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(300) == 12


def test_a_program_that_is_nowhere(prefix: Path) -> None:
    done = started("run", "-p", str(prefix), "nosuch", cwd=prefix)
    assert done.returncode == 127
    assert "nosuch" in done.stderr
    assert "hint: have its package in `environment.yml`" in done.stderr


def test_a_program_that_can_not_be_executed(prefix: Path) -> None:
    (prefix / "bin/text").write_text("text")
    done = started("run", "-p", str(prefix), str(prefix / "bin/text"), cwd=prefix)
    assert done.returncode == 126
    assert "ermission denied" in done.stderr


def test_a_script_that_does_not_say_what_reads_it(prefix: Path) -> None:
    (prefix / "bin/old").write_text('echo "$0 $1"\nexit 3\n')
    (prefix / "bin/old").chmod(0o755)
    done = started("run", "-p", str(prefix), "old", "x", cwd=prefix)
    assert (done.returncode, done.stdout) == (3, f"{prefix}/bin/old x\n")


def test_a_working_directory(prefix: Path, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    where = os.path.relpath(prefix, tmp_path)
    done = started("run", "-p", where, "--cwd", "sub", "pwd", cwd=tmp_path)
    assert done.stdout == f"{tmp_path}/sub\n"


def test_an_environment_in_another_one_takes_its_place(plain: Path, scripted: Path) -> None:
    script = scripted / "etc/conda/deactivate.d/a.sh"
    script.parent.mkdir()
    script.write_text('echo "left $CONDA_PREFIX"; unset GOT\n')
    envtool = (sys.executable, "-m", "envtool", "run", "-p", str(plain))
    show = 'echo "$PATH|$CONDA_PREFIX|$CONDA_PREFIX_1|$CONDA_SHLVL|$GOT"'
    done = started("run", "-p", str(scripted), *envtool, "sh", "-c", show, cwd=plain, PATH="/bin")
    assert done.stdout == f"{plain}/bin:/bin|{plain}|{scripted}|2|\n"
    assert done.stderr == f"noise\nleft {scripted}\n"


def test_a_path_of_odd_characters(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / 'it\'s a "$HOME"\n日本', scripts=NOISE)
    (prefix / "bin/tool").write_text('#!/bin/sh\nprintf %s "$CONDA_PREFIX"\n')
    (prefix / "bin/tool").chmod(0o755)
    done = started("run", "-p", str(prefix), "tool", cwd=tmp_path)
    assert done.stdout == str(prefix)


def test_no_bash(scripted: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/env").symlink_to("/usr/bin/env")
    done = started("run", "-p", str(scripted), "env", cwd=tmp_path, PATH=str(tmp_path / "bin"))
    assert "GOT=scripted:" in done.stdout.splitlines()


def test_an_environment_by_name(tmp_path: Path, envtool: Envtool) -> None:
    make_prefix(tmp_path / "root/envs/science")
    done = started(
        "run", "-n", "science", "sh", "-c", "echo $CONDA_DEFAULT_ENV", cwd=tmp_path,
        MAMBA_ROOT_PREFIX=str(tmp_path / "root"), HOME=str(tmp_path), CONDARC="/dev/null",
    )  # fmt: skip
    assert done.stdout == "science\n", done.stderr
    assert envtool("run", "-n", "a/b", "true").code == 2


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (
            ("run", "true"),
            "error: there is no environment at",
            "hint: go to the folder of a project, or name an environment: `-p PATH`",
        ),
        (("run",), "error: Missing argument", "hint: `envtool run --help` lists all"),
        (("run", "--bogus", "true"), "error: No such option: --bogus", "envtool run --help"),
        (("run", "-p", ".", "-n", "x", "true"), "a path or a name", "leave out"),
        (("run", "--debug", "-p", ".", "true"), "Traceback", "no conda environment"),
        (("--debug", "run", "-p", ".", "true"), "Traceback", "no conda environment"),
    ],
)
def test_what_is_wrong_comes_with_a_hint(
    envtool: Envtool, words: tuple[str, ...], message: str, hint: str
) -> None:
    done = envtool(*words)
    assert (done.code, done.out) == (2, "")
    shown = " ".join(done.err.split())
    assert message in shown
    assert hint in shown
