"""What conda-lock assumes of a machine that it solves for.

The defaults are those of `conda_lock/default-virtual-packages.yaml` (conda-lock 4). A project
states its own in `virtual-packages.yml`.
"""

from collections.abc import Mapping

from envtool.domain.locks import VirtualPackage

# Versions by name; a build string stands behind a blank.
_LINUX = {"__unix": "0", "__linux": "5.10", "__archspec": "1", "__glibc": "2.28", "__cuda": "11.4"}
_OSX = {"__unix": "0", "__archspec": "1", "__osx": "11.0"}
_WIN = {"__win": "0", "__archspec": "1", "__cuda": "11.4"}
_KNOWN = {
    "linux-64": (_LINUX, "x86_64"),
    "linux-aarch64": (_LINUX, "aarch64"),
    "linux-ppc64le": (_LINUX, "ppc64le"),
    "osx-64": (_OSX, "x86_64"),
    "osx-arm64": (_OSX, "arm64"),
    "win-64": (_WIN, "x86_64"),
}

DEFAULT_MACHINES: Mapping[str, tuple[VirtualPackage, ...]] = {
    subdir: tuple(
        VirtualPackage(name, version, build if name == "__archspec" else "")
        for name, version in packages.items()
    )
    for subdir, (packages, build) in _KNOWN.items()
}
