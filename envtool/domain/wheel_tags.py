"""Whether a wheel is for a Python and a platform, by the tags in its file name (PEP 425).

Coarse on purpose: which glibc or macOS a machine has, whoever made the lock has looked at.
"""

import re
from itertools import product

from envtool.domain.python_layout import series_of

_TAGS = re.compile(r"-([^-]+)-([^-]+)-([^-]+)\.whl$")
_PYTHON = re.compile(r"(py|cp)([23])_?([0-9]*)")
_PLATFORMS = {
    "linux-64": r"(?:many|musl)?linux.*_x86_64",
    "linux-aarch64": r"(?:many|musl)?linux.*_aarch64",
    "linux-ppc64le": r"(?:many|musl)?linux.*_ppc64le",
    "osx-64": r"macosx_.*_(?:x86_64|universal2|universal|intel|fat64|fat3|fat)",
    "osx-arm64": r"macosx_.*_(?:arm64|universal2)",
    "win-64": r"win_amd64",
    "win-32": r"win32",
    "win-arm64": r"win_arm64",
}


def fits(file: str, python: str, platform: str) -> bool:
    """Whether the wheel `file` is for a version like `3.12.4` on a platform like `linux-64`.

    What is not known of either, or a name without tags, is taken to fit.
    """
    found = _TAGS.search(file)
    if found is None:
        return True
    interpreters, abis, platforms = (group.split(".") for group in found.groups())
    pattern = _PLATFORMS.get(platform, ".*")
    if not any(each == "any" or re.fullmatch(pattern, each) for each in platforms):
        return False
    return any(_runs(each, abi, python) for each, abi in product(interpreters, abis))


def _runs(interpreter: str, abi: str, python: str) -> bool:
    tag = _PYTHON.fullmatch(interpreter)
    major, _, minor = series_of(python).rpartition(".")
    if tag is None or not minor.isdecimal():
        return True
    kind, series, least = tag.groups()
    if series != major.rpartition("!")[2]:
        return False
    if kind == "py" or abi == "abi3":
        return int(least or 0) <= int(minor)
    return int(least or minor) == int(minor)
