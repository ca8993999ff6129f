"""Stands in for conda where conda-lock asks it to solve: its command line, with a real solver.

Speaks what `conda_lock/conda_solver.py` and `invoke_conda.py` call: `--version`, and `create
--dry-run --json --override-channels --channel URL... SPEC...`; answers errors as conda does. What
it is asked is appended to the file that `STAND_IN_LOG` names; `STAND_IN` makes it fail,
`STAND_IN_ANSWER` makes it answer what it should not.
"""

import asyncio
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

_START = """\
#!{python}
import sys
sys.path.insert(0, {root!r})
from tests.stand_in_conda import main
main(sys.argv[1:])
"""
_HTTP = (
    "HTTP 000 CONNECTION FAILED for url <https://me:hunt(er2@host.invalid/t/tk-12/x/noarch/r.json>"
)
# How each fault of `STAND_IN` ends: what is printed, and the exit status.
_FAULTS = {
    "garbage": ("Loading...", 0),
    "crash": ("Segmentation fault", 139),
    "network": (json.dumps({"exception_name": "CondaHTTPError", "message": _HTTP}), 1),
    "full": (json.dumps({"exception_name": "NoSpaceLeftError", "message": "No space left"}), 1),
    "micromamba": (json.dumps({"success": False, "solver_problems": ["nothing provides x"]}), 1),
}


def install(folder: Path, name: str = "conda") -> Path:
    """Writes the executable `name` into `folder`."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(_START.format(python=sys.executable, root=str(Path(__file__).parent.parent)))
    path.chmod(0o755)
    return path


def main(arguments: list[str]) -> None:
    """Answer one call."""
    if arguments == ["--version"]:
        sys.stdout.write("conda 25.1.0\n")
        return
    if log := os.environ.get("STAND_IN_LOG"):
        with Path(log).open("a") as file:
            file.write(json.dumps(arguments) + "\n")
    fault = os.environ.get("STAND_IN", "")
    if fault == "stall":
        time.sleep(600)
    if fault:
        _end(*_FAULTS[fault])
    channels, specs = _read(arguments)
    fault = os.environ.get("STAND_IN_ANSWER", "")
    if fault == "stubborn" and any("==" in each for each in specs):
        _end(json.dumps(_refusal("it does not like to be told", channels)), 1)
    if fault == "deaf":
        specs = [each.partition(" ")[0] for each in specs]
    answer, code = asyncio.run(_solved(channels, specs, os.environ["CONDA_SUBDIR"]))
    if fault == "forged":
        answer = re.sub('"sha256": "....', '"sha256": "0000', answer)
    if fault == "md5":
        answer = re.sub('"sha256": "[0-9a-f]*", ', "", answer)
    if fault == "mirrored":
        answer = answer.replace(channels[0], "https://mirror.invalid/channel")
    _end(answer, code)


def _end(answer: str, code: int) -> NoReturn:
    """Leave at once: an orderly end crashes sometimes when rattler was at work."""
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()
    os._exit(code)


def _read(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Channels and specs of a command line that is exactly what conda-lock's would be."""
    verb, prefix, folder, *flags = arguments
    assert (verb, prefix, flags[:2]) == ("create", "--prefix", ["--dry-run", "--json"])
    assert not Path(folder).exists()
    channels, specs = [], []
    rest = iter(flags[2:])
    for each in rest:
        if each == "--channel":
            channels.append(next(rest))
        elif each != "--override-channels":
            specs.append(each)
    return channels, specs


async def _solved(channels: list[str], specs: list[str], subdir: str) -> tuple[str, int]:
    from rattler import Channel, Gateway, MatchSpec, Subdir, solve
    from rattler.exceptions import SolverError

    try:
        found = await solve(
            [Channel(each) for each in channels],
            [MatchSpec(each, strict=False) for each in specs],
            gateway=Gateway(cache_dir=Path(os.environ["CONDA_PKGS_DIRS"])),
            platforms=[Subdir(subdir), Subdir("noarch")],
        )
    except SolverError as error:
        return json.dumps(_refusal(str(error), channels)), 1
    actions = [json.loads(each.to_json()) for each in found]
    return json.dumps({"success": True, "actions": {"FETCH": actions, "LINK": actions}}), 0


def _refusal(reason: str, channels: list[str]) -> dict[str, Any]:
    name = "LibMambaUnsatisfiableError"
    missing = reason.partition("No candidates were found for ")[2]
    if missing:
        name = "PackagesNotFoundInChannelsError"
        listed = "".join(f"\n  - {each}" for each in channels)
        reason = (
            "The following packages are not available from current channels:\n"
            f"\n  - {missing.split()[0]}\n\nCurrent channels:\n{listed}\n\nTo search for alternate"
        )
    return {"success": False, "exception_name": name, "message": reason}
