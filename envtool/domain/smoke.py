"""What can be tried of an installed package: its modules, its R library, its program.

Nothing is guessed from the name of a package; what counts are the files that it has installed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from envtool.domain.installed import Installed, InstalledPackage

# `-I`: neither the user's own packages nor the working directory may help.
_IMPORT = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
_SITE = re.compile(r"(?:lib/python\d+\.\d+|Lib)/site-packages/(.+)")
_R_LIBRARY = re.compile(r"(?:lib|Lib)/R/library/([^/]+)/DESCRIPTION")
# `name.py`, `name.so`, `name.cpython-312-x86_64-linux-gnu.so`, `name.cp312-win_amd64.pyd`.
_MODULE = re.compile(r"([A-Za-z_]\w*)(?:\.py|(?:\.[\w-]+)?\.(?:so|pyd))")
_PROGRAM = re.compile(r"(?:bin|Scripts|Library/bin)/([^/]+?)(?:\.exe|\.bat|\.cmd)?")
_PACKAGE_FILE = "__init__"
# What some packages put beside their modules by mistake.
_STRAY = frozenset({"test", "tests", "testing", "docs", "doc", "examples", "benchmarks", "scripts"})


class Smoke(NamedTuple):
    """A command, its program relative to the prefix, that shows that a package works at all.

    Attributes:
        package: the direct dependency.
        what: what is done with it, in words.
        command: what is run.
        strict: whether anything but 0 is a failure; else only that it does not start.
    """

    package: str
    what: str
    command: tuple[str, ...]
    strict: bool = True


def smoke_tests(
    installed: Installed, direct: Iterable[tuple[str, str]], *, windows: bool
) -> Iterator[Smoke | str]:
    """What to try of each direct dependency, which is a manager and a name.

    The name alone where nothing can be tried, or where it is not installed.
    """
    known = {(each.manager, each.name): each for each in installed.packages}
    for manager, name in direct:
        package = known.get((manager, name))
        tests = list(_of(package, known, windows=windows)) if package else []
        yield from (each._replace(package=name) for each in tests)
        if not tests:
            yield name


def _of(
    package: InstalledPackage,
    known: Mapping[tuple[str, str], InstalledPackage],
    *,
    windows: bool,
) -> Iterator[Smoke]:
    """The tests of a package; of one without files those of what it stands for."""
    tests = list(_own(package, windows=windows))
    yield from tests
    if not tests and not package.files:
        # `matplotlib` has no files, and needs `matplotlib-base`.
        names = {each.partition(" ")[0] for each in package.depends}
        for name in sorted(each for each in names if each.startswith(f"{package.name}-")):
            if part := known.get(("conda", name)):
                yield from _own(part, windows=windows)


def _own(package: InstalledPackage, *, windows: bool) -> Iterator[Smoke]:
    paths = [each.path for each in package.files]
    modules, libraries = top_modules(paths), _libraries(paths)
    if modules:
        python = "python.exe" if windows else "bin/python"
        what = f"import {', '.join(modules)}"
        yield Smoke(package.name, what, (python, "-I", "-B", "-c", _IMPORT, *modules))
    if libraries:
        rscript = "Scripts/Rscript.exe" if windows else "bin/Rscript"
        code = "; ".join(f"library({each})" for each in libraries)
        yield Smoke(package.name, code, (rscript, "--vanilla", "-e", code))
    if not modules and not libraries and (program := _program(package, paths)):
        name = program.rpartition("/")[2]
        yield Smoke(package.name, f"{name} --version", (program, "--version"), strict=False)


def top_modules(paths: Iterable[str]) -> tuple[str, ...]:
    """The modules to import that these files of a prefix are, the topmost of each branch.

    Private ones, what is there by mistake, and files in folders that are no package, only where
    there is nothing else.
    """
    sites = (_SITE.fullmatch(path) for path in paths)
    found = {name: is_loose for site in sites if site for name, is_loose in _dotted(site[1])}
    names = {name for name, is_loose in found.items() if not is_loose} or set(found)
    tops = sorted(each for each in names if not _has_parent(each, names))
    public = [each for each in tops if each[0] != "_" and each.partition(".")[0] not in _STRAY]
    return tuple(public or tops)


def _dotted(path: str) -> Iterator[tuple[str, bool]]:
    """The module that a file below `site-packages` is, and whether it is in no package."""
    *folders, file = path.split("/")
    module = _MODULE.fullmatch(file)
    if module is not None and all(each.isidentifier() for each in folders):
        is_package = module[1] == _PACKAGE_FILE
        parts = folders if is_package else [*folders, module[1]]
        if parts:
            yield ".".join(parts), bool(folders) and not is_package


def _has_parent(module: str, modules: set[str]) -> bool:
    """Whether importing `module` imports another of `modules` first."""
    parts = module.split(".")
    return any(".".join(parts[:length]) in modules for length in range(1, len(parts)))


def _libraries(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(found[1] for path in paths if (found := _R_LIBRARY.fullmatch(path))))


def _program(package: InstalledPackage, paths: Iterable[str]) -> str:
    """The program that a package is about: that of its name, or its only one."""
    programs = {path: found[1] for path in paths if (found := _PROGRAM.fullmatch(path))}
    programs = {path: name for path, name in programs.items() if name[0] != "."}
    named = [path for path, name in programs.items() if _alike(name) == _alike(package.name)]
    return (named or (list(programs) if len(programs) == 1 else [""]))[0]


def _alike(name: str) -> str:
    return name.lower().replace("_", "-")
