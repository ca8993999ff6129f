"""What lies where in a bundle.

The layout is that of pixi-pack 0.7 (`pixi-pack.json`, `environment.yml`, `channel/`, `pypi/`), with
the artifacts of envtool beside it, so that `pixi-unpack`, `recover.sh` and envtool all take it.
"""

import json
from collections.abc import Iterable
from urllib.parse import unquote

from envtool.domain.channels import channel_of
from envtool.domain.locks import LockedPackage

METADATA = "pixi-pack.json"
ENVIRONMENT = "environment.yml"
CHANNEL, WHEELS, PROGRAM = "channel", "pypi", "micromamba"
REPODATA = "repodata.json"
_VERSION = "1"


def archive_name(url: str) -> str:
    """Where the archive of a conda package lies: `channel/linux-64/zlib-1.3-h0_0.conda`."""
    url = url.partition("#")[0]
    subdir, _, file = url.removeprefix(f"{channel_of(url)}/").partition("/")
    return f"{CHANNEL}/{subdir}/{unquote(file)}"


def wheel_name(url: str) -> str:
    """Where a wheel lies: `pypi/tool-1.0-py3-none-any.whl`."""
    return f"{WHEELS}/{unquote(url.partition('#')[0].rpartition('/')[2])}"


def metadata(platform: str) -> str:
    """The text of `pixi-pack.json`."""
    return json.dumps({"version": _VERSION, "platform": platform}, indent=2) + "\n"


def environment(packages: Iterable[LockedPackage]) -> str:
    """The text of `environment.yml`, which installs from the channel beside it."""
    lines = [f"channels:\n  - ./{CHANNEL}\n  - nodefaults\ndependencies:\n"]
    wheels = []
    for each in packages:
        if each.manager == "conda":
            lines.append(f"  - {each.name}={each.version}={each.build}\n")
        else:
            wheels.append(f"      - {each.name}=={each.version}\n")
    if wheels:
        lines += [
            "  - pip:\n",
            "      - --no-index\n",
            f"      - --find-links ./{WHEELS}\n",
            *wheels,
        ]
    return "".join(lines)
