"""Where the files of wheels go in the prefix of a conda environment.

Sources: `sysconfig` of CPython for POSIX and Windows, `python_site_packages_path` of CEP 17, and
pip's `get_scheme` for headers, which have a folder for each distribution.
"""

import re
from typing import NamedTuple

_SERIES = re.compile(r"(?:[0-9]+!)?([0-9]+\.[0-9]+)")
_LIBRARY = re.compile(r"lib/([^/]+)/site-packages")
_LAUNCHERS = {"win-64": "win-amd64", "win-32": "win-ia32", "win-arm64": "win-arm64"}
# Of `BINPRM_BUF_SIZE` in older kernels, less what stands around the path.
_SHEBANG = 127


class PythonLayout(NamedTuple):
    """Paths are relative to the prefix and have slashes on every platform.

    `launcher` is the kind of its scripts, as the package `installer` calls them.
    """

    interpreter: str
    site_packages: str
    scripts: str
    headers: str
    launcher: str

    @property
    def is_posix(self) -> bool:
        """Whether scripts are started by their first line."""
        return self.launcher == "posix"


def layout_of(platform: str, python: str, site_packages: str = "") -> PythonLayout:
    """The layout for a platform like `linux-64` and a version like `3.12.4`.

    `site_packages` is what the package of the interpreter says of it; what leaves the prefix is
    not taken for true. Without it, it is where CPython has it.
    """
    known = site_packages if _stays(site_packages) else ""
    if platform.startswith("win-"):
        launcher = _LAUNCHERS.get(platform, "win-amd64")
        place = known or "Lib/site-packages"
        return PythonLayout("python.exe", place, "Scripts", "Include", launcher)
    place = known or f"lib/python{series_of(python)}/site-packages"
    library = _LIBRARY.fullmatch(place)
    name = library[1] if library else f"python{series_of(python)}"
    return PythonLayout("bin/python", place, "bin", f"include/{name}", "posix")


def series_of(python: str) -> str:
    """`3.12` of `3.12.4`."""
    found = _SERIES.match(python)
    return found[1] if found else python


def _stays(path: str) -> bool:
    """Whether a relative path stays below where it starts."""
    return (
        bool(path) and not set("\\:\0") & set(path) and not {"", ".", ".."} & set(path.split("/"))
    )


def shebang(interpreter: str) -> bytes:
    """The first lines of a Python script that `interpreter`, an absolute path, runs.

    What a kernel would cut off, or split at a blank, goes through `sh`, which reads the second
    line, while for Python that is a text (distlib and pip do the same).
    """
    plain = f"#!{interpreter}\n".encode()
    if len(plain) <= _SHEBANG and not re.search(r"\s", interpreter):
        return plain
    quoted = "'" + interpreter.replace("'", "'\"'\"'") + "'"
    return f"#!/bin/sh\n'''exec' {quoted} \"$0\" \"$@\"\n' '''\n".encode()
