"""What conda-lock assumes of a machine that it solves for.

The defaults are those of `conda_lock/default-virtual-packages.yaml` (conda-lock 4). A project
states its own in `virtual-packages.yml`.
"""

import collections.abc

from envtool.domain.findings import Place
from envtool.domain.lock_reader import NotALockError
from envtool.domain.locks import VirtualPackage
from envtool.domain.yaml_nodes import Mapping, Node, Scalar, keys_of

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

DEFAULT_MACHINES: collections.abc.Mapping[str, tuple[VirtualPackage, ...]] = {
    subdir: tuple(
        VirtualPackage(name, version, build if name == "__archspec" else "")
        for name, version in packages.items()
    )
    for subdir, (packages, build) in _KNOWN.items()
}


def read_machines(root: Node | None) -> dict[str, tuple[VirtualPackage, ...]]:
    """What a `virtual-packages.yml` says, by subdir; a build string stands behind a blank.

    The format is that of `conda_lock/virtual_package.py`: `subdirs: {linux-64: {packages:
    {__glibc: "2.17"}}}`. Raises `NotALockError` on anything else.
    """
    subdirs = keys_of(root).get("subdirs")
    if not isinstance(subdirs, Mapping):
        place = root.place if root else Place("virtual-packages.yml")
        raise NotALockError("the key `subdirs` is missing, or no mapping", place)
    found = {}
    for subdir, content in keys_of(subdirs).items():
        packages = keys_of(keys_of(content).get("packages"))
        found[subdir] = tuple(_package(name, node) for name, node in packages.items())
    return found


def _package(name: str, node: Node) -> VirtualPackage:
    if not isinstance(node, Scalar) or not name.startswith("__"):
        raise NotALockError(f"`{name}` is no virtual package with a version", node.place)
    version, _, build = node.text.partition(" ")
    return VirtualPackage(name, version, build)
