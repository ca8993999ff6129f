"""What a program is started as."""

from pathlib import Path

import pytest

from envtool.errors import UsageError
from envtool.workflows.prefixes import Where
from envtool.workflows.run import RunRequest, run
from tests.running import Became, Recorder, doors, make_prefix

COMMAND = ("tool", "--option", "a b")
SCRIPTS = {"activate.d/a.sh": "", "activate.d/a.bat": ""}


def became(prefix: Path, system: str = "posix", cwd: str | None = None) -> Became:
    processes = Recorder({"PATH": "/bin", "HOME": "/home/ada"}, is_windows=system == "windows")
    assert run(doors(processes), RunRequest(COMMAND, Where(str(prefix)), cwd)) == 7
    (found,) = processes.became
    return found


@pytest.mark.parametrize("system", ["posix", "windows"])
def test_no_shell_is_started_without_scripts(tmp_path: Path, system: str) -> None:
    prefix = make_prefix(tmp_path / "env", {"A": "1"})
    found = became(prefix, system, cwd="sub")
    assert (found.command, found.folder, found.script) == (COMMAND, "sub", None)
    assert found.variables["A"] == "1"
    assert found.variables["HOME"] == "/home/ada"
    assert found.variables["CONDA_PREFIX"] == str(prefix)


def test_scripts_are_read_by_the_shell_which_sets_the_variables(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "env", {"A": "1"}, SCRIPTS)
    found = became(prefix)
    assert found.command == COMMAND
    assert found.variables == {"PATH": "/bin", "HOME": "/home/ada"}
    assert found.script is not None
    assert f"\\. '{prefix}/etc/conda/activate.d/a.sh' </dev/null >&2\n" in found.script
    assert "\\export A='1'\n" in found.script


def test_on_windows_batch_files_are_called(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "env", {"A": "1"}, SCRIPTS)
    script = became(prefix, "windows").script
    assert script is not None
    assert '@SET "A=1"\r\n' in script
    assert script.endswith('a.bat"\r\n')


def test_a_path_that_no_batch_file_can_name(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "a^b", scripts=SCRIPTS)
    with pytest.raises(UsageError, match="can not call a script"):
        became(prefix, "windows")
