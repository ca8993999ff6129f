"""`python -m tests.placing PREFIX COMMAND...`: envtool in some place, and what it left there.

Prints JSON: exit status, the first line for a person, by which step the new tree took its place, and
the state after. In a process of its own, for places that only that process sees.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from envtool.adapters.prefix_files import PrefixInspector
from tests.installing import leftovers
from tests.served import flat

_STEP = re.compile(r"^  swap .* by (\w+)$", re.MULTILINE)
_CHECK = re.compile(r"^  check .* at its place$", re.MULTILINE)


def told(prefix: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "envtool", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    first = done.stdout.partition("\n")[0]
    # On however many lines an error is; what comes before it is the progress.
    error = re.search(r"^error:\s.*?$(?=\n\n|\Z)", done.stderr, re.MULTILINE | re.DOTALL)
    step = _STEP.search(done.stdout)
    return {
        "code": done.returncode,
        "first": flat(error[0]) if error else first,
        "step": step[1] if step else "",
        "checked": "after" if _CHECK.search(done.stdout) else "before",
        "state": state(prefix),
    }


def state(prefix: Path) -> str:
    """What is at a prefix, every file of it hashed, and what lies beside it that should not."""
    if not prefix.exists():
        return "nothing"
    if not (prefix / "conda-meta").is_dir():
        return f"files: {', '.join(sorted(os.listdir(prefix))) if prefix.is_dir() else 'one'}"
    inspector = PrefixInspector()
    installed = inspector.read(str(prefix))
    app = installed.conda.get("app")
    words = [f"app {app.version}" if app else "no app"]
    words += ["not whole"] if installed.broken or inspector.check_files(installed) else []
    real = Path(os.path.realpath(prefix))
    return ", ".join([*words, *sorted(leftovers(real.parent / ".envtool" / real.name))])


if __name__ == "__main__":
    json.dump(told(Path(sys.argv[1]), *sys.argv[2:]), sys.stdout)
