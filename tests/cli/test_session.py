"""Every way in which a command ends leaves the reports that were asked for."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from envtool.cli.options import FORMATS, Output, read_outputs
from envtool.cli.session import session
from envtool.errors import EnvtoolError, IntegrityError, ToolError, UnreadableError
from tests.conftest import Envtool

REPORTS = tuple(each for each in FORMATS if each != "text")

ENDS: list[tuple[BaseException, int]] = [
    (UnreadableError("oops"), 2),
    (ToolError("oops"), 4),
    (IntegrityError("oops"), 6),
    (ZeroDivisionError("oops"), 70),
    (KeyboardInterrupt(), 130),
]


def end(folder: Path, error: BaseException) -> BaseException:
    """What leaves a command that `error` ends, with a report of every format."""
    outputs = tuple(Output(name, str(folder / name)) for name in REPORTS)
    with pytest.raises(BaseException) as caught, session("verify", outputs):  # noqa: PT011
        raise error
    return caught.value


@pytest.mark.parametrize(("error", "code"), ENDS, ids=[str(code) for _, code in ENDS])
def test_a_report_of_every_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    left = end(tmp_path, error)
    assert isinstance(error, EnvtoolError) or left is error
    words = "interrupted" if code == 130 else "oops"
    texts = {name: (tmp_path / name).read_text("utf-8") for name in REPORTS}
    assert all(words in text for text in texts.values())
    assert json.loads(texts["json"])["exit_code"] == code
    (invocation,) = json.loads(texts["sarif"])["runs"][0]["invocations"]
    assert invocation["exitCode"] == code
    (issue,) = json.loads(texts["gitlab"])
    assert (issue["check_name"], issue["severity"]) == (f"exit-{code}", "blocker")
    (problem,) = ET.fromstring(texts["junit"]).iter("error")
    assert problem.attrib["type"] == f"exit-{code}"
    assert texts["markdown"].startswith("**Failed: ")


def test_a_report_that_can_not_be_written_hides_no_bug(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    outputs = (Output("json", str(tmp_path / "folder" / "r.json")),)

    def run() -> None:
        with session("verify", outputs):
            (tmp_path / "folder").rmdir()
            raise ZeroDivisionError("oops")

    with pytest.raises(ZeroDivisionError):
        run()


def test_text_alone_leaves_a_bug_to_the_caller(capsys: pytest.CaptureFixture[str]) -> None:
    bug = ZeroDivisionError("oops")
    with pytest.raises(ZeroDivisionError), session("verify", read_outputs(())):
        raise bug
    assert capsys.readouterr().out == ""


def test_options_that_do_not_fit_are_in_the_report(envtool: Envtool) -> None:
    done = envtool("verify", "--diff", "-o", "json")
    assert done.code == 2
    assert "means nothing without `--fix`" in json.loads(done.out)["headline"]
