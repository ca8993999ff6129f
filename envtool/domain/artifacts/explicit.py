"""Writes `@EXPLICIT` lists, which conda, mamba and micromamba install without a solver.

The format is that of CEP 23, with `#sha256:` behind each URL (conda 24.9, mamba 2.1 and later);
the pip packages follow as comments, which `recover.sh` reads.
"""

from collections.abc import Iterable, Iterator

from envtool.domain.artifacts.contents import Contents, environment_name, suffix
from envtool.domain.explicit_lock import MARK
from envtool.domain.locks import LockedPackage

_HEAD = """\
# Made by `envtool export` from conda-lock.yml; do not edit.
# environment: {environment}
# platform: {platform}
# conda create -p PREFIX --file {name}   (conda 24.9, mamba or micromamba 2.1, or later)
{mark}
"""


def explicit_lists(contents: Contents) -> Iterator[tuple[str, str]]:
    """Name and text of the list of each environment on each platform."""
    for category, platform, packages in contents.environments():
        name = explicit_name(category, platform)
        head = _HEAD.format(
            environment=environment_name(category), platform=platform, name=name, mark=MARK
        )
        yield name, head + "".join(_lines(packages))


def explicit_name(category: str, platform: str) -> str:
    """`conda-linux-64.lock`, `conda-dev-linux-64.lock`."""
    return f"conda{suffix(category)}-{platform}.lock"


def _lines(packages: Iterable[LockedPackage]) -> Iterator[str]:
    for each in packages:
        url = each.url.partition("#")[0]
        digest = f"sha256:{each.sha256}" if each.sha256 else each.md5
        if each.manager == "conda":
            yield f"{url}#{digest}\n"
        else:
            yield f"# pip {each.name} {each.version} {url}#{digest}\n"
