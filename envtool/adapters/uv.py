"""The door to uv, as a process: pip packages for a Python and a platform that are not here.

It runs no code of packages: only wheels count, and their metadata is read. Indexes, credentials
and certificates are those of `UV_*` variables, netrc and the keyring, as for uv itself; a `uv.toml`
in some folder above has no say in a lock.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from envtool.domain.credentials import split_url
from envtool.domain.pip_grammar import canonical
from envtool.domain.pip_solving import (
    PipConflict,
    PipProblem,
    PipSolution,
    Stub,
    held_text,
    read_answer,
)
from envtool.errors import ToolError, UnavailableError

_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'`)>\]]+")
# Those that would choose other packages (UV_RESOLUTION, UV_PRERELEASE, ...) have no say.
_REACHING = (
    *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX", "UV_HTTP", "UV_REQUEST", "UV_CONCURRENT"),
    *(
        "UV_CACHE_DIR",
        "UV_KEYRING",
        "UV_INSECURE",
        "UV_NATIVE_TLS",
        "UV_SYSTEM_CERTS",
        "UV_OFFLINE",
    ),
)
_EXTRA = re.compile(r"The package `([^=`]+)==[^`]*` does not have an extra named")
_NO_SOLUTION = "No solution found"
_DISABLED = "the network was disabled"
_NO_WHEELS = re.compile(
    r"(?:because|and) (\S+?)(?:==\S+)? has no (?:usable )?wheels", re.IGNORECASE
)
_NETWORK = re.compile(rf"Failed to fetch|Request failed|error sending request|{_DISABLED}")
_STATUS = re.compile(r"\b(401|403|407) ")


class UvResolver:
    """The port `PipSolver`; `timeout` of each run is in seconds."""

    def __init__(self, *, offline: bool = False, timeout: float = 300) -> None:
        self._offline = offline
        self._timeout = timeout

    def solve(self, problems: Sequence[PipProblem]) -> list[PipSolution | PipConflict]:
        """See `ports.PipSolver.solve`."""
        with ThreadPoolExecutor(max_workers=max(len(problems), 1)) as pool:
            return list(pool.map(self._solve, problems))

    def _solve(self, problem: PipProblem) -> PipSolution | PipConflict:
        system = problem.system
        if system is None:
            reason = f"nobody makes wheels for {problem.platform} that uv would know"
            return PipConflict(reason, ("take these packages from a conda channel",))
        with tempfile.TemporaryDirectory(prefix="envtool-pip-") as folder:
            return self._in(folder, problem, system)

    def _in(self, folder: str, problem: PipProblem, system: str) -> PipSolution | PipConflict:
        path = Path(folder)
        stubs = path / "conda"
        stubs.mkdir()
        for each in problem.stubs:
            _write(stubs, each)
        _text(path / "requirements.in", problem.lines)
        _text(path / "constraints.txt", problem.constraints)
        answer = path / "pylock.toml"
        if problem.held:
            # What stands there already is what uv prefers.
            answer.write_text(held_text(problem.held), encoding="utf-8")
        files = {each.name: stubs / each.file for each in problem.stubs}
        while True:
            told = self._run(path, problem, system, "--format", "pylock.toml", "-o", str(answer))
            if isinstance(told, PipConflict):
                return told
            # What an extra of a conda package needs, only the index knows.
            wanted = files.keys() & {canonical(name) for name in _EXTRA.findall(told.log)}
            if not wanted:
                break
            for name in wanted:
                files.pop(name).unlink()
        document = tomllib.loads(answer.read_text(encoding="utf-8"))
        pins = (f"{each['name']}=={each['version']}" for each in document["packages"])
        _text(path / "constraints.txt", (*problem.constraints, *pins))
        # Who needs whom is in the other format alone; the same answer again, from the cache.
        annotated = self._run(path, problem, system, "--annotation-style", "line")
        if isinstance(annotated, PipConflict):
            return annotated
        return read_answer(problem, document, annotated.text)

    def _run(
        self, path: Path, problem: PipProblem, system: str, *options: str
    ) -> "_Told | PipConflict":
        """What uv prints, or why there is no solution; raises as `ports.PipSolver.solve`."""
        command = [
            *_uv(),
            *("pip", "compile", str(path / "requirements.in"), *options),
            *("--constraint", str(path / "constraints.txt"), "--find-links", str(path / "conda")),
            *("--no-config", "--no-python-downloads", "--python", sys.executable),
            *("--python-platform", system, "--python-version", problem.python),
            *("--only-binary", ":all:", "--no-header", "--no-progress", "--color", "never"),
        ]
        if problem.prereleases:
            command += ["--prerelease", "allow"]
        if problem.exclude_newer is not None:
            command += ["--exclude-newer", problem.exclude_newer.isoformat()]
        if self._offline:
            command.append("--offline")
        try:
            done = subprocess.run(
                command,
                env=_environment(problem),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._timeout,
                check=False,
            )
        except OSError as error:
            raise ToolError("uv can not be started", hints=(_INSTALL,)) from error
        except subprocess.TimeoutExpired:
            raise UnavailableError(
                f"the index of pip packages did not answer within {self._timeout:.0f} s",
                hints=_AGAIN,
            ) from None
        log = done.stderr.decode("utf-8", "replace")
        if done.returncode == 0:
            return _Told(done.stdout.decode("utf-8", "replace"), log)
        return _refused(_plain(log))


class _Told(NamedTuple):
    """What uv printed, and what it had to say of it."""

    text: str
    log: str


def _environment(problem: PipProblem) -> dict[str, str]:
    """The user's, with those variables of uv alone that say how to reach an index."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key != "VIRTUAL_ENV" and (not key.startswith("UV_") or key.startswith(_REACHING))
    }
    return kept | ({"MACOSX_DEPLOYMENT_TARGET": problem.macos} if problem.macos else {})


def _uv() -> list[str]:
    """The executable that came with the package `uv`."""
    try:
        from uv import find_uv_bin

        return [find_uv_bin()]
    except (ImportError, FileNotFoundError) as error:
        raise ToolError("uv is not installed", hints=(_INSTALL,)) from error


def _write(folder: Path, each: Stub) -> None:
    """A wheel of nothing but metadata."""
    metadata = f"Metadata-Version: 2.1\nName: {each.name}\nVersion: {each.version}\n"
    tags = "Wheel-Version: 1.0\nGenerator: envtool\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(folder / each.file, "w") as wheel:
        wheel.writestr(f"{each.info}/METADATA", metadata)
        wheel.writestr(f"{each.info}/WHEEL", tags)
        wheel.writestr(f"{each.info}/RECORD", "")


def _text(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _plain(text: str) -> str:
    """What uv says, with URLs as they may be shown."""
    return _URL.sub(lambda found: split_url(found[0]).url, text)


def _refused(told: str) -> PipConflict:
    """Why there is no solution; raises when the reason is another one."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    causes = [line.removeprefix("cause:").strip() for line in lines if line.startswith("cause:")]
    status = _STATUS.search(told)
    if status:
        where = _URL.search(told)
        what = f"`{where[0]}`" if where else "the index of pip packages"
        raise UnavailableError(f"{what} does not admit you: status {status[1]}", hints=_LOGIN)
    if _NO_SOLUTION in told and _DISABLED not in told:
        reason = " ".join(causes) or told
        wheel = _NO_WHEELS.search(reason)
        if wheel:
            return PipConflict(f"`{wheel[1]}` comes only as source", (_SOURCE,))
        return PipConflict(reason.partition(", we can conclude")[0], (_LOOSEN,))
    if _NETWORK.search(told):
        reason = causes[0] if causes else lines[0]
        raise UnavailableError(f"the index of pip packages is out of reach: {reason}", hints=_AGAIN)
    raise ToolError(f"uv failed: {' '.join(lines[-3:])}", hints=("look at the `pip:` section",))


_INSTALL = "python -m pip install uv"
_AGAIN = ("try again in a while", "or name another index: `UV_DEFAULT_INDEX=https://...`")
_LOGIN = ("store credentials for it in `~/.netrc`, or name the index in `UV_DEFAULT_INDEX`",)
_SOURCE = (
    "take it as a conda package, or another version that has a wheel: nothing of a package is run"
    " while locking"
)
_LOOSEN = "loosen one of these lines in the `pip:` section, or the conda package that stands there"
