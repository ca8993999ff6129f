"""`envtool export`: the candidate is accepted whole, or not at all."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Envtool, Run
from tests.trying import Workshop
from tests.updating import Project, make

CANDIDATE = ".envtool/candidate"


@pytest.fixture
def project(tmp_path: Path, envtool: Envtool) -> Project:
    """A project with a candidate."""
    made = make(tmp_path, envtool)
    made.lock("numlib=1.26.3", "web ==1.0.0", then=("numlib=1.26", "web ==1.0.0"))
    made.update("--all")
    return made


def words(run: Run) -> str:
    return " ".join((run.out + run.err).split())


def change_plan(project: Project, **values: Any) -> None:
    path = project.folder / CANDIDATE / "plan.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_the_candidate_takes_the_place_of_the_files(project: Project) -> None:
    before = project.files()
    folder = project.folder / CANDIDATE
    expected = {name: (folder / name).read_bytes() for name in before}
    done = project.envtool("export")
    assert done.code == 0
    assert done.first == "Exported 3 changes: 2 auto, 1 needs review"
    assert "somebody has to look at `helper` before this is merged" in words(done)
    assert "commit `conda-lock.yml`, `environment.yml` and `recovery` together" in words(done)
    after = project.files()
    assert {name: after[name] for name in expected} == expected
    # What is made of the lock besides.
    assert all(name.startswith("recovery/") for name in after.keys() - expected.keys())
    assert project.candidate() == set()


def test_what_was_accepted_is_a_lock_like_any_other(project: Project) -> None:
    project.envtool("export")
    assert project.envtool("lock", "--check").first == "Up to date: 8 packages for 2 platforms"
    assert project.envtool("verify", "--select", "lock,env,pins").code == 0
    after = project.files()
    done = project.update("--all")
    assert (
        done.first
        == "Nothing to update: 4 packages are as new as `--level minor` and your files allow"
    )
    assert project.files() == after
    assert project.envtool("export").first == "Up to date: 10 files in `recovery`"
    assert project.files() == after


def test_a_dry_run_changes_nothing(project: Project) -> None:
    before, lying = project.files(), project.candidate()
    done = project.envtool("export", "--dry-run")
    assert done.code == 0
    assert done.first == "Would export 3 changes: 2 auto, 1 needs review"
    assert "added helper 0.1 through web, application" in words(done)
    assert "4: numlib=1.26 -> numlib=1.27" in words(done)
    assert "nothing was written" in done.out
    assert (project.files(), project.candidate()) == (before, lying)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("environment.yml", b"\n"),
        ("conda-lock.yml", b"# x\n"),
        ("recovery/records.lock", b"# x\n"),
        ("recovery/records.lock", None),
        ("environment-dev.yml", b"dependencies: [twin]\n"),
    ],
)
def test_a_file_that_was_edited_since_then_is_not_lost(
    project: Project, name: str, content: bytes | None
) -> None:
    path = project.folder / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes((path.read_bytes() if path.exists() else b"") + content)
    before = project.files()
    done = project.envtool("export")
    assert done.code == 1
    assert done.first.startswith("Not exported: ")
    assert f"`{name}` is not what the candidate was made from" in words(done)
    assert "hint: make it again: `envtool update --all`, or drop it: `envtool update --d" in words(
        done
    )
    assert "nothing was written" in words(done)
    assert project.files() == before
    assert "plan.json" in project.candidate()


def test_all_files_that_were_edited_are_named(project: Project) -> None:
    for name in ("environment.yml", "conda-lock.yml"):
        with (project.folder / name).open("a") as file:
            file.write("# edited\n")
    assert "`environment.yml`, `conda-lock.yml` are not what" in words(project.envtool("export"))


def test_the_hint_repeats_how_the_candidate_was_made(project: Project) -> None:
    (project.folder / "envtool.toml").write_text("[groups]\n'my site' = ['web']\n")
    project.update("numlib", "--group", "my site", "--level", "patch", "--as-of", "2026-10-01")
    project.write("numlib=1.26")
    done = project.envtool("export")
    assert "`envtool update numlib --group 'my site' --level patch --as-of 2026-10-01`" in words(
        done
    )


def test_a_file_that_went_away_is_missed(project: Project) -> None:
    (project.folder / "environment-dev.yml").write_text("dependencies: [twin]\n")
    project.update("--all")
    (project.folder / "environment-dev.yml").unlink()
    assert "`environment-dev.yml` is not what" in words(project.envtool("export"))


def test_the_policy_of_today_decides(project: Project) -> None:
    (project.folder / "envtool.toml").write_text("updates.review = ['numlib']\n")
    done = project.envtool("export", "-o", "json")
    plan = json.loads(done.out)["data"]["plan"]
    assert plan["counts"] == {"auto": 1, "review": 2}


def test_a_pull_request_gets_the_plan(project: Project) -> None:
    done = project.envtool("export", "-o", "markdown")
    assert "| added | `helper` | `0.1` | through web | application | all |" in done.out
    assert "- `environment.yml:4`: `numlib=1.26` becomes `numlib=1.27`" in done.out


def test_an_altered_candidate_is_refused(project: Project) -> None:
    before = project.files()
    with (project.folder / CANDIDATE / "conda-lock.yml").open("a") as file:
        file.write("# altered\n")
    done = project.envtool("export")
    assert done.code == 6
    assert f"`{CANDIDATE}/conda-lock.yml` is not what `envtool update` wrote" in words(done)
    assert project.files() == before


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"version": 2}, "is no plan of this envtool"),
        ({"files": []}, "is no plan of this envtool"),
        ({"plan": {"lines": [{"path": "x"}]}}, "is no plan of this envtool"),
        ({"inputs": 3}, "is no plan of this envtool"),
        ({"files": {}}, "is no plan of this envtool"),
    ],
)
def test_a_plan_that_envtool_did_not_write_is_refused(
    project: Project, values: dict[str, Any], message: str
) -> None:
    before = project.files()
    change_plan(project, **values)
    done = project.envtool("export")
    assert done.code == 2
    assert message in words(done)
    assert "hint: make it again: `envtool update --all`" in words(done)
    assert project.files() == before


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "pyproject.toml"])
def test_a_plan_names_files_of_the_project_alone(project: Project, name: str) -> None:
    plan = json.loads((project.folder / CANDIDATE / "plan.json").read_text())
    change_plan(project, files=plan["files"] | {name: "0"})
    done = project.envtool("export")
    assert done.code == 2
    assert f"names `{name}`, which is no file of this project" in words(done)


def test_a_plan_that_is_no_json_is_refused(project: Project) -> None:
    (project.folder / CANDIDATE / "plan.json").write_text("{")
    done = project.envtool("export")
    assert done.code == 2
    assert "is no plan of this envtool" in words(done)


def test_what_lies_in_the_folder_of_the_candidate_goes_with_it(project: Project) -> None:
    folder = project.folder / CANDIDATE
    (folder / "deep/er").mkdir(parents=True)
    (folder / "deep/er/note").write_text("x")
    outside = project.folder / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    (folder / "link").symlink_to(outside)
    assert project.envtool("export").code == 0
    assert (folder / "link").is_symlink()
    assert not (folder / "deep/er/note").exists()
    assert (outside / "kept").read_text() == "x"


def test_an_older_lock_that_is_gone_is_missed(project: Project) -> None:
    (project.folder / "conda-lock.yml").unlink()
    assert "`conda-lock.yml` is not what" in words(project.envtool("export"))


def test_nobody_has_to_look_at_what_the_policy_lets_pass(project: Project) -> None:
    project.update("numlib", "--level", "patch")
    done = project.envtool("export")
    assert done.first == "Exported 1 change: 1 auto"
    assert "has to look" not in words(done)
    assert "commit `conda-lock.yml` and `recovery` together" in words(done)


def test_the_change_log_has_what_tests_have_measured(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    workshop.write("lib<2")
    workshop.ok("lock")
    workshop.ok("update", "--all")
    workshop.ok("test")
    (workshop.evidence[0].parent / f"{workshop.evidence[0].name[:64]}-osx-64.json").write_text("{")
    workshop.ok("export")
    text = (workshop.folder / "recovery/CHANGELOG.md").read_text()
    (line,) = re.findall("(?m)^### Build and cache\n\n(.*)$", text)
    assert re.fullmatch(
        r"- production on linux-64: 1 package built in \d\.\d s \(\d from the cache\)", line
    )


def test_what_has_failed_its_test_is_accepted_with_a_word(workshop: Workshop) -> None:
    workshop.lock("app=1.0")
    workshop.ok("update", "app", "--level", "major")
    tested = workshop.run("test")
    assert tested.code == 1
    assert "or drop the candidate: `envtool update --discard`" in words(tested)
    # Evidence that nobody can read says nothing; `commit` refuses it.
    (path,) = workshop.evidence
    text = path.read_text()
    path.write_text(text[:-9])
    assert "test it: `envtool test`, then commit" in words(workshop.ok("export", "--dry-run"))
    path.write_text(text)
    for _ in range(2):
        done = words(workshop.ok("export"))
        assert (
            "its test has failed, so `envtool commit` will refuse it: smoke `app: app --version`"
            " of production failed on linux-64" in done
        )
        back = "git stash push --include-untracked -- conda-lock.yml environment.yml recovery"
        assert f"`envtool test` again, or go back to the last commit: `{back}`" in done
        assert ": `envtool commit`" not in done
    assert workshop.run("commit").code == 1


def test_more_than_one_failure_and_no_commit_to_go_back_to(workshop: Workshop) -> None:
    workshop.policy("[[test.commands]]\ncommand = 'false'\n")
    workshop.lock("app=2.0", commit=False)
    tested = workshop.run("test")
    assert (tested.code, "--discard" in tested.out) == (1, False)
    done = words(workshop.ok("export"))
    assert "failed on linux-64 (and 1 more) info: mend it and `envtool test` again" in done
    assert "git stash" not in done


def test_what_is_next_depends_on_what_was_tested(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    assert "test it: `envtool test`, then commit `recovery`: `envtool commit`" in words(
        workshop.ok("export")
    )
    workshop.ok("update", "lib")
    workshop.ok("test")
    workshop.ok("export", "--dry-run")
    together = (
        "commit `conda-lock.yml`, `environment.yml` and `recovery` together: `envtool commit`"
    )
    assert f"info: {together}" in words(workshop.ok("export", "--dry-run"))
    workshop.policy("[[test.commands]]\ncommand = 'true'\n")
    assert f"info: test it: `envtool test`, then {together}" in words(workshop.ok("export"))
