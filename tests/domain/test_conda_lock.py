"""`conda-lock.yml` is read alike on the fast and on the slow path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.conda_lock import looks_like_lock, read_conda_lock
from envtool.domain.lock_reader import NotALockError
from envtool.domain.locks import Lock
from tests.locking import Entry, lock_text

PARSE = EventYaml().parse
TWO = lock_text(
    Entry("python", "3.12.1", needs=(("libzlib", ">=1.2,<2.0a0"), ("__glibc", ">=2.17"))),
    Entry("libzlib", "1.3", md5=""),
)


def read(text: str) -> Lock:
    return read_conda_lock(text, "conda-lock.yml", PARSE)


def slow(text: str) -> Lock:
    """The same lock in a layout that the fast path does not know."""
    return read(text.replace("  optional: false\n", "  optional: !!bool false\n"))


def test_head_and_entries() -> None:
    lock = read(TWO)
    assert lock.platforms == ("linux-64",)
    assert lock.channels == ("conda-forge",)
    assert lock.sources == ("environment.yml", "environment-dev.yml")
    python, zlib = lock.packages
    assert python.dependencies == (("libzlib", ">=1.2,<2.0a0"), ("__glibc", ">=2.17"))
    assert (python.build, python.line) == ("h0_0", 14)
    assert (zlib.md5, zlib.sha256) == ("", "0" * 64)
    assert str(lock.place(zlib)) == "conda-lock.yml:27:1"
    assert str(lock.whole) == "conda-lock.yml"


names = st.from_regex(r"[a-z][a-z0-9._-]{0,6}", fullmatch=True)
texts = st.text("abc019.*<>=,'_ +!|", max_size=8).map(str.strip)
entries = st.builds(
    Entry,
    name=names,
    version=st.from_regex(r"[0-9][0-9a-z.]{0,5}", fullmatch=True),
    manager=st.sampled_from(["conda", "pip"]),
    platform=st.sampled_from(["linux-64", "osx-arm64"]),
    needs=st.lists(st.tuples(names, texts.map(lambda text: text.replace("'", "''"))), max_size=3)
    .map(dict)
    .map(lambda needs: tuple(needs.items())),
    build=st.just("h0_0"),
    md5=st.sampled_from(["", "0" * 32]),
    sha256=st.just("0" * 64),
    category=st.sampled_from(["main", "dev"]),
    url=st.none(),
)


@given(st.lists(entries, min_size=1, max_size=4))
def test_both_paths_come_to_the_same(packages: list[Entry]) -> None:
    text = lock_text(*packages)
    assert read(text).packages == slow(text).packages


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  manager: conda\n", "  manager:   conda\n"),
        ("libzlib: '>=1.2,<2.0a0'", 'libzlib: ">=1.2,<2.0a0"'),
        ("libzlib: '>=1.2,<2.0a0'", "libzlib: '>=1.2,<2.0a0'  # why"),
        ("- name: libzlib\n", "\n- name: libzlib\n"),
        ("- name: libzlib\n", '- name: "libzlib"\n'),
        ("package:\n", "package: # all\n"),
        ("- url: conda-forge\n    used_env_vars: []\n", "- url: conda-forge\n  - {odd: 1}\n"),
    ],
)
def test_an_irregular_file_says_the_same(before: str, after: str) -> None:
    assert before in TWO
    changed = read(TWO.replace(before, after))
    assert [each._replace(line=0) for each in changed.packages] == [
        each._replace(line=0) for each in read(TWO).packages
    ]


def test_a_comment_behind_a_plain_constraint_is_no_part_of_it() -> None:
    text = TWO.replace("libzlib: '>=1.2,<2.0a0'", "libzlib: 1.2.*  # why")
    assert read(text).packages[0].dependencies[0] == ("libzlib", "1.2.*")


def test_old_files_lack_a_few_things() -> None:
    text = (
        "metadata:\n  content_hash: {linux-64: x}\n  channels: [defaults]\n"
        "package:\n- {name: A, version: 1, platform: linux-64, url: u, hash: abc}\n"
    )
    lock = read(text)
    assert lock.platforms == ("linux-64",)
    assert lock.channels == ("defaults",)
    (package,) = lock.packages
    assert package[:7] == ("a", "1", "conda", "linux-64", "u", "abc", "")
    assert package.category == "main"


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("- a\n", "no mapping", 0),
        ("version: 2\nmetadata: {}\npackage: []\n", "format version 2 is not known", 1),
        ("metadata: {}\n", "the key `package` is missing", 0),
        ("package:\n- {version: 1}\n", "a package lacks `name`", 2),
        ("package:\n- name: a\n  url: u\n  version: 1\n", "a package lacks `platform`", 2),
    ],
)
def test_what_is_no_lock(text: str, words: str, line: int) -> None:
    with pytest.raises(NotALockError, match=words) as caught:
        read(text)
    assert caught.value.place.line == line


def test_a_lock_cut_in_the_middle_is_refused() -> None:
    with pytest.raises(NotALockError, match="a package lacks `url`"):
        read(TWO[: TWO.rindex("  url:")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [(TWO, True), ("package:\n- a\n", False), ("metadata:\n  a: b\n", False)],
)
def test_telling_a_lock_from_a_spec(text: str, *, expected: bool) -> None:
    assert looks_like_lock(text) is expected
