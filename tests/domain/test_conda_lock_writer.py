"""What we write, conda-lock reads, and would write in the same bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.conda_lock import read_conda_lock
from envtool.domain.conda_lock_writer import LockMetadata, read_metadata, write_conda_lock
from envtool.domain.lock_reader import NotALockError
from envtool.domain.locks import LockedPackage
from tests.conda_lock_oracle import rewritten

YAML = EventYaml()
HEAD = LockMetadata(
    content_hash={"linux-64": "a" * 64, "osx-arm64": "b" * 64},
    channels=(("conda-forge", ()), ("https://host.example/t/${TOKEN}/x", ("TOKEN",))),
    platforms=("linux-64", "osx-arm64"),
    sources=("environment.yml", "environment-dev.yml"),
)
PACKAGE = LockedPackage(
    name="python",
    version="3.12.1",
    manager="conda",
    platform="linux-64",
    url="https://conda.anaconda.org/conda-forge/linux-64/python-3.12.1-h0_0.conda",
    md5="0" * 32,
    sha256="1" * 64,
    dependencies=(("__glibc", ">=2.17,<3.0.a0"), ("libzlib", ">=1.2")),
    category="main",
    line=0,
)
REQUESTS = PACKAGE._replace(
    name="requests", manager="pip", md5="", url="https://host.example/requests-2.0.whl"
)


def ours(packages: list[LockedPackage], head: LockMetadata = HEAD) -> str:
    return write_conda_lock(head, packages, "conda-lock.yml", YAML.dump)


@pytest.mark.parametrize(
    "packages",
    [
        [],
        [PACKAGE],
        [REQUESTS, PACKAGE],
        [PACKAGE, PACKAGE._replace(platform="osx-arm64"), PACKAGE._replace(name="attrs")],
        [PACKAGE._replace(md5="", dependencies=())],
        [REQUESTS._replace(category="dev", sha256="")],
        [PACKAGE._replace(category="docs"), REQUESTS._replace(category="dev")],
        [PACKAGE._replace(name="__glibc"), PACKAGE],
        [REQUESTS._replace(source="git+https://host.example/x.git@" + "a" * 40)],
        [PACKAGE._replace(version="1.10", dependencies=(("b", ""), ("a", "1.20"), ("c", "*")))],
    ],
)
def test_the_bytes_are_those_of_conda_lock(packages: list[LockedPackage]) -> None:
    text = ours(packages)
    assert rewritten(text) == text


def test_all_that_the_head_can_hold() -> None:
    notes = {
        "custom_metadata": {"a": "1"},
        "inputs_metadata": {"environment.yml": {"md5": "x", "sha256": "y"}},
        "git_metadata": {"git_sha": "abc"},
        "time_metadata": {"created_at": "2026-01-01T00:00:00Z"},
    }
    head = LockMetadata(content_hash={}, channels=(), platforms=(), sources=("a.yml",), notes=notes)
    text = ours([PACKAGE], head)
    assert rewritten(text) == text
    assert read_metadata(YAML.parse(text, "conda-lock.yml")) == head


names = st.from_regex(r"[a-z][a-z0-9-]{0,6}", fullmatch=True)
scalars = st.text("abc019.*<>=,'\" _+!|#:-[]{}é\U0001f40d", max_size=90)
packages = st.builds(
    PACKAGE._replace,
    name=names,
    version=scalars.filter(bool),
    platform=st.sampled_from(["linux-64", "osx-arm64"]),
    dependencies=st.dictionaries(names, scalars, max_size=3).map(
        lambda needs: tuple(needs.items())
    ),
    category=st.sampled_from(["main", "dev", "x"]),
)


@given(st.lists(packages, max_size=3, unique_by=lambda each: (each.name, each.platform)))
def test_what_was_written_reads_back(found: list[LockedPackage]) -> None:
    text = ours(found)
    again = read_conda_lock(text, "conda-lock.yml", YAML.parse)
    assert read_metadata(YAML.parse(text, "conda-lock.yml")) == HEAD
    assert write_conda_lock(HEAD, again.packages, "conda-lock.yml", YAML.dump) == text
    assert sorted(each._replace(line=0, dependencies=()) for each in again.packages) == sorted(
        each._replace(line=0, dependencies=()) for each in found
    )


@pytest.mark.parametrize(
    ("channels", "read"),
    [
        ("[{url: a, used_env_vars: [X]}]", (("a", ("X",)),)),
        ("[{url: a}, {used_env_vars: []}, b]", (("a", ()),)),
        ("[{url: a, used_env_vars: X}]", (("a", ()),)),
        ("a", ()),
    ],
)
def test_odd_heads_are_read_leniently(
    channels: str, read: tuple[tuple[str, tuple[str, ...]], ...]
) -> None:
    text = f"metadata: {{channels: {channels}, content_hash: x, platforms: {{}}}}"
    head = read_metadata(YAML.parse(text, "conda-lock.yml"))
    assert head == LockMetadata(content_hash={}, channels=read, platforms=(), sources=())
    assert read_metadata(None).channels == ()


def test_aliases_do_not_make_a_head_grow_without_end() -> None:
    levels = "".join(f"  b{n + 1}: &b{n + 1} [{', '.join([f'*b{n}'] * 9)}]\n" for n in range(50))
    text = f"metadata:\n  b0: &b0 x\n{levels}  time_metadata: *b50\n"
    with pytest.raises(NotALockError, match="larger than that of any lock"):
        read_metadata(YAML.parse(text, "conda-lock.yml"))


_TRICKY = (
    *("null", "no", "on", "1", "1e5", "0b11", "0x1f", "1.0", "=", "<<", "~", "a:b", "a: b", "a #b"),
    *("-", "- a", "'", '"', "a'b", "*", "&a", "!a", "%a", "@a", "`", "{", "[", "é", "\t", "a\nb"),
    *(">=1,<2 *_cpython", "a " * 60 + "b", "2026-01-01", "12:30:45", "", "deadbeef", "00000011"),
)
_ODD = st.sampled_from(_TRICKY) | st.text(max_size=12)


@given(_ODD, _ODD, _ODD, st.dictionaries(_ODD.filter(bool), _ODD, max_size=3), _ODD)
def test_every_text_is_written_as_pyyaml_does(
    version: str, url: str, sha256: str, needs: dict[str, str], source: str
) -> None:
    package = PACKAGE._replace(
        version=version,
        url=url,
        sha256=sha256,
        dependencies=tuple(needs.items()),
        source=source,
    )
    entry = {
        "name": "python",
        "version": version,
        "manager": "conda",
        "platform": "linux-64",
        "dependencies": dict(sorted(needs.items())),
        "url": url,
        "hash": {"md5": "0" * 32} | ({"sha256": sha256} if sha256 else {}),
        **({"source": {"type": "url", "url": source}} if source else {}),
        "category": "main",
        "optional": False,
    }
    assert ours([package]).partition("\npackage:\n")[2] == YAML.dump([entry])
