"""Becoming a program, and waiting for one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from envtool.adapters.processes import BecomingProcess, WaitingProcess
from envtool.errors import CommandError, ExitCode, ToolError, UsageError
from envtool.ports_running import Processes

PRESENT = dict(os.environ)
# Commands that no process becomes.
NOT_STARTED = {
    "nowhere": ("nosuch", ExitCode.NOT_FOUND, "`nosuch` was not found"),
    "no path": ("./nosuch", ExitCode.NOT_FOUND, "was not found"),
    "empty": ("", ExitCode.NOT_FOUND, "`` was not found"),
    "a folder on the way": ("folder", ExitCode.NOT_FOUND, "`folder` was not found"),
    "not executable": ("text", ExitCode.NOT_EXECUTABLE, "can not be executed: Permission denied"),
    "no interpreter": ("script", ExitCode.NOT_EXECUTABLE, "what its first line names is not there"),
}


@pytest.fixture
def programs(tmp_path: Path) -> dict[str, str]:
    """An environment whose search path has things that can not be started."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("text")
    (tmp_path / "script").write_text("#!/no/such/interpreter\n")
    (tmp_path / "script").chmod(0o755)
    return {"PATH": f"{tmp_path}{os.pathsep}{tmp_path / 'text'}"}


@pytest.mark.parametrize(("program", "code", "message"), NOT_STARTED.values(), ids=NOT_STARTED)
def test_what_can_not_be_started(
    programs: dict[str, str], program: str, code: ExitCode, message: str
) -> None:
    with pytest.raises(CommandError, match=message) as caught:
        BecomingProcess().become([program], programs)
    assert caught.value.exit_code == code
    assert caught.value.hints


def test_no_shell_that_could_read_a_script(
    programs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("envtool.adapters.processes._SHELL", "/no/such/shell")
    with pytest.raises(CommandError, match="`/no/such/shell` was not found"):
        BecomingProcess().become(["true"], programs, script=":\n")


@pytest.mark.parametrize("processes", [BecomingProcess(), WaitingProcess()])
def test_a_working_directory_that_is_none(processes: Processes, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can not be the working directory: No such file"):
        processes.become(["true"], PRESENT, folder=str(tmp_path / "none"))


@pytest.mark.parametrize("processes", [BecomingProcess(), WaitingProcess()])
def test_the_variables_are_those_of_this_process(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVTOOL_TEST", "1")
    assert processes.variables()["ENVTOOL_TEST"] == "1"
    assert processes.is_windows == isinstance(processes, WaitingProcess)


def test_a_program_that_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(".")
    code = "import os; open('said', 'w').write(os.environ['A']); raise SystemExit(9)"
    done = WaitingProcess().become(
        [sys.executable, "-c", code], {**PRESENT, "A": "x y"}, folder=str(tmp_path)
    )
    assert (done, (tmp_path / "said").read_text()) == (9, "x y")


@pytest.mark.parametrize("name", ["nowhere", "not executable", "no interpreter"])
def test_a_program_that_can_not_be_waited_for(programs: dict[str, str], name: str) -> None:
    program = NOT_STARTED[name][0]
    with pytest.raises(CommandError) as caught:
        WaitingProcess().become([program], programs)
    found = ExitCode.NOT_EXECUTABLE if name == "no interpreter" else ExitCode.NOT_FOUND
    assert caught.value.exit_code == found


def test_an_interrupt_is_the_business_of_the_program() -> None:
    before = signal.getsignal(signal.SIGINT)
    code = "import os, signal, sys; os.kill(os.getppid(), signal.SIGINT); sys.exit(5)"
    assert WaitingProcess().become([sys.executable, "-c", code], PRESENT) == 5
    assert signal.getsignal(signal.SIGINT) is before


def test_scripts_come_before_a_program_that_is_waited_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # `sh` reads the lines that `cmd` would.
    (tmp_path / "cmd").write_text("#!/bin/sh\ntr -d '@\\r' < $1 > $1.sh\n. $1.sh\n")
    waiting = WaitingProcess(("/bin/sh", str(tmp_path / "cmd")))
    told = [sys.executable, "-c", "import os, sys; print(os.environ['A'], sys.argv)", 'a "b" %c%']
    assert waiting.become(told, PRESENT, script="@echo noise\r\n@export A=x\r\n") == 0
    said = capfd.readouterr()
    assert said.out == "x ['-c', 'a \"b\" %c%']\n"
    assert said.err == "noise\n"


def test_a_script_that_ends_early() -> None:
    waiting = WaitingProcess(("/bin/sh",))
    with pytest.raises(ToolError, match="ended early: exit status 3") as caught:
        waiting.become(["true"], PRESENT, script="exit 3\r\n")
    assert "activate.d" in caught.value.hints[0]


def test_who_becomes_a_program_ignores_no_signal_for_it() -> None:
    """A pipe that nobody reads anymore ends it, as it would without envtool."""
    code = (
        "from envtool.adapters.processes import BecomingProcess as B; import os\n"
        "B().become(['sh', '-c', 'while :; do echo y; done'], dict(os.environ))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"y\n"
        process.stdout.close()
        assert process.wait(120) == -signal.SIGPIPE
