"""`envtool deploy` and what is known of the lock: what has failed is not deployed."""

import json
import sys

import pytest

from tests.served import flat
from tests.trying import Workshop

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the channel is for Linux")
FAILED = "the lock has failed its test: smoke of production: app: app --version: ended with 127"
UNTESTED = "the lock was not tested on linux-64; test it: `envtool test`"


def test_what_has_failed_is_not_deployed(workshop: Workshop) -> None:
    workshop.lock("app=2.0")
    assert f"info: {UNTESTED}" in flat(workshop.ok("deploy").out)
    assert workshop.run("test").code == 1
    done = workshop.run("deploy")
    assert (done.code, done.first.startswith(f"Not deployed: {FAILED}")) == (1, True)
    hints = "hint: mend that, and test again: `envtool test` hint: or deploy it as it is: "
    assert f"{hints}`envtool deploy --force`" in flat(done.out)
    assert FAILED in flat(workshop.ok("deploy", "--force").out)
    assert workshop.run("deploy", "--revision", "HEAD").code == 1
    assert "failed" not in workshop.ok("deploy", "--generation", "1").out


def test_what_has_passed_needs_no_words(workshop: Workshop) -> None:
    workshop.write("devtool", name="environment-dev.yml")
    workshop.lock("app=1.0")
    workshop.ok("test", "-e", "development")
    note = "`production` of the lock was not tested on linux-64; test it: `envtool test`"
    assert note in flat(workshop.ok("deploy").out)
    workshop.ok("test")
    assert "tested" not in workshop.ok("deploy").out


def test_all_that_failed_is_counted(workshop: Workshop) -> None:
    workshop.policy("[[test.commands]]\ncommand = 'false'\n[[test.commands]]\ncommand = 'exit 2'\n")
    workshop.lock("app=1.0")
    assert workshop.run("test").code == 1
    done = workshop.run("deploy")
    assert done.first.endswith("command of production: false: ended with 1 (and 1 more)")


def test_evidence_that_was_edited_is_a_doubt(workshop: Workshop) -> None:
    workshop.lock("app=1.0")
    workshop.ok("test")
    (path,) = workshop.evidence
    path.write_text(json.dumps(json.loads(path.read_text()) | {"platform": "osx-64"}))
    done = workshop.run("deploy")
    assert done.code == 6
    assert "was edited after it was written" in done.first
    assert "was edited after it was written" in flat(workshop.ok("deploy", "--force").out)
