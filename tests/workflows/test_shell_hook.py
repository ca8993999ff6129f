"""Which shell gets which script."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from envtool.errors import UsageError
from envtool.workflows.prefixes import Where
from envtool.workflows.shell_hook import ShellHookRequest, shell_hook
from tests.running import Recorder, doors, make_prefix

BASH, FISH, POWERSHELL, CMD = r"\export CONDA", "set -gx CONDA", "$Env:CONDA", '@SET "CONDA'


def hook(
    prefix: Path,
    shell: str | None,
    variables: Mapping[str, str] | None = None,
    system: str = "posix",
) -> str:
    processes = Recorder(variables or {}, is_windows=system == "windows")
    return shell_hook(doors(processes), ShellHookRequest(Where(str(prefix)), shell))


@pytest.mark.parametrize(
    ("shell", "variables", "system", "expected"),
    [
        (None, {}, "posix", BASH),
        (None, {"SHELL": "/bin/bash"}, "posix", BASH),
        (None, {"SHELL": "/usr/bin/zsh"}, "posix", BASH),
        (None, {"SHELL": "/bin/dash"}, "posix", BASH),
        (None, {"SHELL": "/usr/local/bin/fish"}, "posix", FISH),
        (None, {"SHELL": "/opt/pwsh"}, "posix", POWERSHELL),
        (None, {}, "windows", POWERSHELL),
        ("fish", {"SHELL": "/bin/bash"}, "posix", FISH),
        ("powershell", {}, "posix", POWERSHELL),
        ("cmd", {}, "windows", CMD),
    ],
)
def test_shells(
    tmp_path: Path, shell: str | None, variables: dict[str, str], system: str, expected: str
) -> None:
    prefix = make_prefix(tmp_path / "env")
    assert f"\n{expected}" in f"\n{hook(prefix, shell, variables, system)}"


def test_each_shell_gets_its_own_scripts(tmp_path: Path) -> None:
    endings = (".sh", ".fish", ".ps1", ".bat")
    prefix = make_prefix(tmp_path / "env", scripts={f"activate.d/a{each}": "" for each in endings})
    for shell, ending in zip(("zsh", "fish", "powershell", "cmd"), endings, strict=True):
        assert [each for each in endings if f"a{each}" in hook(prefix, shell)] == [ending]


@pytest.mark.parametrize(("shell", "variables"), [("tcsh", {}), (None, {"SHELL": "/bin/tcsh"})])
def test_other_shells(tmp_path: Path, shell: str | None, variables: dict[str, str]) -> None:
    prefix = make_prefix(tmp_path / "env")
    with pytest.raises(UsageError, match="`tcsh` is no shell known here") as caught:
        hook(prefix, shell, variables)
    assert "`fish`" in caught.value.hints[0]


def test_what_cmd_can_not_write(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "env", {"A": "one\ntwo"})
    assert "'one\ntwo'" in hook(prefix, "bash")
    with pytest.raises(UsageError, match="`cmd` can not set `A`"):
        hook(prefix, "cmd")
