"""Baselines of files that nobody would think of."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from envtool.adapters import connect
from envtool.domain.findings import Severity
from envtool.workflows.baseline import BaselineRequest, create, prune
from envtool.workflows.verify import VerifyRequest, verify
from tests.judging import TODAY
from tests.mending import everything, write
from tests.workflows.test_fix_properties import project

LINES = st.sampled_from(["", "# a comment", "   # - numpy", "# é"])


@st.composite
def spread(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str]]:
    """A project, and the same with blank lines and comments between its lines."""
    files = draw(project())
    spread = {}
    for name, text in files.items():
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        end = "\r\n" if "\r\n" in text else "\n"
        lines = []
        for line in text.removeprefix(mark).splitlines(keepends=True):
            lines += [each + end for each in draw(st.lists(LINES, max_size=2))]
            lines.append(line)
        spread[name] = mark + "".join(lines)
    return files, spread


@settings(max_examples=100, deadline=None)
@given(spread())
def test_what_was_taken_in_passes_wherever_it_stands(
    projects: tuple[dict[str, str], dict[str, str]],
) -> None:
    files, moved = projects
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, files)
        request = VerifyRequest(paths=(name,), today=TODAY, new_only=True, fail_on=Severity.INFO)
        asked = BaselineRequest(verify=VerifyRequest(paths=(name,), today=TODAY), force=True)
        created = create(connect(), asked)
        first = everything(folder)
        judged = verify(connect(), request)
        # What can not be read is not in there, and says so both times.
        assert bool(created.failures) == bool(judged.failures)
        assert bool(created.findings) == bool(judged.open_findings)
        assert not judged.notes
        write(folder, moved)
        again = verify(connect(), request)
        assert [each.rule for each in again.open_findings] == [
            each.rule for each in judged.open_findings
        ]
        assert not again.notes
        before = everything(folder)
        prune(connect(), asked)
        assert everything(folder) == before
        create(connect(), asked)
        baseline = str(folder / "envtool-baseline.json")
        assert everything(folder)[baseline] == first[baseline]
