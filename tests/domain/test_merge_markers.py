"""Each side of a file that git left in conflict."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.domain.merge_markers import Unmerged, first_marker, split_markers

OURS, BASE, MIDDLE, THEIRS = "<<<<<<< HEAD", "||||||| abc1234", "=======", ">>>>>>> topic"


def text(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_without_markers_there_are_no_sides() -> None:
    assert split_markers("a: 1\nb: 2\n") is None
    assert first_marker("a: 1\n=======\n") is None


def test_the_first_marker_has_a_line() -> None:
    found = first_marker(text("a", OURS, "b", MIDDLE, "c", THEIRS))
    assert found is not None
    assert (found[0], found.start()) == (OURS, 2)
    assert first_marker(f"{OURS}\n") is not None


@pytest.mark.parametrize(
    ("lines", "sides"),
    [
        (["a", OURS, "b", MIDDLE, "c", THEIRS, "d"], (None, "a b d", "a c d")),
        (["a", OURS, "b", BASE, "x", MIDDLE, "c", THEIRS], ("a x", "a b", "a c")),
        ([OURS, MIDDLE, "c", THEIRS, "z"], (None, "z", "c z")),
        ([OURS, "1", MIDDLE, THEIRS, OURS, "2", MIDDLE, "3", THEIRS], (None, "1 2", "3")),
        # One of the two shows no base: nobody knows it.
        (
            [OURS, "1", BASE, "0", MIDDLE, "2", THEIRS, OURS, "3", MIDDLE, "4", THEIRS],
            (None, "1 3", "2 4"),
        ),
        # Inside of an ancestor that is a merge itself markers are longer.
        (["<" * 9 + " a", "b", "=" * 9, "c", ">" * 9 + " d"], (None, "b", "c")),
        ([OURS, "b", BASE, "<" * 9, "x", MIDDLE, "c", THEIRS], (f"{'<' * 9} x", "b", "c")),
    ],
)
def test_sides(lines: list[str], sides: tuple[str | None, str, str]) -> None:
    found = split_markers(text(*lines))
    assert found is not None
    assert tuple(each and " ".join(each.split("\n")).strip() for each in found) == sides


@pytest.mark.parametrize(
    "lines",
    [
        [OURS, "a"],
        [OURS, "a", MIDDLE, "b"],
        [OURS, "a", OURS],
        [OURS, "a", THEIRS],
        [OURS, "a", MIDDLE, "b", MIDDLE],
        ["a", THEIRS],
        ["a", MIDDLE],
    ],
)
def test_markers_without_counterparts_are_refused(lines: list[str]) -> None:
    with pytest.raises(ValueError, match="no counterpart"):
        split_markers(text(*lines))


lines = st.lists(st.sampled_from("abcde"), max_size=6)
pieces = st.lists(st.one_of(lines, st.tuples(lines, lines, lines)), max_size=4)


@given(pieces)
def test_what_stands_between_markers_comes_out(
    found: list[list[str] | tuple[list[str], list[str], list[str]]],
) -> None:
    marked: list[str] = []
    sides: tuple[list[str], ...] = ([], [], [])
    for each in found:
        three = each if isinstance(each, tuple) else (each,) * 3
        for side, some in zip(sides, three, strict=True):
            side.extend(some)
        base, ours, theirs = three
        is_conflict = isinstance(each, tuple)
        marked += [OURS, *ours, BASE, *base, MIDDLE, *theirs, THEIRS] if is_conflict else ours
    result = split_markers("\n".join([*marked, ""]))
    expected = Unmerged(*("\n".join([*side, ""]) for side in sides))
    assert result == (expected if any(isinstance(each, tuple) for each in found) else None)


@pytest.mark.parametrize("style", ["--diff3", "--zdiff3"])
def test_the_sides_of_git_itself(tmp_path: Path, style: str) -> None:
    sides = {"base": "1\n2\n3\n", "ours": "1\nx\nb\n3\n", "theirs": "1\nx\nc\n3\n"}
    for name, content in sides.items():
        (tmp_path / name).write_text(content)
    done = subprocess.run(
        ["git", "merge-file", "-p", style, "ours", "base", "theirs"],  # noqa: S607
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = split_markers(done.stdout)
    assert found is not None
    assert (found.ours, found.theirs) == (sides["ours"], sides["theirs"])
    assert style == "--zdiff3" or found.base == sides["base"]
