"""Which platforms a line is for: `sel(linux):` keys and `# [linux]` comments.

The keys are micromamba's (its user guide, "Conda env spec: selectors"); the comments are
conda-lock's (its README, "platform specific dependencies"). conda itself reads neither.
"""

import re
from collections.abc import Collection, Iterable, Iterator

# What each word stands for, as the start of a subdir.
_WORDS = {
    "linux": ("linux-",),
    "linux64": ("linux-64",),
    "unix": ("linux-", "osx-"),
    "osx": ("osx-",),
    "osx64": ("osx-64",),
    "arm64": ("osx-arm64",),
    "aarch64": ("linux-aarch64",),
    "ppc64le": ("linux-ppc64le",),
    "win": ("win-",),
    "win64": ("win-64",),
}

# `KNOWN_SUBDIRS` of conda/base/constants.py, without `noarch`.
PLATFORMS = (
    "emscripten-wasm32", "freebsd-64", "linux-32", "linux-64", "linux-aarch64", "linux-armv6l",
    "linux-armv7l", "linux-ppc64", "linux-ppc64le", "linux-riscv32", "linux-riscv64",
    "linux-s390x", "osx-64", "osx-arm64", "wasi-wasm32", "win-32", "win-64", "win-arm64", "zos-z",
)  # fmt: skip

_KEY = re.compile(r"sel\((\w+)\)")
# A whole line, as conda-lock takes it apart.
_LINE = re.compile(r".+?\s*#.*\[([^\[\]]+)\][^()]*")
_COMMENT = re.compile(r"#.*\[(\w+)\]")


def key_platforms(key: str) -> tuple[str, ...] | None:
    """The subdir prefixes of a `sel(word)` key; None when `key` is something else."""
    match = _KEY.fullmatch(key)
    return _WORDS.get(match[1]) if match else None


def comment_platforms(comment: str) -> tuple[str, ...]:
    """The subdir prefixes that a `# [word]` comment names; empty without one."""
    match = _COMMENT.search(comment)
    return _WORDS.get(match[1], ()) if match else ()


def selector_for(wanted: Collection[str], others: Collection[str]) -> str | None:
    """The word that stands for all of the platforms `wanted` and none of `others`."""
    for word, starts in _WORDS.items():
        covers = bool(wanted) and all(each.startswith(starts) for each in wanted)
        if covers and not any(each.startswith(starts) for each in others):
            return word
    return None


def overlap(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Whether two lines can hold on one platform; an empty tuple is every platform."""
    if not left or not right:
        return True
    return any(a.startswith(b) or b.startswith(a) for a in left for b in right)


def on_platform(lines: Iterable[str], platform: str) -> Iterator[str]:
    """The lines that conda-lock reads for `platform`: without comments and other platforms' lines.

    It takes any text in brackets behind a `#` for a selector.
    """
    for line in lines:
        match = _LINE.fullmatch(line)
        if not line.lstrip().startswith("#") and (
            match is None or any(platform.startswith(each) for each in _WORDS.get(match[1], ()))
        ):
            yield line
