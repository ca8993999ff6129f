"""Keys of TOML documents have the place where they stand."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.domain.policy.shapes import KeyPath
from envtool.domain.policy.toml_places import Stretch, place_of, toml_places

DOCUMENT = '''\
a = 1
"b.c" = "x = 1"   # d = 2
e.f.'g' = [
  1, # [not.a.table]
  "]",
]
text = """
[no.table]
h = 1
"""
raw = \'\'\'
i = 2 \'\'\'
[t]
j = { k = 1 }
[t.u]
l = 1
[[v]]
m = 1
[[v]]
m = 2
[v.w]
n = 1
'''


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("a",), (1, 1, 2)),
        (("b.c",), (2, 1, 6)),
        (("e",), (3, 1, 8)),
        (("e", "f", "g"), (3, 1, 8)),
        (("text",), (7, 1, 5)),
        (("raw",), (11, 1, 4)),
        (("t",), (13, 2, 3)),
        (("t", "j"), (14, 1, 2)),
        (("t", "j", "k"), (14, 1, 2)),
        (("t", "u", "l"), (16, 1, 2)),
        (("v",), (17, 3, 4)),
        (("v", 0, "m"), (18, 1, 2)),
        (("v", 1), (19, 3, 4)),
        (("v", 1, "m"), (20, 1, 2)),
        (("v", 1, "w", "n"), (22, 1, 2)),
        (("nothing",), (0, 1, 1)),
        ((), (0, 1, 1)),
    ],
)
def test_each_key_has_its_place(path: KeyPath, place: Stretch) -> None:
    tomllib.loads(DOCUMENT)
    assert place_of(toml_places(DOCUMENT), path) == place


def test_nothing_inside_a_text_is_a_key() -> None:
    places = toml_places(DOCUMENT)
    assert not {("h",), ("i",), ("d",), ("no", "table")} & set(places)


names = st.from_regex(r"[a-z]{1,5}", fullmatch=True)
values = st.one_of(st.integers(), st.booleans(), st.text("ab[]{}=#'\\ ", max_size=8))


def written(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(st.dictionaries(names, st.dictionaries(names, st.lists(values, max_size=3), min_size=1)))
def test_every_key_of_random_tables_is_found(document: dict[str, dict[str, list[Any]]]) -> None:
    lines: list[str] = []
    expected: dict[KeyPath, int] = {}
    for table, content in document.items():
        lines.append(f"[{table}]")
        for key, items in content.items():
            expected[table, key] = len(lines) + 1
            lines += [f"{key} = [", *(f"  {written(item)}," for item in items), "]"]
    text = "\n".join(lines)
    assert tomllib.loads(text) == document
    places = toml_places(text)
    assert {path: places[path][0] for path in expected} == expected
