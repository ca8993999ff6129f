"""`envtool export`: what it writes into `recovery/`, and when that is out of date."""

import json
import os
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.conftest import Envtool, Run
from tests.index import Dist, Index, serving
from tests.served import flat
from tests.updating import Project, make

EVERYTHING = (
    'export.artifacts = ["explicit", "requirements", "environment", "sbom", "recovery",'
    ' "changelog"]\n'
)


@pytest.fixture
def project(tmp_path: Path, envtool: Envtool) -> Project:
    """A project whose lock is older than its channel."""
    made = make(tmp_path, envtool)
    made.lock("numlib=1.26.4", "web=1.0.0")
    return made


def recovery(project: Project) -> dict[str, str]:
    """The files in `recovery/`, by name."""
    root = project.folder / "recovery"
    return {
        str(each.relative_to(root)): each.read_text()
        for each in sorted(root.rglob("*"))
        if each.is_file()
    }


def test_a_lock_without_candidate_gets_its_artifacts(project: Project) -> None:
    done = project.envtool("export")
    assert done.first == "Wrote 7 files in `recovery`"
    assert "commit `recovery`" in flat(done.out)
    files = recovery(project)
    assert set(files) == {
        ".gitattributes",
        "RECOVERY.md",
        "conda-linux-64.lock",
        "conda-osx-arm64.lock",
        "manifest.json",
        "records.lock",
        "recover.ps1",
        "recover.sh",
    }
    manifest = json.loads(files["manifest.json"])
    lock = (project.folder / "conda-lock.yml").read_bytes()
    assert manifest["lock"] == sha256(lock).hexdigest()
    for name, digest in manifest["files"].items():
        assert sha256(files[name].encode()).hexdigest() == digest
    assert "| production | linux-64 | 3 | 0 | `conda-linux-64.lock` |" in files["RECOVERY.md"]
    assert project.envtool("export").first == "Up to date: 7 files in `recovery`"
    assert project.envtool("verify", "--select", "lock").code == 0


def test_a_dry_run_writes_nothing(project: Project) -> None:
    before = project.files()
    done = project.envtool("export", "--dry-run", "-o", "json")
    data = json.loads(done.out)
    assert data["headline"] == "Would write 7 files in `recovery`"
    assert "recovery/recover.sh" in data["data"]["files"]
    assert "nothing was written (`--dry-run`)" in data["notes"]
    assert project.files() == before


def test_without_a_lock_there_is_nothing_to_export(tmp_path: Path, envtool: Envtool) -> None:
    made = make(tmp_path, envtool)
    made.write("web=1.0.0")
    done = envtool("export")
    assert done.code == 2
    assert "error: there is no candidate, and no lock" in flat(done.err)
    assert "hint: make a lock: `envtool lock`" in flat(done.err)


def test_a_candidate_whose_lock_is_none_is_not_accepted(project: Project) -> None:
    """Somebody put another file in its place, and its hash into the plan."""
    project.update("--all")
    candidate = project.folder / ".envtool/candidate"
    (candidate / "conda-lock.yml").write_bytes(b"a: 1\n")
    plan = json.loads((candidate / "plan.json").read_text())
    plan["files"]["conda-lock.yml"] = sha256(b"a: 1\n").hexdigest()
    (candidate / "plan.json").write_text(json.dumps(plan))
    before = (project.folder / "conda-lock.yml").read_bytes()
    done = project.envtool("export")
    assert done.code == 2
    assert "error: `conda-lock.yml` is no lock hint: lock again: `envtool lock`" in flat(done.err)
    assert (project.folder / "conda-lock.yml").read_bytes() == before


def test_an_update_leaves_a_way_back_and_a_note(project: Project) -> None:
    (project.folder / "envtool.toml").write_text(EVERYTHING)
    project.update("--all", "--level", "major")
    done = project.envtool("export")
    assert "commit `conda-lock.yml`, `environment.yml` and `recovery` together" in flat(done.out)
    files = recovery(project)
    assert "numlib-1.26.4" in files["previous/conda-linux-64.lock"]
    assert "numlib-2.0.0" in files["conda-linux-64.lock"]
    assert "previous/conda-linux-64.lock" in json.loads(files["manifest.json"])["files"]
    changes = files["CHANGELOG.md"]
    assert (
        changes.index("### Breaking") < changes.index("### Migration") < changes.index("### Others")
    )
    assert "- `numlib` 1.26.4 -> 2.0.0 (major, application)\n" in changes
    assert "- `environment.yml`: `numlib=1.26.4` became `numlib=2.0.0`" in changes
    # The next one goes on top, and what people wrote stays.
    noted = changes.replace("### Migration", "### Migration\n\nAsk Ada.")
    (project.folder / "recovery/CHANGELOG.md").write_text(noted)
    project.lock("numlib=1.26.4", "web=1.0.0")
    project.update("web", "--level", "patch")
    assert project.envtool("export").code == 0
    newer = recovery(project)
    assert newer["CHANGELOG.md"].index("web") < newer["CHANGELOG.md"].index("Ask Ada.")
    # In between somebody went back to the lock before.
    assert newer["CHANGELOG.md"].count("\n## ") == 3
    assert newer["CHANGELOG.md"].count(": back to an earlier lock\n") == 1
    assert "numlib-2.0.0" in newer["previous/conda-linux-64.lock"]
    assert project.envtool("verify", "--select", "lock").code == 0


def test_the_state_before_stays_until_the_lock_changes(project: Project) -> None:
    project.envtool("export")
    project.lock("numlib=1.26.5", "web=1.0.0")
    project.envtool("export")
    files = recovery(project)
    assert "numlib-1.26.4" in files["previous/conda-linux-64.lock"]
    (project.folder / "envtool.toml").write_text(EVERYTHING)
    project.envtool("export")
    again = recovery(project)
    assert again["previous/conda-linux-64.lock"] == files["previous/conda-linux-64.lock"]
    assert "sbom.cdx.json" in again


def test_a_list_that_was_changed_is_not_kept_as_the_way_back(project: Project) -> None:
    project.envtool("export")
    list_ = project.folder / "recovery/conda-linux-64.lock"
    list_.write_text(list_.read_text() + "# mine\n")
    project.lock("numlib=1.26.5", "web=1.0.0")
    project.envtool("export")
    assert set(recovery(project)) & {"previous/conda-linux-64.lock"} == set()
    assert "previous/conda-osx-arm64.lock" in recovery(project)


def test_what_the_policy_does_not_choose_anymore_goes(project: Project) -> None:
    (project.folder / "envtool.toml").write_text(EVERYTHING)
    project.envtool("export")
    mine = project.folder / "recovery/notes.txt"
    mine.write_text("mine")
    (project.folder / "envtool.toml").write_text('export.artifacts = ["sbom"]\n')
    assert project.envtool("export").code == 0
    assert set(recovery(project)) == {
        ".gitattributes",
        "manifest.json",
        "notes.txt",
        "records.lock",
        "sbom.cdx.json",
    }
    (project.folder / "envtool.toml").write_text("export.artifacts = []\n")
    assert project.envtool("export").first == "Wrote 3 files in `recovery`"
    assert set(recovery(project)) == {"notes.txt", "records.lock"}
    assert (
        project.envtool("export").first
        == "Nothing to export: there is no candidate, and the policy chooses no artifact"
    )


def test_the_page_keeps_what_the_project_wrote_below_its_line(project: Project) -> None:
    project.envtool("export")
    page = project.folder / "recovery/RECOVERY.md"
    page.write_text(page.read_text() + "\nCall Ada.\n")
    project.lock("numlib=1.26.5", "web=1.0.0")
    project.envtool("export")
    text = page.read_text()
    assert text.endswith("this line -->\nCall Ada.\n")
    lock = sha256((project.folder / "conda-lock.yml").read_bytes()).hexdigest()
    assert lock[:12] in text


def test_two_exports_are_the_same(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    (project.folder / "envtool.toml").write_text(EVERYTHING)
    project.envtool("export")
    before = recovery(project)
    for each in (project.folder / "recovery").iterdir():
        if each.name != "records.lock":
            each.unlink()
    project.envtool("export")
    assert recovery(project) == before
    bill = json.loads(before["sbom.cdx.json"])
    assert bill["metadata"]["timestamp"] == "2026-05-28T20:26:40+00:00"


@pytest.mark.parametrize("value", ["soon", "1e99", "9" * 30])
def test_a_time_that_is_none_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    done = project.envtool("export")
    assert done.code == 2
    assert f"`SOURCE_DATE_EPOCH={value}` is no number of seconds since 1970" in flat(done.err)


def test_a_bill_is_strictly_valid(project: Project) -> None:
    (project.folder / "envtool.toml").write_text(EVERYTHING)
    project.envtool("export")
    text = recovery(project)["sbom.cdx.json"]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    purls = {each["purl"] for each in bill["components"]}
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    assert len(needs.keys() - {"project"}) == len(purls)
    web = next(each for each in needs if each.startswith("pkg:conda/web@"))
    assert any(each.startswith("pkg:conda/base@") for each in needs[web])
    assert web in needs["project"]


# Edits of what was exported, and what `verify` says of each.
EDITS: dict[str, tuple[Callable[[Path], object], str]] = {
    "the lock": (
        lambda root: (root / "conda-lock.yml").write_text(
            (root / "conda-lock.yml").read_text() + "# x\n"
        ),
        "it was made from another lock",
    ),
    "a list": (
        lambda root: (root / "recovery/conda-linux-64.lock").write_text("@EXPLICIT\n"),
        "`conda-linux-64.lock` was changed by hand",
    ),
    "a script goes": (
        lambda root: (root / "recovery/recover.sh").unlink(),
        "`recover.sh` is gone",
    ),
    "the manifest": (
        lambda root: (root / "recovery/manifest.json").write_text("{"),
        "`manifest.json` is no manifest of envtool",
    ),
    "a later manifest": (
        lambda root: (root / "recovery/manifest.json").write_text('{"version": 2}'),
        "`manifest.json` is of version 2",
    ),
    "a manifest that leads out": (
        lambda root: (root / "recovery/manifest.json").write_text(
            '{"version": 1, "lock": "", "files": {"../environment.yml": "0"}}'
        ),
        "`manifest.json` names a file outside of its folder",
    ),
}


@pytest.mark.parametrize(("edit", "message"), EDITS.values(), ids=EDITS)
def test_what_does_not_fit_is_found_and_mended(
    project: Project, edit: Callable[[Path], object], message: str
) -> None:
    project.envtool("export")
    assert project.envtool("verify", "--select", "lock.artifacts-in-sync").code == 0
    edit(project.folder)
    done = project.envtool("verify", "--select", "lock.artifacts-in-sync")
    assert done.code == 1
    assert f"error[lock.artifacts-in-sync] {message}" in flat(done.out)
    assert "fix: make them again: `envtool export`" in flat(done.out)
    assert project.envtool("export").code == 0
    assert project.envtool("verify", "--select", "lock.artifacts-in-sync").code == 0


def test_a_change_log_of_an_update_that_was_taken_back(project: Project) -> None:
    """Files that came back by other means than envtool's."""
    before = {name: text for name, text in project.files().items() if "recovery/" not in name}
    project.update("--all")
    project.envtool("export")
    for name, text in before.items():
        (project.folder / name).write_bytes(text)
    assert "it was made from another lock" in flat(project.envtool("verify").out)
    path = project.folder / "recovery/CHANGELOG.md"
    told = path.read_text()
    project.envtool("export")
    assert ": back to an earlier lock" in path.read_text()
    assert project.envtool("verify", "--select", "lock.artifacts-in-sync").code == 0
    # Put back as it was, with a manifest that was made for it.
    manifest = project.folder / "recovery/manifest.json"
    data = json.loads(manifest.read_text())
    path.write_text(told)
    data["files"]["CHANGELOG.md"] = sha256(told.encode()).hexdigest()
    manifest.write_text(json.dumps(data))
    done = project.envtool("verify", "--select", "lock.artifacts-in-sync")
    assert done.code == 1
    assert "`CHANGELOG.md` tells of lock `" in flat(done.out)
    assert "`, and the project went back from it fix: make them again" in flat(done.out)
    assert project.envtool("export").code == 0
    assert project.envtool("verify", "--select", "lock.artifacts-in-sync").code == 0
    path.unlink()
    assert "`CHANGELOG.md` is gone" in flat(project.envtool("verify").out)


def test_other_line_ends_of_a_checkout_are_the_same_lock(project: Project) -> None:
    project.envtool("export")
    lock = project.folder / "conda-lock.yml"
    lock.write_bytes(lock.read_bytes().replace(b"\n", b"\r\n"))
    assert project.envtool("verify", "--select", "lock.artifacts-in-sync").code == 0


def test_artifacts_without_their_lock(project: Project) -> None:
    project.envtool("export")
    (project.folder / "conda-lock.yml").unlink()
    done = project.envtool("verify", "--select", "lock.artifacts-in-sync")
    assert "it was made from another lock" in flat(done.out)
    assert project.envtool("verify", "environment.yml", "--select", "lock").code == 0


def test_records_that_are_missing_are_counted(project: Project) -> None:
    assert "records-missing" not in project.envtool("verify").out
    (project.folder / "recovery/records.lock").unlink()
    done = project.envtool("verify", "--select", "lock.records-missing")
    assert done.code == 0
    assert "info[lock.records-missing] `recovery/records.lock` lacks 3 of 3 packages" in flat(
        done.out
    )
    assert project.envtool("export").code == 0


def test_pip_packages_are_exported_for_pip_and_uv(tmp_path: Path, envtool: Envtool) -> None:
    made = make(tmp_path, envtool)
    with serving(Dist("tool", "1.0", ("helper",)), Dist("helper", "2.0")) as index:
        _with_pip(made, index)
        made.envtool("export")
        text = recovery(made)["requirements.txt"]
        assert "tool @ http://127.0.0.1" in text
        done = uv(made.folder / "recovery/requirements.txt")
    assert done.returncode == 0, done.stderr
    assert "+ helper @ http" in done.stderr
    assert "# pip tool 1.0 http://127" in recovery(made)["conda-linux-64.lock"]


def _with_pip(made: Project, index: Index) -> None:
    (made.folder / "environment.yml").write_text(
        f"channels: [{made.channel}]\nplatforms: [linux-64]\ndependencies:\n"
        f"- python=3.12\n- pip\n- pip:\n  - --index-url {index.url}\n  - tool\n"
    )
    locked: Run = made.envtool("lock")
    assert locked.code == 0, locked.err


def uv(requirements: Path) -> "subprocess.CompletedProcess[str]":
    """What uv makes of a file of requirements, for an interpreter that has nothing yet."""
    from uv import find_uv_bin

    command = [find_uv_bin(), "pip", "install", "--no-deps", "--require-hashes", "--dry-run"]
    target = str(requirements.parent / "target")
    return subprocess.run(
        [*command, "--no-cache", "--target", target, "-r", str(requirements)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
    )
