"""What the page of a project in an index says of its state."""

import pytest

from envtool.domain.auditing.project_page import read_status
from envtool.domain.auditing.project_status import ProjectState, ProjectStatus

# As PyPI has it.
PIL = """\
<!DOCTYPE html>
<html lang="en">
  <head>
    <meta name="pypi:repository-version" content="1.4">
<meta name="pypi:project-status" content="{}">    <title>Links for pil</title>
  </head>
"""
OLD = '<head><meta name="pypi:repository-version" content="{}"></head>'


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (PIL.format("archived"), ProjectStatus(ProjectState.ARCHIVED)),
        (PIL.format("quarantined"), ProjectStatus(ProjectState.QUARANTINED)),
        (PIL.format(" Deprecated "), ProjectStatus(ProjectState.DEPRECATED)),
        (PIL.format("active"), ProjectStatus(ProjectState.ACTIVE)),
        (PIL.format("resting"), ProjectStatus(ProjectState.ACTIVE)),
        (
            PIL.format("archived")
            + '<meta name="pypi:project-status-reason" content="see\n  pillow"/>',
            ProjectStatus(ProjectState.ARCHIVED, "see pillow"),
        ),
        # The specification takes silence for active, where an index knows of states.
        (OLD.format("1.4"), ProjectStatus(ProjectState.ACTIVE)),
        (OLD.format("2.0"), ProjectStatus(ProjectState.ACTIVE)),
        (OLD.format("1.10"), ProjectStatus(ProjectState.ACTIVE)),
        (OLD.format("1.3"), None),
        (OLD.format("1"), None),
        (OLD.format("x.y"), None),
        ("", None),
        ("<meta><meta name><meta content=x><p", None),
        ("<<<meta name='pypi:project-status' content='archived'", None),
    ],
)
def test_a_page_says_it_or_not(page: str, status: ProjectStatus | None) -> None:
    assert read_status(page) == status


def test_a_reason_is_one_short_line() -> None:
    reason = f'<meta name="pypi:project-status-reason" content="{"long " * 999}">'
    status = read_status(PIL.format("archived") + reason)
    assert status is not None
    assert len(status.reason) == 200
