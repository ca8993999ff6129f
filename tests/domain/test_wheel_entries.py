"""What a wheel may hold."""

import stat

import pytest

from envtool.domain.wheel_entries import MOST_ENTRIES, WheelEntry, is_program_name, refusal

MB = 1 << 20
LEAVE = "would be written outside of its folder"
ENTRIES = {
    "file": (("a/b.py", stat.S_IFREG | 0o644, 1), None),
    "folder": (("a/", stat.S_IFDIR | 0o755, 0), None),
    "no mode": (("a/b", 0, 1), None),
    "dots in a name": (("a/..b/c..", 0, 1), None),
    "up": (("a/../b", 0, 1), LEAVE),
    "here": (("./a", 0, 1), LEAVE),
    "root": (("/a", 0, 1), LEAVE),
    "two slashes": (("a//b", 0, 1), LEAVE),
    "nothing": (("", 0, 1), LEAVE),
    "backslash": (("a\\b", 0, 1), LEAVE),
    "drive": (("c:/a", 0, 1), LEAVE),
    "control": (("a\nb", 0, 1), LEAVE),
    "link": (("a", stat.S_IFLNK | 0o777, 1), "is a link"),
    "socket": (("a", stat.S_IFSOCK, 1), "is no regular file"),
}


@pytest.mark.parametrize(("entry", "reason"), ENTRIES.values(), ids=ENTRIES)
def test_entries(entry: tuple[str, int, int], reason: str | None) -> None:
    found = refusal([WheelEntry(*entry)], MB, windows=False)
    assert found == (reason and f"`{entry[0]}` {reason}")


def test_a_colon_is_a_name_where_there_are_no_streams() -> None:
    entries = [WheelEntry("ab:c", 0, 1)]
    assert refusal(entries, MB, windows=False) is None
    assert refusal(entries, MB, windows=True) == f"`ab:c` {LEAVE}"


def test_twice() -> None:
    entry = WheelEntry("a", 0, 1)
    assert refusal([entry, entry], MB, windows=False) == "`a` stands in it twice"


@pytest.mark.parametrize(
    ("sizes", "size", "refused"),
    [
        ([200 * MB], 1000, False),
        ([200 * MB, 57 * MB], 1000, True),
        ([1900 * MB], 10 * MB, False),
        ([2001 * MB], 10 * MB, True),
        ([17 << 30], 1 << 30, True),
    ],
)
def test_how_much(sizes: list[int], size: int, *, refused: bool) -> None:
    entries = [WheelEntry(f"f{number}", 0, each) for number, each in enumerate(sizes)]
    found = refusal(entries, size, windows=False)
    assert (found or "").startswith("it would unpack to more than") is refused


def test_how_many() -> None:
    entries = (WheelEntry(f"f{number}", 0, 0) for number in range(MOST_ENTRIES + 2))
    assert refusal(entries, MB, windows=False) is not None


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("tool", True),
        ("my tool", True),
        ("a/b", False),
        ("..", False),
        ("a\\b", False),
        ("", False),
    ],
)
def test_names_of_programs(name: str, *, good: bool) -> None:
    assert is_program_name(name, windows=False) is good
