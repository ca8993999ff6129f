"""Environment files with every package pinned to its build, for plain conda and mamba."""

from collections.abc import Callable, Iterable, Iterator

from envtool.domain.artifacts.contents import Contents, environment_name, suffix
from envtool.domain.locks import LockedPackage
from envtool.domain.results import Json

_HEAD = """\
# Made by `envtool export` from conda-lock.yml; do not edit.
# environment: {environment}, platform: {platform}
# conda env create -p PREFIX -f {name}   (no hash of a conda package is checked: see {explicit})
"""


def pinned_files(contents: Contents, dump: Callable[[object], str]) -> Iterator[tuple[str, str]]:
    """Name and text for each environment on each platform; `dump` writes YAML."""
    for category, platform, packages in contents.environments():
        name = f"environment{suffix(category)}-{platform}.yml"
        head = _HEAD.format(
            environment=environment_name(category),
            platform=platform,
            name=name,
            explicit=f"conda{suffix(category)}-{platform}.lock",
        )
        data: dict[str, Json] = {
            "name": f"{contents.name}{suffix(category)}",
            "channels": [*contents.channels, "nodefaults"],
            "dependencies": [*_dependencies(packages)],
        }
        yield name, head + dump(data)


def _dependencies(packages: Iterable[LockedPackage]) -> Iterator[Json]:
    pip: list[Json] = []
    for each in packages:
        if each.manager == "conda":
            yield f"{each.name}={each.version}={each.build}"
        else:
            pip.append(_pip(each))
    if pip:
        yield {"pip": pip}


def _pip(package: LockedPackage) -> str:
    hashed = f" --hash=sha256:{package.sha256}" if package.sha256 else ""
    return f"{package.name} @ {package.url.partition('#')[0]}{hashed}"
