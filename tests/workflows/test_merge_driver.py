"""git merges locks with `envtool merge-driver`."""

from pathlib import Path

import pytest

from envtool.adapters import connect
from envtool.domain.locks import LockedPackage
from envtool.workflows.merge_driver import DriverRequest, drive
from tests.conda_lock_oracle import rewritten
from tests.conftest import Envtool
from tests.locking import Entry, lock_text
from tests.merging import LOCK, Repository

A, B, C, D = (Entry(name) for name in "abcd")
NEEDS = Entry("user", needs=(("a", "<2"),))
OLD = lock_text(A, B, C)


def held(text: str) -> list[str]:
    """The packages of a lock as `name version`."""
    return [f"{each.name} {each.version}" for each in packages(text)]


def packages(text: str) -> tuple[LockedPackage, ...]:
    from envtool.domain.lock_sides import read_side

    return read_side(text, LOCK, connect().yaml.parse).packages


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def files(folder: Path, base: str, ours: str, theirs: str | bytes) -> DriverRequest:
    """What git hands over."""
    for name, text in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return DriverRequest(
        base=str(folder / "base"),
        ours=str(folder / "ours"),
        theirs=str(folder / "theirs"),
        path=LOCK,
    )


def hashed(text: str, digit: str) -> str:
    """`text` with another hash of what is asked for."""
    return text.replace("a" * 64, digit * 64)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        ([B], [A, B], [B, C], ["a 1.0", "b 1.0", "c 1.0"]),
        ([B], [A, B, D], [B, C, D], ["a 1.0", "b 1.0", "c 1.0", "d 1.0"]),
        ([A], [Entry("a", "1.9")], [Entry("a", "1.10")], ["a 1.10"]),
        ([A], [Entry("a", "2")], [Entry("a", "1.10")], ["a 2"]),
        ([A, B], [A], [A, B, C], ["a 1.0", "c 1.0"]),
        ([A, B], [Entry("a", "2"), B], [A], ["a 2"]),
        ([A, B], [A], [A, Entry("b", "2")], ["a 1.0", "b 2"]),
        (None, [A], [B], ["a 1.0", "b 1.0"]),
    ],
)
def test_a_merge_passes(
    repository: Repository,
    base: list[Entry] | None,
    ours: list[Entry],
    theirs: list[Entry],
    result: list[str],
) -> None:
    start = {LOCK: lock_text(*base)} if base is not None else {"README": ""}
    repository.fork(start, {LOCK: lock_text(*ours)}, {LOCK: lock_text(*theirs)})
    done = repository.git("merge", "theirs")
    assert (done.code, repository.unmerged) == (0, set())
    assert held(repository.read()) == result
    assert "envtool: Merged `conda-lock.yml`: " in done.err


def test_what_is_asked_for_has_to_be_locked_again(repository: Repository) -> None:
    repository.fork(
        {LOCK: OLD},
        {LOCK: hashed(lock_text(A, B, C, D), "1")},
        {LOCK: hashed(lock_text(A, B), "2")},
    )
    done = repository.git("merge", "theirs")
    assert done.code == 0
    assert done.err == (
        "envtool: Merged `conda-lock.yml`: 1 from ours, 1 from theirs\n"
        "envtool: both sides changed what is asked for: `envtool lock` locks that\n"
    )
    assert "1" * 64 in repository.read()
    assert rewritten(repository.read()) == repository.read()


INCONSISTENT = (
    {LOCK: OLD},
    {LOCK: hashed(lock_text(A, B, C, NEEDS), "1")},
    {LOCK: hashed(lock_text(Entry("a", "2"), B, C), "2")},
)
WHY = (
    "envtool: `conda-lock.yml`: `user 1.0` needs `a <2`, and 2 is locked on linux-64; settle it"
    " with `envtool lock --merge`\n"
)


def test_what_does_not_fit_stays_a_conflict(repository: Repository) -> None:
    repository.fork(*INCONSISTENT)
    done = repository.git("merge", "theirs")
    assert (done.code, done.err, repository.unmerged) == (1, WHY, {LOCK})
    text = repository.read()
    assert [line for line in text.splitlines() if line[:7] in {"<" * 7, "=" * 7, ">" * 7}] == [
        "<<<<<<< ours",
        "=======",
        ">>>>>>> theirs",
    ]


def test_a_conflict_has_the_style_of_the_user(repository: Repository) -> None:
    repository.git("config", "merge.conflictStyle", "diff3")
    repository.fork(*INCONSISTENT)
    repository.git("merge", "theirs")
    assert "\n||||||| base\n" in repository.read()


@pytest.mark.parametrize(
    ("ours", "theirs", "why"),
    [
        (OLD, "garbage\n", "`conda-lock.yml` of theirs is no lock: the document is no mapping"),
        ("a: [\n", OLD, "`conda-lock.yml` of ours is no lock: not YAML"),
        (OLD, "version: 2\npackage: []\n", "of theirs is no lock: conda-lock's format version 2"),
        (OLD, "version: 7\npackages: []\n", "of theirs is no lock: the key `package` is missing"),
        (OLD, OLD + "package:\n", "of theirs is no lock: the key `package` stands twice"),
        (OLD, b"\xff\xfe", "of theirs is no lock: the file is UTF-16"),
        (OLD, b"package: \xff", "of theirs is no lock: the byte 0xFF is not UTF-8"),
        (OLD, "[" * 30_000, "of theirs is no lock: nested more than"),
        (OLD, "", "of theirs is no lock: the document is no mapping"),
    ],
)
def test_a_side_that_is_no_lock(tmp_path: Path, ours: str, theirs: str | bytes, why: str) -> None:
    done = drive(connect(), files(tmp_path, lock_text(B), ours, theirs))
    assert not done.is_settled
    (line,) = done.lines
    assert why in line
    assert line.endswith("; settle it with `envtool lock --merge`")


def test_git_keeps_what_is_no_lock(repository: Repository) -> None:
    repository.fork({LOCK: OLD}, {LOCK: lock_text(B)}, {LOCK: "garbage\n"})
    done = repository.git("merge", "theirs")
    assert (done.code, repository.unmerged) == (1, {LOCK})
    assert len(done.err.splitlines()) == 1
    assert ">>>>>>> theirs" in repository.read()


def test_an_ancestor_that_is_no_lock(repository: Repository) -> None:
    repository.fork({LOCK: "x\n"}, {LOCK: lock_text(A)}, {LOCK: lock_text(B)})
    done = repository.git("merge", "theirs")
    assert done.code == 1
    assert "the common ancestor of `conda-lock.yml` is no lock" in done.err


def bomb() -> str:
    """A head that grows tenfold with each of 20 aliases."""
    lines = "".join(f"  b{n + 1}: &b{n + 1} [{', '.join([f'*b{n}'] * 10)}]\n" for n in range(20))
    return f"version: 1\nmetadata:\n  b0: &b0 x\n{lines}  time_metadata: *b20\npackage: []\n"


def test_aliases_that_multiply_are_refused(repository: Repository) -> None:
    repository.fork({LOCK: OLD}, {LOCK: lock_text(A)}, {LOCK: bomb()})
    done = repository.git("merge", "theirs")
    assert "of theirs is no lock: its head is larger than that of any lock" in done.err


def test_a_lock_of_old_is_merged_and_written_as_today(repository: Repository) -> None:
    def aged(text: str) -> str:
        return (
            text.replace("  optional: false\n", "")
            .replace("  manager: conda\n", "")
            .replace("  - url: conda-forge\n    used_env_vars: []\n", "  - conda-forge\n")
        )

    repository.fork(
        {LOCK: aged(OLD)}, {LOCK: aged(lock_text(A, B, C, D))}, {LOCK: aged(lock_text(A, C))}
    )
    assert repository.git("merge", "theirs").code == 0
    text = repository.read()
    assert held(text) == ["a 1.0", "c 1.0", "d 1.0"]
    assert text.count("optional: false") == 3
    assert "- url: conda-forge\n" in text


def test_line_endings_stay(repository: Repository) -> None:
    def crlf(*entries: Entry) -> bytes:
        return lock_text(*entries).replace("\n", "\r\n").encode()

    repository.fork({LOCK: crlf(B)}, {LOCK: crlf(A, B)}, {LOCK: crlf(B, C)})
    assert repository.git("merge", "theirs").code == 0
    text = repository.read()
    assert text.count("\r\n") == text.count("\n") > 10
    assert held(text) == ["a 1.0", "b 1.0", "c 1.0"]


def test_a_side_that_already_is_the_result_stays_to_the_byte(repository: Repository) -> None:
    ours = lock_text(A, C).replace("version: 1\n", "version: 1\n# a comment\n")
    repository.fork({LOCK: lock_text(A, B)}, {LOCK: ours}, {LOCK: "\n" + lock_text(A, C)})
    assert "the packages are the same" in repository.git("merge", "theirs").err
    assert repository.read() == ours


def test_of_the_records_ours_stay(repository: Repository) -> None:
    name = "recovery/records.lock"
    repository.fork({name: "base\n"}, {name: "ours\n"}, {name: "theirs\n"})
    done = repository.git("merge", "theirs")
    assert (done.code, repository.read(name)) == (0, "ours\n")
    assert done.err == f"envtool: Kept ours of `{name}`: `envtool lock` completes it\n"


@pytest.mark.parametrize(
    "command", [("rebase", "theirs"), ("cherry-pick", "theirs"), ("merge", "--squash", "theirs")]
)
def test_other_commands_that_merge(repository: Repository, command: tuple[str, ...]) -> None:
    repository.fork({LOCK: OLD}, {LOCK: lock_text(B, C)}, {LOCK: lock_text(A, B, C, D)})
    assert repository.git(*command).code == 0
    assert held(repository.read()) == ["b 1.0", "c 1.0", "d 1.0"]


@pytest.mark.parametrize("command", ["rebase", "cherry-pick"])
def test_their_conflicts(repository: Repository, command: str) -> None:
    repository.fork(*INCONSISTENT)
    done = repository.git(command, "theirs")
    assert (done.code, repository.unmerged) == (1, {LOCK})
    assert WHY in done.err


def test_a_stash_comes_back(repository: Repository) -> None:
    repository.commit({LOCK: lock_text(B)})
    repository.write({LOCK: lock_text(A, B)})
    repository.git("stash")
    repository.commit({LOCK: lock_text(B, C)})
    assert repository.git("stash", "pop").code == 0
    assert held(repository.read()) == ["a 1.0", "b 1.0", "c 1.0"]


def test_of_an_octopus_git_wants_none(repository: Repository) -> None:
    repository.fork({LOCK: OLD}, {LOCK: lock_text(Entry("a", "2"))}, {LOCK: lock_text(A, B, C, D)})
    repository.git("checkout", "-q", "main")
    repository.commit({LOCK: lock_text(Entry("a", "3"), B, C)}, "third")
    done = repository.git("merge", "ours", "theirs")
    assert done.code != 0
    assert "Should not be doing an octopus" in done.out + done.err


@pytest.mark.parametrize("does_fit", [True, False])
def test_branches_with_two_common_ancestors(repository: Repository, *, does_fit: bool) -> None:
    """Both branches merged the other one before: git merges the ancestors first."""
    theirs = lock_text(A, B, Entry("c", "2")) if does_fit else INCONSISTENT[2][LOCK]
    repository.fork({LOCK: OLD}, {LOCK: INCONSISTENT[1][LOCK]}, {LOCK: theirs})
    settled = lock_text(A, B, Entry("c", "2"), NEEDS)
    for branch, other in (("left", "ours"), ("right", "theirs")):
        repository.git("checkout", "-q", "-b", branch, other)
        repository.git("merge", "--no-commit", "theirs" if other == "ours" else "ours")
        repository.commit({LOCK: settled})
    repository.commit({LOCK: lock_text(A, B, Entry("c", "2"), NEEDS, D)})
    repository.git("checkout", "-q", "left")
    repository.commit({LOCK: lock_text(A, Entry("c", "2"), NEEDS)})
    done = repository.git("merge", "right")
    assert (done.code, repository.unmerged) == (0, set())
    assert held(repository.read()) == ["a 1.0", "c 2", "d 1.0", "user 1.0"]


def test_a_file_in_a_folder_of_a_linked_worktree(repository: Repository) -> None:
    name = f"services/my api/{LOCK}"
    repository.write({".gitattributes": "conda-lock.yml merge=envtool\n"})
    repository.fork({name: lock_text(B)}, {name: lock_text(A, B)}, {name: lock_text(B, C)})
    there = repository.folder.parent / "linked"
    repository.git("worktree", "add", "-q", str(there), "theirs")
    done = repository.git("merge", "ours", folder=there)
    assert done.code == 0
    assert f"Merged `{name}`" in done.err
    assert held((there / name).read_text()) == ["a 1.0", "b 1.0", "c 1.0"]


def test_an_ancestor_with_markers_is_both_of_its_sides(tmp_path: Path) -> None:
    base = "<" * 9 + f" x\n{lock_text(A, C)}" + "=" * 9 + f"\n{lock_text(B, C)}" + ">" * 9 + " y\n"
    request = files(tmp_path, base, lock_text(A, C), lock_text(B, C, D))
    assert drive(connect(), request).is_settled
    assert held((tmp_path / "ours").read_text()) == ["c 1.0", "d 1.0"]


def test_several_misfits_are_one_line(tmp_path: Path) -> None:
    more = Entry("more", needs=(("a", "<2"), ("b", "<2")))
    base, ours = lock_text(A, B), lock_text(A, B, NEEDS, more)
    theirs = lock_text(Entry("a", "2"), Entry("b", "2"))
    done = drive(connect(), files(tmp_path, base, ours, theirs))
    assert done.lines[0].endswith("(and 2 more); settle it with `envtool lock --merge`")


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    request = files(tmp_path, OLD, OLD, OLD)
    (tmp_path / "theirs").unlink()
    assert not drive(connect(), request).is_settled
    assert (tmp_path / "ours").read_text() == OLD


def test_the_help_does_not_list_it(envtool: Envtool) -> None:
    assert "merge-driver" not in envtool("--help").out
    assert "git config merge.envtool.driver" in " ".join(
        envtool("merge-driver", "--help").out.split()
    )


def test_a_name_does_nothing_to_the_terminal(repository: Repository) -> None:
    gone = Entry("gone", "1")
    evil = lock_text(gone, Entry("evil", needs=(("gone", "1"),)))
    evil = evil.replace("name: evil", 'name: "\\e[31mevil"')
    repository.fork({LOCK: lock_text(gone)}, {LOCK: lock_text()}, {LOCK: evil})
    done = repository.git("merge", "theirs")
    assert "evil" in done.err
    assert "\x1b" not in done.err


def test_by_hand(envtool: Envtool, tmp_path: Path) -> None:
    files(tmp_path, lock_text(B), lock_text(A, B), lock_text(B, C))
    done = envtool("merge-driver", "base", "ours", "theirs", LOCK)
    assert (done.code, done.out) == (0, "")
    assert envtool("merge-driver", "base", "ours", "theirs", "x.txt").code == 0
    (tmp_path / "theirs").write_text("x")
    assert envtool("merge-driver", "base", "ours", "theirs", LOCK).code == 1
