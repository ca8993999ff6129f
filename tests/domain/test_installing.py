"""In which order packages are linked, and their scripts run."""

import pytest

from envtool.domain.installing import in_order
from envtool.domain.replacements import replacement
from envtool.domain.solving import CondaRecord


def record(
    name: str, version: str = "1.0", build: str = "h0_0", *depends: str, when: int = 0
) -> CondaRecord:
    url = f"https://example.org/c/noarch/{name}-{version}-{build}.conda"
    channel = "https://example.org/c"
    return CondaRecord(
        name, version, build, "noarch", url, channel, "", "", depends, (), None, None, when, None
    )  # fmt: skip


@pytest.mark.parametrize(
    ("needs", "names"),
    [
        ({"b": (), "a": ()}, "ab"),
        ({"a": ("b >=1",), "b": ("c", "__glibc"), "c": ()}, "cba"),
        # As pip and python do.
        ({"a": ("b",), "b": ("a",)}, "ba"),
        ({"a": ("missing",)}, "a"),
        ({"a": ("c", "b"), "b": ("d",), "c": ("d",), "d": ()}, "dbca"),
    ],
)
def test_what_is_needed_comes_first(needs: dict[str, tuple[str, ...]], names: str) -> None:
    records = [record(name, "1.0", "h0_0", *each) for name, each in needs.items()]
    assert "".join(each.name for each in in_order(records)) == names


OLD = record("app", "1.2.3", "py312h1_0")


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([], None),
        ([OLD, record("other", "1.2.3")], None),
        # Another build of the version, called most like the old one; then the last.
        ([("1.2.4", "py312h1_0", 9), ("1.2.3", "py311h1_1", 9), ("1.2.3", "py312h2_1", 1)],
         ("1.2.3", "py312h2_1")),
        ([("1.2.3", "py312h2_1", 1), ("1.2.3", "py312h3_2", 2)], ("1.2.3", "py312h3_2")),
        # The next patch before the one before; of a series before any.
        ([("1.2.2", "a", 1), ("1.2.9", "a", 1), ("1.2.5", "a", 1)], ("1.2.5", "a")),
        ([("1.2.1", "a", 1), ("1.2.2", "a", 1), ("1.3.0", "a", 1)], ("1.2.2", "a")),
        ([("1.1.0", "a", 1), ("1.4.0", "a", 1), ("2.0.0", "a", 1)], ("1.4.0", "a")),
        ([("0.9", "a", 1), ("3.0", "a", 1), ("2.0", "a", 1)], ("2.0", "a")),
        ([("0.9", "a", 1), ("0.8", "a", 1)], ("0.9", "a")),
    ],
)  # fmt: skip
def test_what_is_nearest(
    there: list[CondaRecord | tuple[str, str, int]], expected: tuple[str, str] | None
) -> None:
    listed = [
        each if isinstance(each, CondaRecord) else record("app", each[0], each[1], when=each[2])
        for each in there
    ]
    found = replacement(OLD, listed)
    assert (found and (found.version, found.build)) == expected
