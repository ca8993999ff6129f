"""The README tells the truth."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer.main

from envtool.cli.app import application
from envtool.domain.patterns import PATTERNS, Pattern
from envtool.domain.rules import BY_ID
from tests.locking import Entry, lock_text
from tests.merging import ATTRIBUTES, LOCK, Repository
from tests.readme import README, ROOT, refreshed

TEXT = README.read_text(encoding="utf-8")


def commands() -> set[str]:
    """Every command that can be typed."""
    group = typer.main.get_command(application())
    names: set[str] = set()
    for name, command in getattr(group, "commands", {}).items():
        below = {f"{name} {each}" for each in getattr(command, "commands", {})}
        # `envtool audit` is a command that has commands.
        names |= below | {name} if not below or hasattr(command, "checking") else below
    return names


def test_the_generated_parts_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert refreshed(TEXT) == TEXT, "run `python -m tests.readme`"


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.section)
def test_a_pattern_names_what_exists(pattern: Pattern) -> None:
    assert set(pattern.rules) <= set(BY_ID)
    assert set(pattern.commands) <= commands()
    assert pattern.rules or pattern.commands


def test_every_rule_answers_a_pattern() -> None:
    assert {rule for pattern in PATTERNS for rule in pattern.rules} == set(BY_ID)


def test_every_command_is_in_the_readme() -> None:
    assert {each for each in commands() if f"envtool {each}" not in TEXT} == set()


def test_the_two_set_up_commands_are_there() -> None:
    assert "python -m pip install . && envtool demo" in TEXT
    assert 'python -m pip install -e ".[test]" && python -m pytest' in TEXT


def test_the_toml_examples_are_policies_that_can_be_read() -> None:
    from tests.judging import settings

    examples = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert examples
    for example in examples:
        document = tomllib.loads(example)
        if "tool" not in document:
            assert not settings(example).unknown


def test_files_that_the_readme_links_exist() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", TEXT):
        assert (ROOT / target).exists(), target


def test_the_set_up_of_the_merge_driver_works_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = re.findall(r"^\$ ((?:git config merge|printf).*)$", TEXT, re.MULTILINE)
    assert len(commands) == 2
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    repository = Repository(tmp_path / "clone", driver=False)
    for command in commands:
        subprocess.run(["sh", "-c", command], cwd=repository.folder, check=True)  # noqa: S607
    attributes = repository.read(".gitattributes")
    assert attributes == ATTRIBUTES
    repository.fork(
        {LOCK: lock_text(Entry("b")), "x/recovery/records.lock": "1"},
        {LOCK: lock_text(Entry("a"), Entry("b")), "x/recovery/records.lock": "2"},
        {LOCK: lock_text(Entry("b"), Entry("c")), "x/recovery/records.lock": "3"},
    )
    assert repository.git("merge", "theirs").code == 0
    assert repository.read().count("- name: ") == 3
