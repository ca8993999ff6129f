"""An index of Python projects is asked what has become of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from envtool.domain.auditing.project_status import ProjectsFound, ProjectState, ProjectStatus
from envtool.ports import Tools
from tests.audited_channels import auditor
from tests.index import Index, serving

PAGE = (
    '<html><head><meta name="pypi:repository-version" content="{}">'
    '<meta name="pypi:project-status" content="{}"></head><body>{}</body></html>'
)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    monkeypatch.setenv("CONDA_REMOTE_MAX_RETRIES", "0")
    return auditor(tmp_path, monkeypatch)


@pytest.fixture
def index() -> Iterator[Index]:
    """`old` is archived, `new` is not; of `mute` and `endless` nothing is said."""
    pages = {
        "old": PAGE.format("1.4", "archived", "x" * 1_000_000),
        "new": PAGE.format("1.4", "active", ""),
        "mute": "<html></html>",
        "endless": "<head>" + "y" * 1_000_000,
    }
    with serving(others=pages) as index:
        yield index


def asked(tools: Tools, url: str, *names: str) -> ProjectsFound:
    return tools.project_index(url).statuses(names)


def test_each_project_has_a_state_or_a_reason(tools: Tools, index: Index) -> None:
    found = asked(tools, f"{index.url}/", "old", "new", "mute", "endless", "gone")
    assert found.known == {
        "old": ProjectStatus(ProjectState.ARCHIVED),
        "new": ProjectStatus(ProjectState.ACTIVE),
    }
    assert found.unknown["mute"] == found.unknown["endless"] == "the index does not say"
    assert found.unknown["gone"].endswith("status 404")
    assert asked(tools, index.url) == ProjectsFound({}, {})


def test_an_index_that_is_away_is_asked_once(tools: Tools, index: Index) -> None:
    index.faults["status"] = 403
    found = asked(tools, index.url, *(f"p{number}" for number in range(50)))
    assert not found.known
    assert len(found.unknown) == 50
    assert "does not admit you" in found.unknown["p0"]
    assert len(index.asked) == 1


def test_offline_nothing_is_asked(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: Index
) -> None:
    del tools
    offline = auditor(tmp_path, monkeypatch, offline=True)
    assert asked(offline, index.url, "old").unknown == {"old": "this is offline"}
    assert not index.asked
