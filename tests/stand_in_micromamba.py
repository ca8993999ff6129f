"""Stands in for micromamba where `recover.sh` calls it: its command line, with a real installer.

Answers `--version` and `create --yes --quiet --offline -p PREFIX --file LIST`, where the list is
`@EXPLICIT`; archives are hashed, as micromamba 2.1 does. `STAND_IN_FAILS` makes `create` fail
after half of the packages.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from rattler import RepoDataRecord

_START = """\
#!{python}
import sys
sys.path.insert(0, {root!r})
from tests.stand_in_micromamba import main
main(sys.argv[1:], {version!r})
"""


def install(folder: Path, name: str = "micromamba", version: str = "2.3.0") -> Path:
    """Writes the executable `name` into `folder`."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    root = str(Path(__file__).parent.parent)
    path.write_text(_START.format(python=sys.executable, root=root, version=version))
    path.chmod(0o755)
    return path


def main(arguments: list[str], version: str) -> None:
    if arguments == ["--version"]:
        sys.stdout.write(f"{version}\n")
        return
    *flags, list_ = arguments
    assert flags[:5] == ["create", "--yes", "--quiet", "--offline", "-p"], flags
    prefix, option = flags[5:]
    assert option == "--file"
    assert not os.path.lexists(prefix), "it is not an empty place"
    code = asyncio.run(_create(prefix, Path(list_)))
    # rattler's threads, still at work, crash an orderly end.
    os._exit(code)


async def _create(prefix: str, list_: Path) -> int:
    from rattler import install as link

    work = Path(os.environ["CONDA_PKGS_DIRS"])
    records = list(_records(list_, work))
    if os.environ.get("STAND_IN_FAILS"):
        records = records[: len(records) // 2]
    await link(records, target_prefix=prefix, cache_dir=work, show_progress=False)
    return 1 if os.environ.get("STAND_IN_FAILS") else 0


def _records(list_: Path, work: Path) -> "Iterator[RepoDataRecord]":
    from rattler import PackageRecord, RepoDataRecord
    from rattler.package_streaming import extract

    for line in list_.read_text().splitlines()[1:]:
        url, _, digest = line.partition("#sha256:")
        path = Path(unquote(urlsplit(url).path))
        assert sha256(path.read_bytes()).hexdigest() == digest
        extract(path, work / path.name)
        index = PackageRecord.from_index_json(work / path.name / "info/index.json")
        channel = url.rsplit("/", 2)[0]
        yield RepoDataRecord(index, path.name, url, f"{channel}/")
