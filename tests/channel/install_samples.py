"""Packages made by hand: each shows one thing that packages do when they are installed.

Names say what it is. The times are days of 2026, so that "not newer than" has an answer.
"""

from collections.abc import Iterator

from envtool.adapters.channel_builder.elf import printing_program
from envtool.adapters.channel_builder.packages import (
    PLACEHOLDER,
    File,
    Format,
    Hardlink,
    Mode,
    Package,
    Symlink,
)

SUBDIRS = ("linux-64", "osx-arm64", "win-64")
_DAY = 86_400_000
_FIRST_OF_2026 = 1_767_225_600_000


def day(number: int) -> int:
    """A day of 2026, the first is 1, in milliseconds."""
    return _FIRST_OF_2026 + (number - 1) * _DAY


def installing() -> Iterator[Package]:
    """All packages of this module."""
    yield from _texts()
    yield from _programs()
    yield from _links_and_names()
    yield from _scripts()
    yield from _python()
    yield from _python_script()
    yield from _without_python()
    yield from _tool()


def _text(path: str, text: str) -> File:
    """A text file that names the prefix wherever `{prefix}` stands."""
    content = text.replace("{prefix}", PLACEHOLDER).encode()
    return File(path=path, content=content, placeholder=Mode.TEXT)


def _script(path: str, body: str) -> File:
    return File(path=path, content=f"#!/bin/sh\n{body}\n".encode(), executable=True)


def _texts() -> Iterator[Package]:
    """`text-prefix`: three versions for three platforms, the oldest in the old format."""
    for number, version in enumerate(("1.0", "1.1", "2.0")):
        for subdir in SUBDIRS:
            yield Package(
                name="text-prefix",
                version=version,
                subdir=subdir,
                license="MIT",
                timestamp=day(10 + 10 * number),
                summary="A text file with the prefix in it",
                files=(
                    _text("etc/text-prefix.conf", f"version = {version}\nroot = {{prefix}}/etc\n"),
                    File(path="share/text-prefix/README", content=b"No prefix here\n"),
                ),
                format=Format.BZIP2 if version == "1.0" else Format.CONDA,
            )


def _programs() -> Iterator[Package]:
    """`binary-prefix`: a native program that prints the prefix compiled into it."""
    for number, version in enumerate(("1.0", "1.1", "2.0")):
        program = printing_program(f"{PLACEHOLDER}/share/binary-prefix\n")
        yield Package(
            name="binary-prefix",
            version=version,
            subdir="linux-64",
            depends=("__glibc >=2.17", "text-prefix >=1.1"),
            license="BSD-3-Clause",
            timestamp=day(15 + 10 * number),
            summary="A program with the prefix in it",
            files=(
                File(
                    path="bin/binary-prefix",
                    content=program,
                    executable=True,
                    placeholder=Mode.BINARY,
                ),
                File(path="share/binary-prefix/version", content=f"{version}\n".encode()),
            ),
        )


def _links_and_names() -> Iterator[Package]:
    """`links`: symbolic and hard links, odd names, an empty file."""
    for number, version in enumerate(("1.0", "2.0")):
        yield Package(
            name="links",
            version=version,
            subdir="linux-64",
            license="ISC",
            timestamp=day(20 + 10 * number),
            summary="Links, odd names and an empty file",
            files=(
                File(path="share/links/real.txt", content=f"links {version}\n".encode()),
                File(path="share/links/empty"),
                File(path="share/links/with two spaces.txt", content=b"spaces\n"),
                File(path="share/links/naïve-日本.txt", content=b"unicode\n"),
                Hardlink(path="share/links/hard.txt", target="share/links/real.txt"),
                Symlink(path="share/links/soft.txt", target="real.txt"),
                Symlink(path="lib/links", target="../share/links"),
            ),
        )


_ACTIVATE = 'export ACTIVATES_HOME="$CONDA_PREFIX/share/activates"'


def _scripts() -> Iterator[Package]:
    """`activates` has activation scripts, `post-link` a script that runs when it is linked."""
    message = 'echo "post-link {v} ran in $PREFIX" > "$PREFIX/post-link.txt"'
    for number, version in enumerate(("1.0", "1.1")):
        yield Package(
            name="activates",
            version=version,
            subdir="linux-64",
            license="MIT",
            timestamp=day(25 + 10 * number),
            summary="Sets a variable at activation",
            files=(
                _script("etc/conda/activate.d/activates.sh", _ACTIVATE),
                _script("etc/conda/deactivate.d/activates.sh", "unset ACTIVATES_HOME"),
                File(path="share/activates/version", content=f"{version}\n".encode()),
            ),
        )
        yield Package(
            name="post-link",
            version=version,
            subdir="linux-64",
            license="MIT",
            timestamp=day(26 + 10 * number),
            summary="Runs a script when it is linked, and one before it is unlinked",
            files=(
                _script("bin/.post-link-post-link.sh", message.replace("{v}", version)),
                _script("bin/.post-link-pre-unlink.sh", 'rm -f "$PREFIX/post-link.txt"'),
                File(path="share/post-link/version", content=f"{version}\n".encode()),
            ),
        )


_MODULE = '''"""Prints where it is."""

__version__ = "{version}"


def main() -> None:
    print("hello-python", __version__, __file__)
'''


def _python() -> Iterator[Package]:
    """`hello-python`: noarch, with an entry point."""
    for number, version in enumerate(("1.0.0", "1.1.0", "2.0.0")):
        info = f"site-packages/hello_python-{version}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: hello-python\nVersion: {version}\n"
        yield Package(
            name="hello-python",
            version=version,
            build="pyhd8ed1ab_0",
            noarch="python",
            depends=("python >=3.9",),
            license="Apache-2.0",
            timestamp=day(30 + 10 * number),
            summary="A module and its entry point",
            entry_points=("hello-python = hello_python:main",),
            files=(
                File(
                    path="site-packages/hello_python/__init__.py",
                    content=_MODULE.replace("{version}", version).encode(),
                ),
                File(path=f"{info}/METADATA", content=metadata.encode()),
                File(path=f"{info}/INSTALLER", content=b"conda\n"),
            ),
        )


def _python_script() -> Iterator[Package]:
    """`script-python`: a program that names the Python of its prefix in its first line."""
    yield Package(
        name="script-python",
        version="1.0",
        subdir="linux-64",
        depends=("python", "hello-python >=1.1,<3"),
        license="Apache-2.0",
        timestamp=day(60),
        summary="A script that starts the Python of its prefix",
        files=(
            File(
                path="bin/script-python",
                content=f"#!{PLACEHOLDER}/bin/python\nimport hello_python as it\nit.main()\n".encode(),
                executable=True,
                placeholder=Mode.TEXT,
            ),
        ),
    )


def _without_python() -> Iterator[Package]:
    """`r-hello` and what it needs: an environment without Python."""
    for number, version in enumerate(("4.4.3", "4.5.1")):
        yield Package(
            name="r-base",
            version=version,
            subdir="linux-64",
            license="GPL-2.0-or-later",
            timestamp=day(90 + 10 * number),
            files=(
                _script("bin/Rscript", f'echo "R {version} is a stand-in" >&2; exit 126'),
                _text("lib/R/etc/Renviron", "R_LIBS_SITE={prefix}/lib/R/library\n"),
            ),
        )
    yield Package(
        name="r-hello",
        version="1.0_2",
        build="r45hc72bb7e_0",
        noarch="generic",
        depends=("r-base >=4.5,<4.6.0a0",),
        license="GPL-3.0-only",
        timestamp=day(101),
        files=(File(path="lib/R/library/hello/DESCRIPTION", content=b"Package: hello\n"),),
    )


def _tool() -> Iterator[Package]:
    """`tool`: one program, and it needs nothing."""
    for version in ("1.0", "1.1"):
        yield Package(
            name="tool",
            version=version,
            subdir="linux-64",
            license="MIT",
            timestamp=day(102),
            files=(_script("bin/tool", f'echo "tool {version}" "$@"'),),
        )
