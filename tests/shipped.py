"""`python -m tests.shipped` writes the hand-made lists as JSON, which costs less to read.

The lists in `envtool/data/*.toml` are for people, with comments; `envtool verify` reads
`lists.json` at every start, for TOML takes 5 ms more. A test holds the two together.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "envtool" / "data"
NAMES = ("dev_tools", "layers", "names")
LISTS = DATA / "lists.json"


def lists() -> dict[str, Any]:
    """What the TOML files say."""
    return {name: tomllib.loads((DATA / f"{name}.toml").read_text("utf-8")) for name in NAMES}


if __name__ == "__main__":
    LISTS.write_text(json.dumps(lists(), separators=(",", ":")) + "\n", "utf-8")
    print(f"Updated {LISTS.name}")  # noqa: T201 - what the command is for
