"""The YAML door: nodes with places, and hostile texts; both parsers keep one contract."""

from typing import Any

import pytest
import yaml

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.yaml_nodes import Mapping, Node, Scalar, Sequence, YamlError

LOADERS = [pytest.param(None, id="libyaml"), pytest.param(yaml.SafeLoader, id="python")]


@pytest.fixture(params=LOADERS)
def parser(request: pytest.FixtureRequest) -> EventYaml:
    return EventYaml(request.param)


def data(node: Node | None) -> Any:
    """The node as plain data."""
    match node:
        case Scalar():
            return node.text
        case Sequence():
            return [data(item) for item in node.items]
        case Mapping():
            return {data(key): data(value) for key, value in node.pairs}
        case None:
            return None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("a: [1, x]\nb: {c: d}\n", {"a": ["1", "x"], "b": {"c": "d"}}),
        ("a: &x [1]\nb: *x\n", {"a": ["1"], "b": ["1"]}),
        ("a: &x 1\nb: *x\n", {"a": "1", "b": "1"}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("a: !!str 1\n", {"a": "1"}),
        ("first: 1\n---\nsecond: 2\n", {"first": "1"}),
    ],
)
def test_documents_become_nodes(parser: EventYaml, text: str, expected: object) -> None:
    assert data(parser.parse(text, "x.yml")) == expected


def test_places_count_from_one_in_characters(parser: EventYaml) -> None:
    root = parser.parse("é:\n  - 'ü b'\n", "x.yml")
    assert isinstance(root, Mapping)
    key, value = root.pairs[0]
    assert isinstance(value, Sequence)
    assert key.place == ("x.yml", 1, 1, 2)
    assert value.items[0].place == ("x.yml", 2, 5, 10)


def test_an_alias_is_the_node_itself_so_a_bomb_stays_small(parser: EventYaml) -> None:
    lines = ["a0: &a0 [x, x]"] + [
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 60)
    ]
    root = parser.parse("\n".join(lines), "bomb.yml")
    assert isinstance(root, Mapping)
    assert len(root.pairs) == 60


@pytest.mark.parametrize(
    ("text", "words", "line", "column"),
    [
        ("[" * 30_000, "nested more than 64 levels", 1, 65),
        ("{a: " * 30_000, "nested more than 64 levels", 1, 257),
        ("a: *b\n", "has no anchor before it", 1, 4),
        ("a: &a [*a]\n", "points into itself", 1, 8),
        ("a:\n  - !!python/object:os.system x\n", "the tag", 2, 5),
        ("a: 1\nb: \0\n", "U+0000", 2, 4),
        ("\0", "U+0000", 1, 1),
        ("a: \x07\n", "U+0007", 1, 4),
        ("a:\n\t- b\n", "not YAML", 2, 1),
        ('a: 1\nb: "c\nd: e\n', "the quote that opens here is not closed", 2, 4),
        ("a: [b\n", "not YAML", 2, 1),
        ("a:\n  - b\n - c\n", "not YAML", 3, 2),
        ("a: b: c\n", "not YAML", 1, 5),
    ],
)
def test_hostile_texts_are_one_error_with_a_place(
    parser: EventYaml, text: str, words: str, line: int, column: int
) -> None:
    with pytest.raises(YamlError) as caught:
        parser.parse(text, "x.yml")
    assert words in caught.value.message
    assert "\n" not in caught.value.message
    assert (caught.value.place.line, caught.value.place.column) == (line, column)


def test_an_error_without_a_mark_points_at_the_file() -> None:
    class Broken:
        def __init__(self, text: str) -> None:
            raise yaml.MarkedYAMLError(context="while reading", problem=text)

    with pytest.raises(YamlError) as caught:
        EventYaml(Broken).parse("anything", "x.yml")  # type: ignore[arg-type]
    assert caught.value.place == ("x.yml", 0, 1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n", {"b": "3", "a": "1"}),
        ("p: &p {a: 1}\nq: &q {a: 2, c: 3}\ny:\n  <<: [*p, *q]\n", {"a": "1", "c": "3"}),
        ("y:\n  <<: text\n  [1]: 2\n  a: 1\n", {"a": "1"}),
        ("x: &x {<<: {z: 1}, [1]: 2, a: 1}\ny: {<<: *x}\n", {"a": "1"}),
    ],
)
def test_merge_keys_add_what_is_not_there(
    parser: EventYaml, text: str, expected: dict[str, str]
) -> None:
    root = parser.parse(text, "x.yml")
    assert isinstance(root, Mapping)
    last = root.pairs[-1][1]
    assert isinstance(last, Mapping)
    assert {key.text: data(value) for key, value in last.entries()} == expected
