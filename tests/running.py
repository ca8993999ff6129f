"""Prefixes made by hand, and a process that only says what it would have become."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from envtool.adapters import connect
from envtool.adapters.disk import Disk
from envtool.ports_running import RunTools

# Every character that some shell reads as something else.
HOSTILE = {
    "plain": "plain",
    "blanks": " two  blanks ",
    "single quote": "it's",
    "single quotes": "''a'''b''",
    "double quote": 'say "hello',
    "dollar": "$HOME ${HOME} $(id) `id`",
    "backslashes": "\\a\\\\b\\'c\\",
    "newlines": "one\ntwo\n\nthree",
    "operators": "a;b&c|d>e<f(g)h!i#j*k?l~m[n]o{p,q}r",
    "percent": "%PATH% 100%",
    "caret": "a^b^^c",
    "not ASCII": "naïve-日本-\u2019\u201a",
    "control": "a\tb\x07c",
    "option": "-n",
    "equals": "a=b=c",
    "empty": "",
}


class Became(NamedTuple):
    """What a process was asked to become."""

    command: tuple[str, ...]
    variables: Mapping[str, str]
    folder: str | None
    script: str | None


class Recorder:
    """The port `Processes` that stays what it is."""

    def __init__(self, variables: Mapping[str, str], *, is_windows: bool = False) -> None:
        self._variables = variables
        self._is_windows = is_windows
        self.became: list[Became] = []

    @property
    def is_windows(self) -> bool:
        return self._is_windows

    def variables(self) -> dict[str, str]:
        return dict(self._variables)

    def scripted(
        self, command: Sequence[str], variables: Mapping[str, str], script: str
    ) -> tuple[Sequence[str], Mapping[str, str]]:
        return (script, *command), variables

    def become(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        *,
        folder: str | None = None,
        script: str | None = None,
    ) -> int:
        self.became.append(Became(tuple(command), dict(variables), folder, script))
        return 7


def doors(processes: Recorder) -> RunTools:
    return RunTools(files=Disk(), processes=processes, tools=connect)


def make_prefix(
    path: Path,
    state: Mapping[str, object] | None = None,
    scripts: Mapping[str, str] | None = None,
    packages: Mapping[str, Mapping[str, object]] | None = None,
) -> Path:
    """A prefix with these files in `etc/conda`, and these variables."""
    for folder in ("bin", "conda-meta"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    if state is not None:
        (path / "conda-meta/state").write_text(json.dumps({"env_vars": state}), encoding="utf-8")
    texts = {f"env_vars.d/{name}": json.dumps(each) for name, each in (packages or {}).items()}
    for name, text in {**texts, **(scripts or {})}.items():
        place = path / "etc/conda" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return path


def bare(**variables: str) -> dict[str, str]:
    """An environment in which no other one is active, and this Python writes its coverage."""
    kept = {name: each for name, each in os.environ.items() if not name.startswith("CONDA_")}
    return {**kept, **variables}


def started(
    *arguments: str, cwd: Path, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """envtool as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "envtool", *arguments],
        cwd=cwd,
        env=bare(**variables),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def is_running(mark: str) -> bool:
    """Whether a process of this machine has `mark` in its arguments, joined by blanks."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        # It may end just now.
        with suppress(OSError):
            if mark.encode() in path.read_bytes().replace(b"\0", b" "):
                return True
    return False
