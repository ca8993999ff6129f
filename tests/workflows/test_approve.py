"""`envtool approve`: a line of the policy lets one change pass, to exactly one version."""

import shutil
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.channels import write_records
from tests.served import flat
from tests.trying import LOCK, POLICY, Workshop
from tests.updating import Project, records

WHY = ("--reason", "read the notes")


@pytest.fixture
def major(workshop: Workshop) -> Workshop:
    """A candidate with a major update that needs a new package."""
    workshop.lock("app=1.0", "lib=1.0")
    workshop.ok("update", "lib", "--level", "major")
    return workshop


def test_an_approval_lets_one_change_pass(major: Workshop) -> None:
    today = datetime.now(tz=UTC).date()
    done = major.ok("approve", "lib", *WHY)
    assert done.first == "Approved `lib 2.0` in `envtool.toml`"
    (approval,) = tomllib.loads((major.folder / POLICY).read_text())["approvals"]
    assert approval.pop("date") in {today, datetime.now(tz=UTC).date()}
    assert approval == {
        "package": "lib",
        "version": "2.0",
        "reason": "read the notes",
        "owner": "t <t@example.org>",
    }
    major.ok("test")
    major.ok("export")
    done = major.run("commit")
    assert "`extra` 1.0 (added) needs a review" in flat(done.out)
    assert "`lib`" not in done.out
    assert major.ok("approve", "extra", "lib", *WHY, "--owner", "ops").first.startswith(
        "Approved `extra 1.0`, `lib 2.0`"
    )
    before = (major.folder / POLICY).read_bytes()
    assert major.ok("approve", "lib", *WHY).first == "Approved already: `lib 2.0`"
    assert (major.folder / POLICY).read_bytes() == before
    major.ok("commit")
    assert major.git("status", "--porcelain") == ""
    trailers = major.git("log", "-1", "--format=%(trailers:key=Envtool-Approved)").strip()
    assert trailers.splitlines() == [
        "Envtool-Approved: lib 2.0 by t <t@example.org>: read the notes",
        "Envtool-Approved: extra 1.0 by ops: read the notes",
    ]


def test_another_version_is_another_change(major: Workshop) -> None:
    major.ok("approve", "lib", *WHY, "--version", "3.0")
    major.ok("approve", "extra", *WHY)
    major.ok("test")
    major.ok("export")
    assert "`lib` 1.0 -> 2.0 (major) needs a review" in flat(major.run("commit").out)


def test_a_package_that_goes(workshop: Workshop) -> None:
    workshop.policy("[updates]\nauto = []\n")
    workshop.lock("app=1.0", "lib=1.0")
    workshop.write("lib=1.0")
    workshop.ok("lock")
    assert workshop.ok("approve", "APP", *WHY).first == "Approved `APP removed` in `envtool.toml`"
    workshop.ok("test")
    workshop.ok("commit")
    assert workshop.git("log", "-1", "--format=%s") == "Remove app 1.0"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[[approvals]]\npackage = "lib"'),
        ("# mine", '# mine\n\n[[approvals]]\npackage = "lib"'),
        (
            "[pins]  # x\nproduction = 'minor'\n",
            "[pins]  # x\nproduction = 'minor'\n\n[[approvals]]\n",
        ),
        ("# a\r\n[pins]\r\n", '# a\r\n[pins]\r\n\r\n[[approvals]]\r\npackage = "lib"\r\n'),
    ],
)
def test_nothing_else_of_the_policy_changes(major: Workshop, before: str, after: str) -> None:
    (major.folder / POLICY).write_bytes(before.encode())
    major.ok("approve", "lib", "--reason", 'say "hi" \\ \x7f')
    text = (major.folder / POLICY).read_bytes().decode()
    assert text.startswith(after)
    assert tomllib.loads(text)["approvals"][0]["reason"] == 'say "hi" \\ \x7f'


def test_a_policy_in_pyproject(major: Workshop) -> None:
    text = "[tool.envtool]\nprofile = 'recommended'\n[tool.other]\na = 1\n"
    (major.folder / "pyproject.toml").write_text(text)
    major.repository.commit({})
    major.ok("approve", "lib", "extra", *WHY)
    made = (major.folder / "pyproject.toml").read_text()
    assert made.startswith(text + "\n[[tool.envtool.approvals]]\n")
    (major.folder / "pyproject.toml").write_text(made.replace("a = 1", "a = 2"))
    major.ok("test")
    major.ok("export")
    major.ok("commit")
    assert major.git("show", "HEAD:pyproject.toml") == made.rstrip("\n")
    assert major.git("diff", "--name-only") == "pyproject.toml"


def test_a_pyproject_of_somebody_else(major: Workshop) -> None:
    (major.folder / "pyproject.toml").write_text("[project]\nname = 'envtool-user'\n")
    major.ok("approve", "lib", *WHY)
    assert (major.folder / POLICY).read_text().startswith("[[approvals]]\n")
    (major.folder / POLICY).unlink()
    (major.folder / "pyproject.toml").write_text("[tool]\nenvtool.fail-on = 'error'\n")
    assert major.ok("approve", "lib", *WHY).first.endswith("in `pyproject.toml`")
    assert major.run("policy", "show").code == 0


@pytest.mark.parametrize(
    "text",
    ["approvals = []\n", "[tool]\nenvtool = {}\n"],
    ids=["inline array", "inline table"],
)
def test_where_nothing_can_be_added(major: Workshop, text: str) -> None:
    name = "pyproject.toml" if text.startswith("[tool]") else POLICY
    (major.folder / name).write_text(text)
    done = major.run("approve", "lib", *WHY)
    assert done.code == 2
    assert "nothing can be added there" in flat(done.err)
    assert 'package = "lib"' in done.err
    assert (major.folder / name).read_text() == text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("app", *WHY), "no change of `app` needs a review hint: these do: `lib`, `extra`"),
        (("lib", "--reason", " "), "an approval has a reason"),
        (("lib", "extra", *WHY, "--version", "2"), "`--version` is the version of one package"),
        (("lib",), "--reason"),
    ],
)
def test_what_is_no_approval(major: Workshop, arguments: tuple[str, ...], words: str) -> None:
    done = major.run("approve", *arguments)
    assert (done.code, words in flat(done.err)) == (2, True)
    assert not (major.folder / POLICY).exists()


def test_nothing_waits(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    done = workshop.run("approve", "lib", *WHY)
    assert "no change of `lib` needs a review hint: nothing waits for an approval" in flat(done.err)
    (workshop.folder / LOCK).unlink()
    assert "there is no `conda-lock.yml`" in flat(workshop.run("approve", "lib", *WHY).err)


def test_a_candidate_that_no_longer_fits_is_not_approved(major: Workshop) -> None:
    """`export` would refuse it; who approves it would look at what nobody can accept."""
    with (major.folder / LOCK).open("a") as file:
        file.write("# edited\n")
    before = major.tree()
    done = major.run("approve", "lib", *WHY)
    again = "the candidate was made from hint: make it again: `envtool update lib --level major`"
    assert (done.code, f"error: `{LOCK}` is not what {again}" in flat(done.err)) == (2, True)
    assert major.tree() == before
    assert major.ok("approve", "lib", *WHY, "--version", "2.0").first.startswith("Approved `lib")
    major.ok("update", "lib", "--level", "major")
    assert major.ok("approve", "extra", *WHY).first.startswith("Approved `extra 1.0`")


def test_without_a_repository_somebody_has_to_be_named(workshop: Workshop) -> None:
    workshop.lock("lib=1.0", commit=False)
    workshop.git("config", "user.useConfigOnly", "true")
    workshop.git("config", "--unset", "user.email")
    done = workshop.run("approve", "lib", *WHY, "--version", "2.0")
    assert (done.code, "git does not know who commits" in flat(done.err)) == (2, True)
    assert "hint: say who looked at it: `--owner" in flat(done.err)
    assert "`git config --global user.name" in flat(done.err)
    owner = ("--owner", "ops@example.org")
    workshop.ok("approve", "lib", *WHY, "--version", "2.0", *owner)
    shutil.rmtree(workshop.folder / ".git")
    done = workshop.run("approve", "app", *WHY, *owner)
    assert "no change of `app` needs a review hint: nothing waits for an approval" in flat(done.err)


def test_versions_that_differ_by_platform(workshop: Workshop) -> None:
    """`twin` 1.2 is there for Linux alone."""
    channel = write_records(workshop.folder.parent / "records", records())
    project = Project(workshop.folder, workshop.run, channel)
    project.lock("twin=1.0")
    workshop.repository.commit({})
    workshop.policy("updates.auto = []\n")
    project.write("twin")
    project.update("twin")
    done = workshop.run("approve", "twin", *WHY)
    words = "`twin` comes in several versions: 1.1, 1.2 hint: approve each: `--version V`"
    assert (done.code, words in flat(done.err)) == (2, True)


def test_evidence_of_another_lock_is_not_collected(workshop: Workshop, tmp_path: Path) -> None:
    workshop.lock("lib=1.0")
    workshop.ok("test")
    (path,) = workshop.evidence
    kept = tmp_path / "kept.json"
    kept.write_bytes(path.read_bytes())
    done = workshop.ok("evidence", "import", str(kept), "-o", "json")
    assert '"failed": 0' in done.out
    workshop.lock("app=2.0")
    done = workshop.run("evidence", "import", str(kept))
    assert (done.code, f"`{kept}` is about another lock" in flat(done.err)) == (2, True)
    workshop.run("test")
    (other,) = (each for each in workshop.evidence if each != path)
    assert workshop.ok("evidence", "import", str(other)).first.endswith(", with 1 failed check")
