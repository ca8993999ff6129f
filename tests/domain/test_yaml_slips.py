"""What is said of the commonest slips in an environment file, and in which line."""

import pytest

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.spec_reader import NotASpecError
from envtool.domain.yaml_nodes import YamlError
from envtool.domain.yaml_slips import lone_text
from tests.judging import spec

HEAD = "name: x\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n"

# The text, the line of the slip, and what to write.
SLIPS: list[tuple[str, str, int, str | None]] = [
    ("no blank", HEAD + "  -numpy=1.26\n  - scipy\n", 6, "write `- numpy=1.26`"),
    ("no blank at the end", HEAD + "  -numpy=1.26  \n", 6, "write `- numpy=1.26`"),
    ("no blank at all", HEAD + "  -numpy=1.26", 6, "write `- numpy=1.26`"),
    ("windows", (HEAD + "  -numpy\n\n# more\n\n  - scipy\n").replace("\n", "\r\n"), 6, "write `- numpy`"),
    ("the first", HEAD.replace("- python", "-python") + "  - numpy\n", 5, "write `- python=3.11`"),
    ("no colon", HEAD.replace("channels:", "channels"), 2, "write `channels:`"),
    ("no dash", HEAD + "  numpy\n  - scipy\n", 6, "write `- name` for an item, or `name: value` for a key"),
    ("a quoted word", HEAD + "  'numpy'\n  - scipy\n", 6, "write `- name` for an item, or `name: value` for a key"),
    ("a tab", HEAD + "\t- numpy\n", 6, "use spaces, no tabs"),
    ("only a tab", HEAD.replace("  - python", "\t- python"), 5, "use spaces, no tabs; quote a text that starts with `@`, `%` or a backquote"),
    ("another key", HEAD.replace("dependencies", "dependncies"), 4, "did you mean `dependencies`?"),
    ("no key", "name: x\nfoo: 1\n", 0, "write `dependencies:`, and below it a line for each package, such as `- python=3.12`"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "hint"), [each[1:] for each in SLIPS], ids=[each[0] for each in SLIPS]
)
def test_slips(text: str, line: int, hint: str) -> None:
    with pytest.raises((YamlError, NotASpecError)) as caught:
        spec(text)
    error = caught.value
    assert isinstance(error, YamlError | NotASpecError)
    assert (error.place.line, error.hint) == (line, hint)


@pytest.mark.parametrize(
    ("text", "message", "line", "fix"),
    [
        ("channels:\n  -conda-forge\ndependencies: []\n", "`channels` is no list", 2, "write `- conda-forge`"),
        ("channels: conda-forge\ndependencies: []\n", "`channels` is no list", 1, "write `channels:` with a `- ` each"),
        ("channels: '-a'\ndependencies: []\n", "`channels` is no list", 1, "write `channels:` with a `- ` each"),
        ("dependencies:\n- pip:\n    -requests\n", "the `pip:` section is no list", 3, "write `- requests`"),
        ("dependencies:\n- pip: {a: b}\n", "the `pip:` section is no list", 2, "put `- ` before each line"),
        ("dependencies:\n- pip:\n  - requests: 2\n", "an item of the `pip:` section is no text", 3, "write `- requests==2`"),
        ("dependencies:\n- pip:\n  - requests: '>2'\n", "an item of the `pip:` section is no text", 3, "write `- requests`"),
        ("dependencies:\n- pip:\n  - [a]\n", "an item of the `pip:` section is no text", 3, "write one requirement in each line, such as `- requests==2.32.5`"),
        ("dependencies:\n- pip:\n  - a: [b]\n", "an item of the `pip:` section is no text", 3, "write one requirement in each line, such as `- requests==2.32.5`"),
    ],
)  # fmt: skip
def test_lists_that_are_none(text: str, message: str, line: int, fix: str) -> None:
    (problem,) = spec(text).problems
    assert (problem.message, problem.place.line, problem.fix) == (message, line, fix)


def test_the_pure_parser_says_the_same() -> None:
    import yaml

    with pytest.raises(YamlError) as caught:
        EventYaml(yaml.SafeLoader).parse(HEAD + "  -numpy\n", "x.yml")
    assert caught.value.place.line == 6


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("  -numpy", "`-numpy` lacks the blank behind the dash"),
        ("channels", "`channels` lacks its colon"),
        ("  PASSWORD hunter2", "the line is neither an item of a list nor a key"),
        (
            "-https://u:hunter22@e.example/c",
            "`-https://***@e.example/c` lacks the blank behind the dash",
        ),
    ],
)
def test_lone_texts(line: str, message: str) -> None:
    said, hint = lone_text(line)
    assert (said, "hunter2" in hint) == (message, False)
