"""Where wheels go, for each kind of Python."""

import pytest

from envtool.domain.python_layout import layout_of, shebang

LAYOUTS = {
    "linux": (
        ("linux-64", "3.12.4", ""),
        ("bin/python", "lib/python3.12/site-packages", "bin", "include/python3.12", "posix"),
    ),
    "free-threaded": (
        ("osx-arm64", "3.13.1", "lib/python3.13t/site-packages"),
        ("bin/python", "lib/python3.13t/site-packages", "bin", "include/python3.13t", "posix"),
    ),
    "elsewhere": (
        ("linux-64", "3.9", "lib/pypy3.9/site-packages/x"),
        ("bin/python", "lib/pypy3.9/site-packages/x", "bin", "include/python3.9", "posix"),
    ),
    "hostile": (
        ("linux-64", "3.12", "../x"),
        ("bin/python", "lib/python3.12/site-packages", "bin", "include/python3.12", "posix"),
    ),
    "windows": (
        ("win-64", "3.12.4", ""),
        ("python.exe", "Lib/site-packages", "Scripts", "Include", "win-amd64"),
    ),
    "windows on arm": (
        ("win-arm64", "3.12.4", "Lib/site-packages"),
        ("python.exe", "Lib/site-packages", "Scripts", "Include", "win-arm64"),
    ),
    "no version": (
        ("linux-64", "x", "a\\b"),
        ("bin/python", "lib/pythonx/site-packages", "bin", "include/pythonx", "posix"),
    ),
}


@pytest.mark.parametrize(("asked", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_layouts(asked: tuple[str, str, str], expected: tuple[str, ...]) -> None:
    layout = layout_of(*asked)
    assert tuple(layout) == expected
    assert layout.is_posix == (not asked[0].startswith("win"))


SHORT = "/opt/env/bin/python"


@pytest.mark.parametrize(
    ("interpreter", "plain"),
    [
        (SHORT, True),
        ("/" + "x" * 123, True),
        ("/" + "x" * 124, False),
        ("/a b/python", False),
        ("/a\tb/python", False),
        ("/it's/python", True),
    ],
)
def test_first_lines(interpreter: str, *, plain: bool) -> None:
    lines = shebang(interpreter).decode()
    assert (lines == f"#!{interpreter}\n") is plain
    if not plain:
        # For Python, a text and nothing else.
        compile(lines, "x", "exec")
