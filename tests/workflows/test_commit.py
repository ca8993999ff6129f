"""`envtool commit`: what was tested and approved is recorded, and nothing else."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from envtool.domain.evidence import decoded, encoded
from tests.running import started
from tests.served import flat
from tests.trying import EXPORTED, LINUX, LOCK, POLICY, RECORDS, SPEC, Workshop

ALL = "--all"


@pytest.fixture
def updated(workshop: Workshop) -> Workshop:
    """A project with an update that was tested and exported: `lib` and `app` 1.0 to 1.1."""
    workshop.lock("app=1.0", "lib=1.0")
    workshop.ok("update", ALL)
    workshop.ok("test")
    workshop.ok("export")
    return workshop


def untouched(workshop: Workshop) -> Any:
    """Everything that a refused commit may not change."""
    index = workshop.folder / ".git/index"
    refs = workshop.repository.git("for-each-ref").out
    head = (workshop.folder / ".git/HEAD").read_text()
    return workshop.tree(), index.exists() and index.read_bytes(), refs, head


def test_a_tested_update_is_committed(updated: Workshop) -> None:
    before = updated.git("rev-parse", "HEAD")
    tree = updated.git("rev-parse", "HEAD^{tree}")
    dry = updated.ok("commit", "--dry-run")
    assert dry.first == "Would commit on `main`: 2 changes: 2 auto"
    assert updated.git("rev-parse", "HEAD") == before
    done = updated.ok("commit")
    name = updated.git("rev-parse", "HEAD")
    assert done.first == f"Committed {name[:12]} on `main`: 2 changes: 2 auto"
    assert updated.git("rev-parse", "HEAD^") == before
    assert updated.git("diff", "--name-only", "HEAD^", "HEAD").split() == EXPORTED
    assert updated.git("status", "--porcelain") == ""
    message = updated.git("log", "-1", "--format=%B")
    assert message.splitlines()[:4] == [
        "Update 2 packages of the environment",
        "",
        f"minor     app  1.0 -> 1.1 ({LINUX})",
        f"minor     lib  1.0 -> 1.1 ({LINUX})",
    ]
    trailers = updated.git("log", "-1", "--format=%(trailers:only)")
    evidence = json.loads(updated.evidence[0].read_text())
    assert trailers.strip().splitlines() == [
        f"Envtool-Lock: {evidence['lock']}",
        f"Envtool-Tested: {LINUX}, 5 of 5 checks passed of production at tree {tree[:12]}",
    ]
    assert updated.ok("commit").first.startswith("Nothing to commit: ")


def test_what_mends_a_vulnerability_needs_no_approval(workshop: Workshop) -> None:
    """As `export` noted it, and only for the very lock that it accepted."""
    workshop.policy('updates.auto = ["patch"]\n')
    workshop.lock("app=1.0", "lib=1.0")
    workshop.ok("update", "lib")
    plan = workshop.folder / ".envtool/candidate/plan.json"
    fixes = [{"manager": "conda", "name": "lib", "ids": ["CVE-2026-1"]}]
    plan.write_text(json.dumps(json.loads(plan.read_text()) | {"security": fixes}))
    workshop.ok("test")
    workshop.ok("export")
    note = workshop.folder / ".envtool/security.json"
    kept = note.read_text()
    assert workshop.ok("commit", "--dry-run").first.endswith("1 change: 1 auto")
    for text in ("{", json.dumps(json.loads(kept) | {"lock": "0"})):
        note.write_text(text)
        done = workshop.run("commit", "--dry-run")
        assert done.code == 1
        assert "evidence.unapproved-major" in done.out
    note.write_text(kept)
    workshop.ok("commit")


def test_a_breaking_update_is_refused_and_nothing_is_touched(workshop: Workshop) -> None:
    workshop.lock("app=1.0", "lib=1.0")
    workshop.ok("update", "app", "--level", "major")
    before = untouched(workshop)
    assert workshop.run("test").code == 1
    assert untouched(workshop) == before
    workshop.ok("export")
    before = untouched(workshop)
    done = workshop.run("commit")
    assert done.code == 1
    assert done.first == "Not committed: 2 errors in conda-lock.yml"
    text = flat(done.out)
    assert "error[evidence.failed] smoke `app: app --version` of production failed on" in text
    assert "error[evidence.unapproved-major] `app` 1.0 -> 2.0 (major) needs a review" in text
    assert "`envtool approve app --reason TEXT`" in text
    assert "nothing was committed" in text
    assert untouched(workshop) == before
    back = f"git stash push --include-untracked -- {LOCK} {SPEC} recovery"
    assert f"`envtool test` again; or go back to the last commit: `{back}`" in text
    workshop.git(*back.split()[1:])
    # No change log of it is left either.
    assert workshop.git("status", "--porcelain") == ""
    workshop.ok("lock", "--check")
    workshop.ok("verify")
    assert workshop.ok("commit").first.startswith("Nothing to commit: ")


def test_an_approval_is_taken_back_with_what_it_was_for(workshop: Workshop) -> None:
    workshop.lock("app=1.0", "lib=1.0")
    workshop.ok("update", "app", "--level", "major")
    assert workshop.run("test").code == 1
    workshop.ok("export")
    workshop.ok("approve", "app", "--reason", "a look at it")
    text = flat(workshop.run("commit").out)
    assert "recovery`, and take the approval of `app` out of the policy" in text


def test_a_lock_that_failed_after_it_was_committed(workshop: Workshop) -> None:
    """There is nothing to go back to in the last commit, and so nobody is sent there."""
    workshop.lock("app=1.0")
    workshop.lock("app=2.0")
    assert workshop.run("test").code == 1
    with (workshop.folder / SPEC).open("a") as file:
        file.write("# a word\n")
    text = flat(workshop.run("commit").out)
    assert f"the last commit has this lock, too: `git log --oneline -- {LOCK}` names those" in text
    assert "git stash" not in text


def test_what_nobody_has_tested_is_refused(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    workshop.ok("update", ALL)
    workshop.ok("export")
    done = workshop.run("commit")
    assert done.code == 1
    text = flat(done.out)
    assert f"error[evidence.untested] the lock was not tested on {LINUX}" in text
    assert "fix: `envtool test`; from another machine: `envtool evidence import FILE`" in text
    workshop.ok("test")
    workshop.ok("commit")


def test_every_environment_and_the_same_policy_count(workshop: Workshop) -> None:
    workshop.write("devtool", name="environment-dev.yml")
    workshop.lock("lib=1.0")
    workshop.ok("update", ALL)
    workshop.ok("test", "-e", "production")
    workshop.ok("export")
    text = flat(workshop.run("commit").out)
    assert f"`development` of the lock was not tested on {LINUX}" in text
    workshop.ok("test")
    workshop.policy("[[test.commands]]\ncommand = 'true'\n")
    text = flat(workshop.run("commit").out)
    assert "what the policy wants tested has changed since the lock was tested" in text
    workshop.policy("[pins]\nproduction = 'minor'\n")
    workshop.ok("commit")
    # A policy that was edited is nobody's but the user's.
    assert workshop.git("status", "--porcelain") == f"?? {POLICY}"


def test_other_platforms_by_evidence_from_there(updated: Workshop, tmp_path: Path) -> None:
    updated.policy("[test]\nplatforms = ['linux-64', 'osx-arm64']\n")
    text = flat(updated.run("commit").out)
    assert "the lock was not tested on osx-arm64" in text
    assert "on linux-64" not in text
    (path,) = updated.evidence
    found = decoded(path.read_text(), "x")
    other = replace(found, subject=found.subject._replace(platform="osx-arm64"))
    theirs = tmp_path / "theirs.json"
    theirs.write_text(encoded(other))
    done = updated.ok("evidence", "import", str(theirs))
    assert done.first == "Imported evidence of osx-arm64"
    assert updated.ok("evidence", "import", str(theirs), str(path)).code == 0
    updated.ok("commit")
    trailers = updated.git("log", "-1", "--format=%(trailers:only)")
    assert [line.split(",")[0] for line in trailers.splitlines()[1:]] == [
        "Envtool-Tested: linux-64",
        "Envtool-Tested: osx-arm64",
    ]


def test_evidence_that_was_edited(updated: Workshop) -> None:
    (path,) = updated.evidence
    text = path.read_text()
    path.write_text(text[:100])
    before = untouched(updated)
    done = updated.run("commit")
    assert done.code == 2
    assert "is no evidence of this envtool" in flat(done.err)
    path.write_text(text.replace('"dirty": false', '"dirty": true'))
    done = updated.run("commit")
    assert done.code == 6
    assert "was edited after it was written hint: test again: `envtool test`" in flat(done.err)
    assert untouched(updated) == before


def test_what_verify_refuses_is_not_committed(updated: Workshop) -> None:
    with (updated.folder / SPEC).open("a") as file:
        file.write("  - nosuch>2,<1\n")
    before = untouched(updated)
    done = updated.run("commit")
    assert done.code == 1
    assert "error[lock.in-sync]" in done.out
    assert untouched(updated) == before


def stage(workshop: Workshop) -> str:
    """A user in the middle of other work; what their index holds."""
    (workshop.folder / "mine.txt").write_text("staged\n")
    (workshop.folder / "both.txt").write_text("staged\n")
    workshop.git("add", "mine.txt", "both.txt")
    (workshop.folder / "both.txt").write_text("and changed again\n")
    (workshop.folder / "new.txt").write_text("nobody knows me\n")
    return workshop.git("diff", "--cached")


def test_what_is_staged_stays_staged(workshop: Workshop) -> None:
    (workshop.folder / "both.txt").write_text("1\n")
    workshop.lock("lib=1.0")
    workshop.ok("update", ALL)
    workshop.ok("test")
    workshop.ok("export")
    staged = stage(workshop)
    # Half of the new lock is staged, too; the commit has all of it.
    workshop.git("add", LOCK)
    workshop.ok("commit")
    assert workshop.git("show", "--name-only", "--format=").split() == EXPORTED
    assert workshop.git("diff", "--cached") == staged
    assert workshop.git("status", "--porcelain").splitlines() == [
        "MM both.txt",
        "A  mine.txt",
        "?? new.txt",
    ]


def hook(workshop: Workshop, text: str, name: str = "pre-commit") -> None:
    path = workshop.folder / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_hook_that_refuses(updated: Workshop) -> None:
    hook(updated, "echo checking; echo 'too late in the day' >&2; exit 1")
    before = untouched(updated)
    done = updated.run("commit", "--branch", "topic")
    assert done.code == 4
    text = flat(done.err)
    assert "error: git, or a hook of yours, refuses the commit: too late in the day" in text
    assert untouched(updated) == before
    assert [each.name for each in (updated.folder / ".git").glob("envtool*")] == []


def test_hooks_see_what_is_committed_and_may_change_it(updated: Workshop) -> None:
    staged = stage(updated)
    hook(
        updated,
        "git diff --cached --name-only > .git/seen; echo '# hooked' >> environment.yml; git add environment.yml",
    )
    hook(updated, 'echo "Reviewed-by: hook" >> "$1"', "commit-msg")
    updated.ok("commit")
    assert (updated.folder / ".git/seen").read_text().split() == EXPORTED
    assert updated.git("show", f"HEAD:{SPEC}").endswith("# hooked")
    assert updated.git("log", "-1", "--format=%B").endswith("Reviewed-by: hook")
    assert updated.git("diff", "--cached") == staged
    assert updated.git("status", "--porcelain", "--", SPEC) == ""


def test_on_a_branch_of_its_own(updated: Workshop) -> None:
    main = updated.git("rev-parse", "main")
    done = updated.ok("commit", "--branch", "envtool/update")
    assert "on `envtool/update`" in done.first
    assert updated.git("symbolic-ref", "--short", "HEAD") == "envtool/update"
    assert updated.git("rev-parse", "main") == main
    assert updated.git("rev-parse", "HEAD^") == main


@pytest.mark.parametrize(
    ("branch", "words"),
    [
        ("main", "there is a branch `main`"),
        ("a b", "`a b` is no name of a branch"),
        ("-x", "is no name"),
    ],
)
def test_a_branch_that_can_not_be_made(updated: Workshop, branch: str, words: str) -> None:
    before = untouched(updated)
    done = updated.run("commit", f"--branch={branch}")
    assert (done.code, words in flat(done.err)) == (2, True)
    assert untouched(updated) == before


def test_a_detached_head_needs_a_branch(updated: Workshop) -> None:
    updated.git("checkout", "-q", "--detach")
    before = untouched(updated)
    done = updated.run("commit")
    assert done.code == 2
    assert "hint: make one: `envtool commit --branch NAME`" in flat(done.err)
    assert untouched(updated) == before
    hook(updated, "exit 1")
    assert updated.run("commit", "--branch", "topic").code == 4
    assert untouched(updated) == before
    (updated.folder / ".git/hooks/pre-commit").unlink()
    updated.ok("commit", "--branch", "topic")
    assert updated.git("symbolic-ref", "--short", "HEAD") == "topic"


def test_nobody_knows_who_commits(updated: Workshop) -> None:
    updated.git("config", "--unset", "user.name")
    updated.git("config", "--unset", "user.email")
    updated.git("config", "user.useConfigOnly", "true")
    before = untouched(updated)
    for arguments in ((), ("--dry-run",)):
        done = updated.run("commit", *arguments)
        assert done.code == 2
        assert "git does not know who commits hint: say it: `git config user.name" in flat(done.err)
    assert untouched(updated) == before


@pytest.mark.parametrize("branch", ["", "topic"])
def test_the_first_commit_of_all(workshop: Workshop, branch: str) -> None:
    workshop.lock("lib=1.0", commit=False)
    workshop.ok("test")
    (workshop.folder / "mine.txt").write_text("x")
    workshop.git("add", "mine.txt")
    options = ("--branch", branch) if branch else ()
    hook(workshop, "exit 1")
    before = untouched(workshop)
    assert workshop.run("commit", *options).code == 4
    assert untouched(workshop) == before
    (workshop.folder / ".git/hooks/pre-commit").unlink()
    done = workshop.ok("commit", *options)
    assert done.first.endswith(f"on `{branch or 'main'}`: first lock, 1 package")
    assert workshop.git("show", "--name-only", "--format=").split() == [LOCK, SPEC, RECORDS]
    assert workshop.git("log", "--format=%s") == "Add the first lock of the environment: 1 package"
    assert workshop.git("status", "--porcelain") == "A  mine.txt"
    with (workshop.folder / SPEC).open("a") as file:
        file.write("# a word\n")
    assert workshop.ok("commit").first.endswith(": no change of a package")
    assert workshop.git("log", "-1", "--format=%s") == f"Update {SPEC}"
    workshop.ok("export")
    workshop.ok("commit")
    subject = workshop.git("log", "-1", "--format=%s")
    assert subject == "Update the recovery files of the environment"


def test_a_first_lock_that_has_failed_has_nothing_to_go_back_to(workshop: Workshop) -> None:
    workshop.lock("app=2.0", commit=False)
    assert workshop.run("test").code == 1
    text = flat(workshop.run("commit").out)
    assert "fix: mend it, or hold the package back, and `envtool test` again" in text
    assert "git checkout" not in text


def test_where_there_is_no_repository(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    workshop.ok("test")
    subprocess.run(["rm", "-r", ".git"], check=True)  # noqa: S607
    done = workshop.run("commit")
    assert done.code == 2
    assert "is in no git repository hint: make one: `git init`" in flat(done.err)
    assert "--policy-from" not in done.err
    done = workshop.run("verify", "--policy-from", "main")
    assert "named as a file, too: `--policy-from policy.toml@sha256:<hash>`" in flat(done.err)


def test_without_git(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop.lock("lib=1.0")
    monkeypatch.setenv("PATH", str(workshop.folder))
    done = workshop.run("commit")
    assert (done.code, "git is not installed" in flat(done.err)) == (4, True)


def test_in_the_middle_of_a_merge(updated: Workshop) -> None:
    for name in ("one", "two"):
        updated.git("checkout", "-q", "-b", name, "main")
        (updated.folder / "clash").write_text(name)
        updated.git("add", "clash")
        updated.git("commit", "-q", "-m", name)
    assert updated.repository.git("merge", "one").code == 1
    done = updated.run("commit")
    assert done.code == 2
    assert "a merge is going on here hint: end it: `git status` says how" in flat(done.err)


def test_without_a_lock(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    (workshop.folder / LOCK).unlink()
    done = workshop.run("commit")
    assert (done.code, "there is no `conda-lock.yml`" in flat(done.err)) == (2, True)


def test_a_candidate_that_waits_is_told(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    workshop.ok("update", ALL)
    done = workshop.ok("commit")
    assert (
        "a candidate waits: `envtool test`, then `envtool export`; or drop it: `envtool update --d"
        in flat(done.out)
    )


def test_a_candidate_that_can_not_be_accepted_is_told(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    workshop.ok("update", ALL)
    workshop.lock("lib=1.0", "app=1.0")
    done = flat(workshop.ok("commit").out)
    files = f"`environment.yml`, `{RECORDS}`, `{LOCK}`"
    again = "make it again: `envtool update --all`"
    assert f"waits, but {files} are not what the candidate was made from; {again}" in done
    (workshop.folder / ".envtool/candidate/plan.json").write_text("{")
    done = flat(workshop.ok("commit").out)
    assert "a candidate waits, but `.envtool/candidate/plan.json` is no plan of this" in done


def test_an_environment_file_that_goes_away(workshop: Workshop) -> None:
    workshop.write("devtool", name="environment-dev.yml")
    workshop.lock("lib=1.0")
    (workshop.folder / "environment-dev.yml").unlink()
    (workshop.folder / "recovery/old note.txt").write_text("x")
    workshop.ok("lock")
    workshop.ok("test")
    workshop.ok("commit")
    names = workshop.git("show", "--name-status", "--format=").splitlines()
    gone = "D\tenvironment-dev.yml"
    assert names == [f"M\t{LOCK}", gone, "A\trecovery/old note.txt", f"M\t{RECORDS}"]
    assert workshop.git("status", "--porcelain") == ""


def elsewhere(folder: Path) -> None:
    """A repository to be a submodule."""
    command = ["git", "-c", "user.name=n", "-c", "user.email=e", "-C", str(folder)]
    subprocess.run(["git", "init", "-q", str(folder)], check=True)  # noqa: S607
    subprocess.run([*command, "commit", "-q", "--allow-empty", "-m", "x"], check=True)


def test_a_project_below_the_top_of_a_worktree(workshop: Workshop, tmp_path: Path) -> None:
    """Its policy stands at the top, and there is a submodule that has other work in it."""
    below = workshop.folder / "services/web"
    below.mkdir(parents=True)
    workshop.policy("profile = 'recommended'\n")
    workshop._replace(folder=below).write("app=1.0", "lib=1.0")
    workshop.ok("lock", "services/web")
    elsewhere(tmp_path / "elsewhere")
    allow = ("-c", "protocol.file.allow=always")
    workshop.git(*allow, "submodule", "--quiet", "add", str(tmp_path / "elsewhere"), "sub")
    workshop.repository.commit({})
    tree = tmp_path / "tree"
    workshop.git("worktree", "add", "-q", "-b", "side", str(tree))
    (tree / "staged").write_text("x")
    workshop.repository.git("add", "staged", folder=tree)
    os.chdir(tree / "services/web")
    workshop.ok("update", "lib", "--level", "major")
    workshop.ok("approve", "lib", "extra", "--reason", "read it")
    (tree / POLICY).write_text("fail-on = 'error'\n" + (tree / POLICY).read_text())
    workshop.ok("test")
    workshop.ok("export")
    workshop.ok("commit")
    show = ("show", "--name-only", "--format=")
    names = workshop.repository.git(*show, folder=tree).out.split()
    assert names == [POLICY, *(f"services/web/{each}" for each in EXPORTED)]
    # Of the policy the approvals alone.
    text = workshop.repository.git("show", f"HEAD:{POLICY}", folder=tree).out
    assert text.startswith("profile = 'recommended'\n\n[[approvals]]\npackage = \"lib\"\n")
    status = workshop.repository.git("status", "--porcelain", folder=tree).out
    assert status.splitlines() == [f" M {POLICY}", "A  staged"]
    assert workshop.git("rev-parse", "main^{tree}") == workshop.git("rev-parse", "side^^{tree}")


def test_a_project_in_a_submodule(workshop: Workshop, tmp_path: Path) -> None:
    workshop.lock("lib=1.0")
    outer = tmp_path / "outer"
    elsewhere(outer)
    allow = ("-c", "protocol.file.allow=always")
    workshop.repository.git(
        *allow, "submodule", "--quiet", "add", str(workshop.folder), "inner", folder=outer
    )
    os.chdir(outer / "inner")
    for key, value in (("user.name", "n"), ("user.email", "e")):
        workshop.repository.git("config", key, value, folder=outer / "inner")
    workshop.ok("update", ALL)
    workshop.ok("test")
    workshop.ok("export")
    workshop.ok("commit")
    done = workshop.repository.git("log", "-1", "--format=%s", folder=outer / "inner")
    assert done.out == "Update lib 1.0 -> 1.1\n"
    assert workshop.repository.git("status", "--porcelain", folder=outer).out == (
        "A  .gitmodules\nAM inner\n"
    )


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="nothing to sign with")
def test_signed(updated: Workshop, tmp_path: Path) -> None:
    key = str(tmp_path / "key")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)  # noqa: S607
    updated.git("config", "gpg.format", "ssh")
    updated.git("config", "user.signingkey", "/no/such/key")
    before = untouched(updated)
    assert updated.run("commit", "--sign").code == 4
    assert untouched(updated) == before
    updated.git("config", "user.signingkey", key)
    updated.ok("commit", "--sign")
    assert "BEGIN SSH SIGNATURE" in updated.git("cat-file", "commit", "HEAD")


def test_a_commit_between_the_test_and_this_one_is_told(updated: Workshop) -> None:
    (updated.folder / "code.py").write_text("x")
    updated.git("add", "code.py")
    updated.git("commit", "-q", "-m", "code")
    done = updated.ok("commit")
    assert f"info: tested on {LINUX} with another commit checked out" in done.out


def test_what_is_waived_does_not_count(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    workshop.ok("update", ALL)
    workshop.ok("export")
    tomorrow = (datetime.now(tz=UTC) + timedelta(days=1)).date()
    waiver = "rule = 'evidence.untested'\nreason = 'the machine is down'\nowner = 'ops'"
    workshop.policy(f"[[waivers]]\n{waiver}\nexpires = {tomorrow}\n")
    workshop.ok("commit")
    assert "Envtool-Tested" not in workshop.git("log", "-1", "--format=%B")


@pytest.mark.parametrize("name", ["committed", "current"])
def test_a_lock_that_can_not_be_read(workshop: Workshop, name: str) -> None:
    workshop.lock("lib=1.0")
    path = workshop.folder / LOCK
    sound = path.read_bytes()
    path.write_text("<<<<<<< ours\n" + path.read_text())
    if name == "committed":
        workshop.repository.commit({})
        path.write_bytes(sound)
    done = workshop.run("commit")
    assert done.code == 2
    assert ("the lock of the last commit" in flat(done.err)) is (name == "committed")
    assert ("`git commit conda-lock.yml`" in done.err) is (name == "committed")


def test_an_index_that_is_damaged(updated: Workshop) -> None:
    (updated.folder / ".git/index").write_bytes(b"no index")
    done = updated.run("commit")
    assert done.code == 4
    assert "`git diff` failed: fatal: .git/index: index file" in flat(done.err)


def test_an_index_that_somebody_else_holds(updated: Workshop) -> None:
    """The commit is made; what could not be brought up to date is told."""
    hook(updated, "touch .git/index.lock", "post-commit")
    done = updated.run("commit")
    assert done.code == 4
    assert "but the index could not be written" in flat(done.err)
    assert "hint: `git reset -- conda-lock.yml" in flat(done.err)


def test_json_has_the_message(updated: Workshop) -> None:
    data = updated.data("commit", "--dry-run")
    assert data["files"] == EXPORTED
    assert (data["commit"], data["branch"]) == (None, "main")
    assert data["message"].startswith("Update 2 packages of the environment\n\n")


def test_from_a_shell_of_its_own(updated: Workshop) -> None:
    """As people type it: the whole process, from a folder below."""
    (updated.folder / "src").mkdir()
    done = started("commit", cwd=updated.folder / "src")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Committed ")
