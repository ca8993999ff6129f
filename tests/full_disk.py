"""`python -m tests.full_disk FOLDER`: a change with less and less short of enough room.

FOLDER is a small file system of its own. Prints what each try left, as JSON.
"""

import errno
import io
import json
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path

from tests.cutting import change
from tests.writers import Case, files

PAGE = 4096
CASE = Case(
    {"recovery/records.lock": "r" * 3 * PAGE, "conda-lock.yml": "l" * 2 * PAGE},
    {
        "a/new.lock": "N" * PAGE,
        "recovery/records.lock": "R" * 3 * PAGE,
        "conda-lock.yml": "L" * 2 * PAGE,
    },
)


def tried(folder: Path, pages: int) -> Mapping[str, object]:
    """The change with `pages` of room."""
    root = CASE.make(folder / "p")
    fill(folder / "filler", pages)
    with redirect_stdout(io.StringIO()) as out:
        code = change(str(root), CASE.texts)
    now = files(root)
    state = "old" if now == CASE.old else "new" if now == CASE.new else "between"
    left = [name for name in os.listdir(root) if name == ".envtool" or name.endswith(".tmp")]
    (folder / "filler").unlink()
    shutil.rmtree(root)
    return {"code": code, "said": out.getvalue().partition("\n")[0], "state": state, "left": left}


def fill(path: Path, pages: int) -> None:
    """Write to `path` until there are `pages` left."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * PAGE)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
        file.truncate(file.tell() - pages * PAGE)


if __name__ == "__main__":
    json.dump([tried(Path(sys.argv[1]), pages) for pages in range(14)], sys.stdout)
