"""`pixi.lock` is read alike on the fast and on the slow path, in versions 4 to 7."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.lock_check import inconsistent
from envtool.domain.lock_reader import NotALockError
from envtool.domain.locks import Lock, VirtualPackage
from envtool.domain.pixi_lock import looks_like_pixi, read_pixi
from envtool.domain.yaml_nodes import YamlError

PARSE = EventYaml().parse
CHANNEL = "https://conda.anaconda.org/conda-forge"
SEVEN = f"""\
version: 7
platforms:
- name: linux-64
  virtual-packages:
  - __unix=0=0
  - __glibc=2.28
  - __archspec=0=x86_64
environments:
  default:
    channels:
    - url: {CHANNEL}/
    indexes:
    - https://pypi.org/simple
    options:
      pypi-prerelease-mode: if-necessary-or-explicit
    packages:
      linux-64:
      - conda: {CHANNEL}/linux-64/python-3.12.1-h1_0.conda
      - conda: {CHANNEL}/noarch/tzdata-2026a-h2_0.conda
      - pypi: https://files.pythonhosted.org/packages/ab/sampleproject-4.0.0-py3-none-any.whl
      - pypi: ./
      - conda_source: tool[5a970a0c] @ local/tool
      - pypi: git+https://example.org/lib.git?branch=main#b05267e9
  docs:
    channels:
    - url: {CHANNEL}/
    packages:
      linux-64:
      - conda: {CHANNEL}/noarch/tzdata-2026a-h2_0.conda
      osx-arm64: []
packages:
- conda: {CHANNEL}/linux-64/python-3.12.1-h1_0.conda
  build_number: 0
  sha256: {"a" * 64}
  md5: {"b" * 32}
  depends:
  - __glibc >=2.17,<3.0.a0
  - tzdata
  - 'libexpat >=2.6,<3.0a0'
  constrains:
  - python_abi 3.12.* *_cp312
  license: Python-2.0
  run_exports:
    weak:
    - python >=3.12
  size: 100
- conda: {CHANNEL}/noarch/tzdata-2026a-h2_0.conda
  sha256: {"c" * 64}
  license: LicenseRef-Public-Domain
- pypi: https://files.pythonhosted.org/packages/ab/sampleproject-4.0.0-py3-none-any.whl
  name: sampleproject
  version: 4.0.0
  sha256: {"d" * 64}
  requires_dist:
  - peppercorn ; extra == 'x'
- pypi: ./
  name: own
- conda_source: tool[5a970a0c] @ local/tool
  depends: []
- pypi: git+https://example.org/lib.git?branch=main#b05267e9
  name: Lib
  version: 1.0.dev1
"""
FOUR = f"""\
version: 4
environments:
  default:
    channels:
    - url: {CHANNEL}/
    packages:
      linux-64:
      - conda: {CHANNEL}/linux-64/libzlib-1.3-h1_0.conda
      - pypi: ./sub
packages:
- kind: conda
  name: libzlib
  version: '1.3'
  build: h1_0
  subdir: linux-64
  url: {CHANNEL}/linux-64/libzlib-1.3-h1_0.conda
  sha256: {"a" * 64}
- kind: pypi
  name: sub
  version: 0.1.0
  path: ./sub
  editable: true
"""


def read(text: str) -> Lock:
    return read_pixi(text, "pixi.lock", PARSE)


def slow(text: str) -> Lock:
    """The same lock in a layout that the fast path does not know."""
    return read(text.replace("environments:\n", "environments: !!map\n", 1))


@pytest.mark.parametrize("path", [read, slow])
def test_licences(path: Callable[[str], Lock]) -> None:
    licences = {each.name: each.license for each in path(SEVEN).packages}
    assert licences.pop("python") == "Python-2.0"
    assert licences.pop("tzdata") == "LicenseRef-Public-Domain"
    assert set(licences.values()) == {None}
    assert [each.license for each in path(FOUR).packages] == [None, None]


@pytest.mark.parametrize("path", [read, slow])
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", None),
        ("  purls: []\n", ()),
        ("  purls:\n  - pkg:pypi/six?source=hash-mapping\n", ("pkg:pypi/six?source=hash-mapping",)),
        ("  purls:\n  - 'pkg:pypi/six'\n  - pkg:pypi/x\n", ("pkg:pypi/six", "pkg:pypi/x")),
        # Not as pixi writes it.
        ("  purls: [pkg:pypi/six]\n", ("pkg:pypi/six",)),
        ("  purls: null\n", None),
    ],
)
def test_purls(path: Callable[[str], Lock], lines: str, expected: tuple[str, ...] | None) -> None:
    text = SEVEN.replace("  license: Python-2.0\n", f"  license: Python-2.0\n{lines}", 1)
    purls = {each.name: each.purls for each in path(text).packages}
    assert purls.pop("python") == expected
    assert set(purls.values()) == {None}


def test_seven() -> None:
    lock = read(SEVEN)
    assert lock.platforms == ("linux-64", "osx-arm64")
    assert lock.channels == (f"{CHANNEL}/",)
    assert lock.machines == {
        "linux-64": (
            VirtualPackage("__unix", "0", "0"),
            VirtualPackage("__glibc", "2.28", ""),
            VirtualPackage("__archspec", "0", "x86_64"),
        )
    }
    python, tzdata, sample, own, tool, lib, again = lock.packages
    assert python[:4] == ("python", "3.12.1", "conda", "linux-64")
    assert python.dependencies[2] == ("libexpat", ">=2.6,<3.0a0")
    assert (python.sha256, python.md5, python.build) == ("a" * 64, "b" * 32, "h1_0")
    assert SEVEN.splitlines()[python.line - 1].startswith("- conda:")
    assert (tzdata.category, again.category) == ("default", "docs")
    assert again._replace(category="default") == tzdata
    assert sample[:3] == ("sampleproject", "4.0.0", "pip")
    assert (own.name, own.url, own.version) == ("own", "./", "")
    assert (tool.name, tool.manager, tool.version) == ("tool", "conda", "")
    assert (lib.name, lib.version) == ("lib", "1.0.dev1")
    assert lock.again == "lock again: `pixi lock`"


def test_four() -> None:
    zlib, sub = read(FOUR).packages
    assert zlib[:4] == ("libzlib", "1.3", "conda", "linux-64")
    assert (sub.name, sub.version, sub.url) == ("sub", "0.1.0", "./sub")
    assert read(FOUR).machines == {}


def same(text: str) -> bool:
    fast, other = read(text), slow(text)
    return (fast.packages, fast.channels, fast.platforms, fast.machines) == (
        other.packages,
        other.channels,
        other.platforms,
        other.machines,
    )


@pytest.mark.parametrize("text", [SEVEN, FOUR, SEVEN.replace("version: 7", "# head\nversion: 6")])
def test_both_paths_come_to_the_same(text: str) -> None:
    assert same(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  license: Python-2.0\n", "  license: Python\n    or so\n"),
        ("  license: Python-2.0\n", '  license: "Python-2.0"\n'),
        ("  license: Python-2.0\n", "  license: 'it''s' # 'so'\n"),
        ("  - tzdata\n", "  - tzdata  # a comment\n"),
        ("  depends:\n", "  depends:  # all\n"),
        ("  - tzdata\n", "  -  tzdata\n"),
        ("  depends: []\n", "  depends: [tzdata]\n"),
        ("  sha256: ccc", "  sha256:  ccc"),
        ("    - url: https://conda", "    - url:  https://conda"),
        ("      - pypi: ./\n", '      - pypi: "./"\n'),
        ("      - pypi: ./\n", "      - pypi: './'\n"),
        ("      - pypi: ./\n", "      - pypi: ./\n        editable: true\n"),
        (
            "    packages:\n      linux-64:\n      - conda",
            "    packages:\n      linux-64:\n\n      - conda",
        ),
        ("packages:\n- conda", "packages:\n# first\n- conda"),
        ("  docs:\n", "  'docs':\n"),
        ("    - url: ", "    - "),
    ],
)
def test_an_irregular_file_says_the_same(before: str, after: str) -> None:
    assert before in SEVEN
    changed = SEVEN.replace(before, after)
    assert same(changed)
    if "license" not in before and "[tzdata]" not in after:
        assert [each._replace(line=0) for each in read(changed).packages] == [
            each._replace(line=0) for each in read(SEVEN).packages
        ]


@given(st.data())
def test_a_damaged_file_says_the_same(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SEVEN) - 1))
    end = data.draw(st.integers(at, min(at + 6, len(SEVEN))))
    text = SEVEN[:at] + data.draw(st.text("\n -:#'\"a{[|>", max_size=3)) + SEVEN[end:]
    if looks_like_pixi(text) and "environments:\n" in text:
        try:
            other = slow(text)
        except (NotALockError, YamlError):
            return
        assert read(text).packages == other.packages


def test_what_the_lock_does_not_hold() -> None:
    reasons = {reason.text for reason in inconsistent(read(SEVEN))}
    assert reasons == {
        "`python 3.12.1` needs `libexpat >=2.6,<3.0a0`, which is not in the lock on linux-64"
    }
    old = read(SEVEN.replace("__glibc=2.28", "__glibc=2.12"))
    assert any(
        "`__glibc >=2.17,<3.0.a0`, and 2.12 is locked" in each.text for each in inconsistent(old)
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 3\nenvironments:\n", "version 3 of pixi's lock is unknown"),
        ("version: 6\nenvironments:\n- a\n", "has to be a mapping"),
        ("version: 6\nenvironments:\n", "has to be a mapping"),
        (SEVEN.replace("- conda: https", "- pixi: https"), "`pixi` is no kind of package"),
        (SEVEN[: SEVEN.index("packages:\n- conda")], "is used and not described"),
        (SEVEN.replace("      - pypi: ./\n", "      - 1\n"), "lacks its address"),
        (SEVEN.replace("      - pypi: ./\n", "      - [1]\n"), "lacks its address"),
        (SEVEN.replace("      - pypi: ./\n", "      - conda: [1]\n"), "lacks its address"),
        (SEVEN + "packages: []\n", "the key `packages` stands twice"),
        (SEVEN.replace("- pypi: ./\n  name: own", "- name: own"), "`name` is no kind of package"),
        (FOUR.replace("  path: ./sub\n", ""), "lacks its address"),
    ],
)
def test_what_is_no_lock(text: str, words: str) -> None:
    with pytest.raises(NotALockError, match=words) as caught:
        read(text)
    assert caught.value.place.path == "pixi.lock"
