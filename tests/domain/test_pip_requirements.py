"""What `pip install -r` reads in one line, and what it refuses; pip 26 is the reference."""

import subprocess
import sys
from typing import Any

import pytest

from envtool.conda_versions import Strictness
from envtool.domain.pip_requirements import (
    InvalidRequirement,
    PipOption,
    RequirementKind,
    parse_pip_requirement,
    requirement_strictness,
)

_SHA1 = "e8f677a0407fc312b7f3d87a4c47726ceb8cd975"
_SHA256 = "8f92fc8806f9a6b641eaa5318da32b44d401efaac0f6678c9bc448ba3605faa0"


def _said(text: str) -> dict[str, Any]:
    """The fields of a line that differ from an empty requirement."""
    found = parse_pip_requirement(text)
    fields = ("name", "extras", "specifier", "marker", "url", "revision", "editable", "hashes")
    values = {field: getattr(found, field) for field in (*fields, "options")}
    return {field: value for field, value in values.items() if value not in {None, "", (), False}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("numpy", {"name": "numpy"}),
        ("  numpy  ", {"name": "numpy"}),
        ("Django_Rest.Framework", {"name": "django-rest-framework"}),
        ("foo_", {"name": "foo-"}),
        ("numpy==1.26.4", {"name": "numpy", "specifier": "==1.26.4"}),
        ("numpy ==1.26.4", {"name": "numpy", "specifier": "==1.26.4"}),
        ("numpy >= 1.26 , < 2", {"name": "numpy", "specifier": ">=1.26,<2"}),
        ("numpy (>=1.26,<2)", {"name": "numpy", "specifier": ">=1.26,<2"}),
        ("numpy>=1.26,", {"name": "numpy", "specifier": ">=1.26"}),
        ("numpy~=1.26.4", {"name": "numpy", "specifier": "~=1.26.4"}),
        ("numpy!=1.26.*", {"name": "numpy", "specifier": "!=1.26.*"}),
        ("numpy===1.26-custom", {"name": "numpy", "specifier": "===1.26-custom"}),
        ("torch==2.1.0+cu118", {"name": "torch", "specifier": "==2.1.0+cu118"}),
        ("foo==1!2.0rc1.post2.dev3", {"name": "foo", "specifier": "==1!2.0rc1.post2.dev3"}),
        ("foo==v1.0-1", {"name": "foo", "specifier": "==v1.0-1"}),
        ("uvicorn[standard]", {"name": "uvicorn", "extras": ("standard",)}),
        ("foo [a_b, C , a-b]>=1", {"name": "foo", "extras": ("a-b", "c"), "specifier": ">=1"}),
        ("foo[]", {"name": "foo"}),
        ("foo==1 # why", {"name": "foo", "specifier": "==1"}),
        ("foo.gz", {"name": "foo-gz"}),
        ("foo;", {"name": "foo"}),
        (
            "foo>=1; sys_platform == 'linux'",
            {"name": "foo", "specifier": ">=1", "marker": "sys_platform == 'linux'"},
        ),
        ("foo==${VERSION}", {"name": "foo"}),
        ("foo[a]>=1,<=${VERSION}", {"name": "foo", "extras": ("a",)}),
        (
            f"flit-core === 3.9.0 --hash=sha256:{_SHA256}",
            {"name": "flit-core", "specifier": "===3.9.0", "hashes": (f"sha256:{_SHA256}",)},
        ),
        (
            "foo==1 \\\n  --hash sha256:aa \\\n  --hash=sha512:bb\n",
            {"name": "foo", "specifier": "==1", "hashes": ("sha256:aa", "sha512:bb")},
        ),
        (
            'foo ; python_version < "3.12" --hash=sha256:aa',
            {"name": "foo", "marker": 'python_version < "3.12"', "hashes": ("sha256:aa",)},
        ),
        (
            'foo --config-settings="--global-option=x"',
            {"name": "foo", "options": (PipOption("--config-settings", "--global-option=x"),)},
        ),
        (
            "torch -f https://download.example/torch.html",
            {
                "name": "torch",
                "options": (PipOption("--find-links", "https://download.example/torch.html"),),
            },
        ),
    ],
)
def test_named(text: str, said: dict[str, Any]) -> None:
    assert parse_pip_requirement(text).kind is RequirementKind.NAMED
    assert _said(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://x.example/foo.zip", {"url": "https://x.example/foo.zip"}),
        ("HTTPS://x.example/foo.zip", {"url": "HTTPS://x.example/foo.zip"}),
        (
            "https://x.example/a.tar.gz#egg=Foo&subdirectory=b",
            {"url": "https://x.example/a.tar.gz#egg=Foo&subdirectory=b", "name": "foo"},
        ),
        (
            "https://x.example/Foo_Bar-1.0%2Bcu1-1-py3-none-any.whl",
            {
                "url": "https://x.example/Foo_Bar-1.0%2Bcu1-1-py3-none-any.whl",
                "name": "foo-bar",
                "specifier": "==1.0+cu1",
            },
        ),
        (
            "https://x.example/foo-${VERSION}-py3-none-any.whl",
            {"url": "https://x.example/foo-${VERSION}-py3-none-any.whl"},
        ),
        (
            "foo[a] @ https://x.example/foo.zip ; python_version < '3.12'",
            {
                "url": "https://x.example/foo.zip",
                "name": "foo",
                "extras": ("a",),
                "marker": "python_version < '3.12'",
            },
        ),
        (
            f"foo@https://x.example/foo-1.0-py3-none-any.whl#sha256={_SHA256}",
            {
                "url": f"https://x.example/foo-1.0-py3-none-any.whl#sha256={_SHA256}",
                "name": "foo",
                "hashes": (f"sha256:{_SHA256}",),
            },
        ),
        ("https://x.example/a;b.zip", {"url": "https://x.example/a;b.zip"}),
        (
            "https://x.example/a.zip; os_name == 'nt'",
            {"url": "https://x.example/a.zip", "marker": "os_name == 'nt'"},
        ),
        ("foo @ ${MIRROR}/foo.zip", {"name": "foo", "url": "${MIRROR}/foo.zip"}),
    ],
)
def test_url(text: str, said: dict[str, Any]) -> None:
    assert parse_pip_requirement(text).kind is RequirementKind.URL
    assert _said(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("git+https://h.example/a/b.git", {"url": "git+https://h.example/a/b.git"}),
        (
            "git+https://h.example/a/b@v1.0",
            {"url": "git+https://h.example/a/b@v1.0", "revision": "v1.0"},
        ),
        (
            "git+ssh://git@h.example/a/b.git",
            {"url": "git+ssh://git@h.example/a/b.git"},
        ),
        (
            f"git+https://user:${{TOKEN}}@h.example/a/b.git@{_SHA1}#egg=b",
            {
                "url": f"git+https://user:${{TOKEN}}@h.example/a/b.git@{_SHA1}#egg=b",
                "name": "b",
                "revision": _SHA1,
            },
        ),
        (
            "Foo[x] @ git+https://h.example/a/b@feature/c",
            {
                "url": "git+https://h.example/a/b@feature/c",
                "name": "foo",
                "extras": ("x",),
                "revision": "feature/c",
            },
        ),
        ("hg+https://h.example/a#egg=a", {"url": "hg+https://h.example/a#egg=a", "name": "a"}),
        (
            "git+https://h.example/a; os_name == 'nt'",
            {"url": "git+https://h.example/a", "marker": "os_name == 'nt'"},
        ),
        (
            "-e git+https://h.example/a@main#egg=a",
            {
                "url": "git+https://h.example/a@main#egg=a",
                "name": "a",
                "revision": "main",
                "editable": True,
            },
        ),
        (
            '-e "a @ git+https://h.example/a"',
            {"url": "git+https://h.example/a", "name": "a", "editable": True},
        ),
        (
            "--editable=git://h.example/a#egg=a",
            {"url": "git+git://h.example/a#egg=a", "name": "a", "editable": True},
        ),
    ],
)
def test_vcs(text: str, said: dict[str, Any]) -> None:
    assert parse_pip_requirement(text).kind is RequirementKind.VCS
    assert _said(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (".", {"url": "."}),
        ("./x", {"url": "./x"}),
        ("../x[a,b]", {"url": "../x", "extras": ("a", "b")}),
        ("sub/folder", {"url": "sub/folder"}),
        ("/opt/x", {"url": "/opt/x"}),
        ("C:\\x\\y", {"url": "C:\\x\\y"}),
        ("file:///opt/x", {"url": "file:///opt/x"}),
        ("foo @ file://${ROOT}/foo", {"url": "file://${ROOT}/foo", "name": "foo"}),
        ("foo-1.0.tar.gz", {"url": "foo-1.0.tar.gz"}),
        (
            "wheels/foo-1.0-py3-none-any.whl [test]",
            {
                "url": "wheels/foo-1.0-py3-none-any.whl",
                "name": "foo",
                "specifier": "==1.0",
                "extras": ("test",),
            },
        ),
        ("-e .", {"url": ".", "editable": True}),
        ("-e.", {"url": ".", "editable": True}),
        ("-e .[dev]", {"url": ".", "extras": ("dev",), "editable": True}),
        ("--editable ./[dev,docs]", {"url": "./", "extras": ("dev", "docs"), "editable": True}),
        ("-e folder[dev]", {"url": "folder", "extras": ("dev",), "editable": True}),
        ("-e ${ROOT}/x", {"url": "${ROOT}/x", "editable": True}),
        ('-e "./a folder"', {"url": "./a folder", "editable": True}),
        ("-e file:///opt/x#egg=foo", {"url": "file:///opt/x#egg=foo", "name": "foo"}),
    ],
)
def test_path(text: str, said: dict[str, Any]) -> None:
    assert parse_pip_requirement(text).kind is RequirementKind.PATH
    assert _said(text) == {**said, **({"editable": True} if text.startswith("-") else {})}


@pytest.mark.parametrize(
    ("text", "kind", "option", "argument"),
    [
        ("-r requirements.txt", "requirements-file", "--requirement", "requirements.txt"),
        ("-rrequirements.txt", "requirements-file", "--requirement", "requirements.txt"),
        ("--requirement=a.txt # x", "requirements-file", "--requirement", "a.txt"),
        ("--pre -r a.txt", "requirements-file", "--requirement", "a.txt"),
        ("-c pins.txt", "constraints-file", "--constraint", "pins.txt"),
        ("-i https://x.example", "option", "--index-url", "https://x.example"),
        ("--pypi-url https://x.example", "option", "--index-url", "https://x.example"),
        ("--extra-index-url=https://x", "option", "--extra-index-url", "https://x"),
        ("--extra https://x", "option", "--extra-index-url", "https://x"),
        ("--find-links https://x", "option", "--find-links", "https://x"),
        ("--no-binary :all:", "option", "--no-binary", ":all:"),
        ("--only-binary=a,b", "option", "--only-binary", "a,b"),
        ("  --trusted-host x", "option", "--trusted-host", "x"),
        ("--pre", "option", "--pre", None),
        ("--require-hashes", "option", "--require-hashes", None),
        ("--config-settings a=b", "option", "--config-settings", "a=b"),
    ],
)
def test_option(text: str, kind: str, option: str, argument: str | None) -> None:
    found = parse_pip_requirement(text)
    assert (found.kind, found.option, found.argument) == (kind, option, argument)
    assert found.name is None


def test_every_option_of_a_line_is_kept() -> None:
    found = parse_pip_requirement("--index-url https://x.example --trusted-host x.example")
    assert found.options == (
        PipOption("--index-url", "https://x.example"),
        PipOption("--trusted-host", "x.example"),
    )


def test_a_requirement_without_options_has_none() -> None:
    found = parse_pip_requirement("numpy")
    assert (found.option, found.argument) == (None, None)


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("numpy=1.26", "a single `=` is conda's spelling: write `numpy==1.26`", 5),
        ("numpy =1.26=py312_0", "a single `=` is conda's spelling: write `numpy==1.26`", 6),
        ("numpy 1.26", "write `numpy==1.26`", 6),
        ("conda-forge::x", "`channel::` is conda's spelling: drop it, or move the line", 11),
        ("numpy[version='>=1']", "`[version=...]` is conda's spelling: write `numpy==1.2.3`", 5),
        ("numpy>=1.26.*", "only `==` and `!=` take a wildcard: write `>=1.26`", 5),
        ("numpy>=1.26*", "only `==` and `!=` take a wildcard: write `>=1.26`", 5),
        ("torch>=2.1+cu118", "only `==` and `!=` take a local version: write `>=2.1`", 5),
        ("numpy~=1", "`~=` needs two numbers: write `~=1.0`", 5),
        ("numpy=>1", "write `>=`", 5),
        ("numpy<>1", "write `!=`", 5),
        ("numpy>=1 <2", "put a comma between the versions", 9),
        ("numpy==1.25|1.26", "pip knows no `or`", 11),
        ("numpy==2004d", "`2004d` is no version for pip", 7),
        ("numpy==1.0a.*", "`1.0a.*` is no version for pip", 7),
        ("numpy==${V}x", "`${V}x` is no version for pip", 7),
        ("  pip install numpy", "write only what follows `pip install`", 2),
        ("requirements.txt", "write `-r requirements.txt`", 0),
        ("~/x", "write the whole path: pip does not expand `~`", 0),
        ("numpy-", "write a name and versions", 5),
        ("=", "write a name and versions", 0),
        ("{'a': 1}", "write a name and versions", 0),
        ("${REQUIREMENT}", "write a name and versions", 0),
        ('"numpy==1"', "write a name and versions", 0),
        ("foo @ https://x.example/foo.zip junk", "write a name and versions", 3),
        ("foo ; bad", "behind `;` stands a condition", 6),
        ("foo@1.2", "behind `@` stands a URL: write `foo==1.2`", 4),
        ("foo @ ./x", "behind `@` stands a URL: write `git+https://...`", 6),
        ("git@h.example:a/b.git", "write `git+ssh://git@host/path`", 0),
        ("git+git@h.example:a/b.git", "write `git+ssh://git@host/path`", 0),
        ("git://h.example/a", "write `git+ssh://git@host/path` or `git+https://host/path`", 0),
        ("git+https://h.example/a@#egg=a", "name a branch, tag or commit behind `@`", 23),
        ("git+https://h.example/a#egg=a[x]", "write `a[x] @ URL`: `#egg=` takes only a name", 28),
        ("https://x.example/foo-1.whl", "name the wheel `name-version-python-abi-", 0),
        ("./foo-bar-py3-none-any.whl", "name the wheel `name-version-python-abi-", 0),
        ("", "remove the empty item", 0),
        ("# only a comment", "remove the empty item", 0),
        ("a\nb", "make each line an item of its own", 2),
        ("foo==1 \\", "put what follows `\\` on the same line", 7),
        ("-r", "`--requirement` takes an argument", 0),
        ("--pre=1", "`--pre` takes no argument", 0),
        ("--no-deps", "remove `--no-deps`: pip knows no such option in a file", 0),
        ("--req a.txt", "remove `--req`: pip knows no such option in a file", 0),
        ("-x", "remove `-x`: pip knows no such option in a file", 0),
        ("-", "remove `-`: pip knows no such option in a file", 0),
        ("--pre torch", "make `torch` an item of its own, or remove it", 6),
        ("-e . ; os_name == 'nt'", "make `;` an item of its own, or remove it", 5),
        ('-e "./x', "close the quotation mark", 0),
        ("foo --hash=md5:aa", "write `--hash=sha256:<digest>`", 4),
        ("foo -C a", "write `--config-settings=KEY=VALUE`", 4),
        ("--hash=sha256:aa", "write `--hash` behind its requirement, on the same line", 0),
        ("foo -e .", "make each requirement an item of its own", 3),
        ("-e a -e b", "make each requirement an item of its own", 0),
        ("-e numpy>=1", "behind `-e` stands a folder or `git+https://...`; remove `-e`", 3),
        ("-e https://x.example/a.zip", "behind `-e` stands a folder or `git+https://", 3),
        ("-e git+https://h.example/a", "write `name @ ` before the URL: pip needs the name", 3),
        ("-e git@h.example:a#egg=a", "write `git+ssh://git@host/path`", 3),
    ],
)
def test_refused(text: str, message: str, column: int) -> None:
    with pytest.raises(InvalidRequirement) as caught:
        parse_pip_requirement(text)
    assert caught.value.message.startswith(message)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("text", "strictness"),
    [
        ("foo", Strictness.NONE),
        ("foo!=1.2", Strictness.NONE),
        ("foo!=1.*", Strictness.NONE),
        ("foo==${VERSION}", Strictness.NONE),
        ("git+https://h.example/a@main", Strictness.NONE),
        ("-e .", Strictness.NONE),
        ("foo>=1", Strictness.LOWER),
        ("foo>1,!=1.2", Strictness.LOWER),
        ("foo<2", Strictness.LOWER),
        ("foo<=2,<3", Strictness.LOWER),
        ("foo>=1,<2", Strictness.COMPATIBLE),
        ("foo~=1.4", Strictness.COMPATIBLE),
        ("foo~=1.4.post2", Strictness.COMPATIBLE),
        ("foo==1.*", Strictness.COMPATIBLE),
        ("foo~=1.4.2", Strictness.MINOR),
        ("foo==1.26.*", Strictness.MINOR),
        ("foo>=1.26.1,==1.26.*", Strictness.MINOR),
        ("foo==1", Strictness.FULL),
        ("foo==1.26.4", Strictness.FULL),
        ("foo===1.26.4", Strictness.FULL),
        ("foo==1.26.4,!=1.26.5", Strictness.FULL),
        (f"git+https://h.example/a@{_SHA1}", Strictness.FULL),
        ("./foo-1.0-py3-none-any.whl", Strictness.FULL),
        ("foo==1.0 --hash=sha256:aa", Strictness.BUILD),
        (f"https://x.example/foo.zip#sha256={_SHA256}", Strictness.BUILD),
    ],
)
def test_strictness(text: str, strictness: Strictness) -> None:
    assert requirement_strictness(parse_pip_requirement(text)) is strictness


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("foo==1.26.4", True),
        ("foo===anything", True),
        ("foo==1.26.*", False),
        ("foo==1.26.4,!=1.26.3", False),
        ("foo>=1", False),
        ("foo", False),
    ],
)
def test_exact(text: str, *, exact: bool) -> None:
    assert parse_pip_requirement(text).is_exact is exact


@pytest.mark.parametrize(
    ("revision", "commit"),
    [(_SHA1, True), (_SHA1.upper(), True), (_SHA256, True), (_SHA1[:7], False), ("v1", False)],
)
def test_commit(revision: str, *, commit: bool) -> None:
    found = parse_pip_requirement(f"git+https://h.example/a@{revision}")
    assert found.revision == revision
    assert found.is_commit is commit


def test_plain_lines_do_not_import_packaging() -> None:
    program = """
import sys
from envtool.domain.pip_requirements import parse_pip_requirement
for line in ("numpy", "numpy==1.2", "name[extra]>=1,<2", "-e .", "git+https://h.example/a"):
    parse_pip_requirement(line)
print(sorted(name for name in sys.modules if name.startswith("packaging")))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
