"""`envtool baseline`, and `envtool verify --new-only` on what it wrote."""

import json
import os
import re
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.conftest import Envtool
from tests.judging import SHIPPED
from tests.locking import Entry, lock_text
from tests.workflows.test_verify import CLEAN, HTTP, LOOSE, git, write

NAME = "envtool-baseline.json"
EXAMPLES = Path(__file__).parents[2] / "examples"
PRIVATE = "channels: ['https://conda.example.org/t/abc-1234567890/c']\ndependencies:\n- numpy\n"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with one project, whose channel is an error and whose pin is a warning."""
    write(tmp_path, {".git/HEAD": "", "environment.yml": HTTP + "- pandas\n"})
    return tmp_path


def entries(path: Path) -> list[Any]:
    found = json.loads(path.read_text("ascii"))["findings"]
    assert isinstance(found, list)
    return found


def paths(path: Path) -> list[str]:
    return [each["path"] for each in entries(path)]


def report(envtool: Envtool, *arguments: str) -> Any:
    """The envelope of a run, which is valid whatever it came to."""
    data = json.loads(envtool(*arguments, "-o", "json").out)
    Draft202012Validator(json.loads(SHIPPED.result_schema())).validate(data)
    return data


def test_what_is_there_today_passes_and_the_rest_does_not(envtool: Envtool, top: Path) -> None:
    assert envtool("verify").code == 1
    done = envtool("baseline", "create")
    assert done.out == (
        f"Wrote 2 findings to `{NAME}`\n"
        "\n"
        "info: read it, commit it, then type `envtool verify --new-only`\n"
    )
    assert done.code == 0
    done = envtool("verify", "--new-only")
    assert done.out == "Passed: environment.yml, with 2 in the baseline\n"
    assert envtool("verify").code == 1, "nothing changes without the option"
    write(top, {"environment.yml": "# moved\n\n" + HTTP + "- pandas\n- scipy\n- pandas\n"})
    done = envtool("verify", "--new-only", "--ignore", "env", "--fail-on", "warning")
    assert done.first == "Failed: 2 warnings in environment.yml; 2 in the baseline"
    assert re.findall(r"(\d+): warning\[(.+?)\] (.*)", done.out) == [
        ("7", "pins.direct", "`scipy` has no pin"),
        ("8", "pins.direct", "`pandas` has no pin"),
    ]
    assert envtool("verify", "--new-only").first == (
        "Passed: environment.yml, with 3 warnings; 2 in the baseline"
    )


def test_a_new_bad_pin_of_the_same_package_is_new(envtool: Envtool, top: Path) -> None:
    envtool("baseline", "create")
    write(top, {"environment.yml": HTTP + "- pandas>=2\n"})
    done = envtool("verify", "--new-only")
    assert "`pandas>=2` is looser than `compatible`" in done.out
    assert "info: 1 entry of the baseline is gone: `envtool baseline prune`\n" in done.out


def test_every_format(envtool: Envtool, top: Path) -> None:
    envtool("baseline", "create")
    (top / "environment.yml").write_text(HTTP + "- pandas  # envtool: ignore[pins] ok\n- scipy\n")
    outputs = ("sarif=s", "gitlab=g", "junit=u", "markdown=m", "github=h")
    data = report(envtool, "verify", "--new-only", *(f"-o{each}" for each in outputs))
    assert [(each["rule"], each["baseline"]) for each in data["findings"]] == [
        ("channels.http", "unchanged"),
        ("pins.direct", "new"),
        ("pins.direct", "new"),
    ]
    assert data["counts"] == {"error": 0, "warning": 1, "info": 0, "waived": 1, "baseline": 1}
    assert (
        data["headline"]
        == "Passed: environment.yml, with 1 warning and 1 waived; 1 in the baseline"
    )
    assert data["notes"] == ["1 entry of the baseline is gone: `envtool baseline prune`"]
    results = json.loads((top / "s").read_text())["runs"][0]["results"]
    assert [each["baselineState"] for each in results] == ["unchanged", "new", "new"]
    assert len(json.loads((top / "g").read_text())) == 1
    for name in ("m", "h"):
        text = (top / name).read_text()
        assert "scipy" in text
        assert "http" not in text
    assert "1 entry of the baseline is gone" in (top / "m").read_text()
    assert '<skipped message="in the baseline" />' in (top / "u").read_text()
    plain = report(envtool, "verify", f"-osarif={top / 's'}")
    assert [each["baseline"] for each in plain["findings"]] == [None] * 3
    assert "baselineState" not in (top / "s").read_text()


def test_sarif_that_is_cut_short_says_new_when_one_is(envtool: Envtool, top: Path) -> None:
    (top / "environment.yml").write_text(LOOSE + "".join(f"- p{n}\n" for n in range(5100)))
    envtool("baseline", "create")
    run = json.loads(envtool("verify", "--new-only", "-o", "sarif").out)["runs"][0]
    assert {each["baselineState"] for each in run["results"]} == {"unchanged"}
    assert run["results"][-1]["ruleId"] == "envtool.more"
    with (top / "environment.yml").open("a") as file:
        file.write("- new\n")
    run = json.loads(envtool("verify", "--new-only", "-o", "sarif").out)["runs"][0]
    assert [each["baselineState"] for each in run["results"]].count("new") == 1
    assert run["results"][0]["baselineState"] == "new"


def test_what_no_baseline_takes(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {
        ".git/HEAD": "",
        "environment.yml": PRIVATE + "variables: {DB_PASSWORD: hunter2hunter2}\n",
        "environment-dev.yml": "a: [",
        "envtool.toml": "nonsense = 1\n[[waivers]]\nrule='lock'\nreason='r'\nowner='o'\nexpires=2020-01-01\n",
    })  # fmt: skip
    done = envtool("baseline", "create")
    assert done.code == 1
    assert done.first.startswith(f"Wrote 1 finding to `{NAME}`; left out ")
    for rule in ("secrets.secret-in-variables", "channels.credential", "policy.unknown-key", "waivers.expired", "env.parse"):  # fmt: skip
        assert f"[{rule}]" in done.out
    assert "environment-dev.yml" in done.out
    text = (tmp_path / NAME).read_text()
    assert [each["rule"] for each in entries(tmp_path / NAME)] == ["pins.direct"]
    assert not re.search("hunter2|abc-1234567890", text + done.out)
    done = envtool("verify", "--new-only")
    assert done.code == 2
    assert done.first.startswith("Failed: `environment-dev.yml` was not judged")
    assert done.first.endswith("; 1 in the baseline")


def test_an_unreadable_dependabot_file_is_left_out(envtool: Envtool, top: Path) -> None:
    write(top, {".github/dependabot.yml": "updates: ["})
    done = envtool("baseline", "create")
    assert done.code == 1
    assert "warning[env.dependabot]" in done.out
    assert paths(top / NAME) == ["environment.yml"] * 2


def test_a_file_that_is_not_there(envtool: Envtool, top: Path) -> None:
    done = envtool("baseline", "create", "environment.yml", "no.yml")
    assert done.code == 1
    assert "`no.yml` does not exist" in done.out
    assert len(entries(top / NAME)) == 2


def test_it_is_not_overwritten(envtool: Envtool, top: Path) -> None:
    envtool("baseline", "create")
    before = (top / NAME).read_bytes()
    write(top, {"environment.yml": LOOSE})
    done = envtool("baseline", "create", ".")
    assert done.code == 2
    assert done.err == (
        f"error: `{NAME}` is there already\n"
        "\n"
        "hint: let go of what is gone: `envtool baseline prune .`\n"
        "hint: or take in what is found today: `envtool baseline create . --force`\n"
    )
    assert (top / NAME).read_bytes() == before
    assert envtool("baseline", "create", "--force").code == 0
    assert [each["package"] for each in entries(top / NAME)] == ["numpy"]


def test_dry_runs_write_nothing(envtool: Envtool, top: Path) -> None:
    done = envtool("baseline", "create", "--dry-run")
    assert done.out == f"Would write 2 findings to `{NAME}`\n"
    assert not (top / NAME).exists()
    envtool("baseline", "create")
    before = (top / NAME).read_bytes()
    write(top, {"environment.yml": CLEAN})
    done = envtool("baseline", "prune", "--dry-run")
    assert done.out == f"Would remove 2 entries from `{NAME}`; 0 are left\n"
    assert (top / NAME).read_bytes() == before


def test_prune_removes_what_is_gone_and_adds_nothing(envtool: Envtool, top: Path) -> None:
    write(top, {"environment.yml": HTTP + "- pandas\n- pandas\n- scipy\n"})
    envtool("baseline", "create")
    os.chmod(top / NAME, 0o640)
    numbers = {
        (each["rule"], each.get("package")): each.get("count") for each in entries(top / NAME)
    }
    assert numbers["pins.direct", "pandas"] == 2
    before = stat_of(top / NAME)
    assert envtool("baseline", "prune").out == f"Nothing to remove: 4 entries in `{NAME}`\n"
    assert stat_of(top / NAME) == before, "not even touched"
    write(top, {"environment.yml": HTTP + "- pandas\n- polars\n"})
    done = envtool("verify", "--new-only")
    assert "info: 3 entries of the baseline are gone: `envtool baseline prune`" in done.out
    done = envtool("baseline", "prune")
    assert done.out == f"Removed 3 entries from `{NAME}`; 2 are left\n"
    assert done.code == 0
    assert [each.get("package") for each in entries(top / NAME)] == [None, "pandas"]
    assert stat.S_IMODE(os.stat(top / NAME).st_mode) == 0o640
    assert envtool("verify", "--new-only").first.endswith("with 1 warning; 2 in the baseline")
    write(top, {"environment.yml": CLEAN + "- polars\n"})
    assert report(envtool, "baseline", "prune")["data"] == {
        "dry_run": False,
        "baselines": [{"path": NAME, "before": 2, "after": 0}],
    }
    assert entries(top / NAME) == []
    assert envtool("verify", "--new-only").code == 0


def stat_of(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_ino, found.st_mtime_ns


def test_prune_keeps_what_was_not_looked_at(envtool: Envtool, top: Path) -> None:
    lock = lock_text(Entry("numpy", "1.0"), Entry("pandas"))
    files = {"a.yml": LOOSE, "b.yml": LOOSE, "envtool.toml": "files.production = ['*.yml']\n"}
    write(top, files | {"conda-lock.yml": lock})
    envtool("baseline", "create")
    before = entries(top / NAME)
    assert {each["rule"] for each in before} == {
        "channels.http", "lock.in-sync", "lock.records-missing", "pins.direct"
    }  # fmt: skip
    # Named alone, a file is not held against the lock.
    write(top, {"environment.yml": CLEAN, "a.yml": CLEAN})
    assert "of the baseline" not in envtool("verify", "--new-only", "b.yml").out
    assert "of the baseline" not in envtool("verify", "--new-only", "--select", "env").out
    envtool("baseline", "prune", "environment.yml")
    left = entries(top / NAME)
    assert [each for each in before if each not in left] == [
        each for each in before
        if each["path"] == "environment.yml" and each["rule"] != "lock.in-sync"
    ]  # fmt: skip
    # A file that is gone, one that can not be read, then one that the policy names no more.
    (top / "a.yml").rename(top / "c.yml")
    write(top, {"b.yml": "["})
    assert envtool("baseline", "prune").code == 2
    assert entries(top / NAME) == left
    write(top, {"b.yml": LOOSE, "envtool.toml": "files.production = ['c.yml']\n"})
    (top / "conda-lock.yml").unlink()
    envtool("baseline", "prune")
    assert entries(top / NAME) == []


def test_force_keeps_what_was_not_looked_at(envtool: Envtool, top: Path) -> None:
    write(top, {"envtool.toml": "", "a/environment.yml": LOOSE, "b/environment.yml": LOOSE})
    envtool("baseline", "create", "-r")
    assert paths(top / NAME) == ["a/environment.yml", "b/environment.yml", *["environment.yml"] * 2]
    write(top, {"a/environment.yml": CLEAN, "b/environment.yml": LOOSE + "- scipy\n"})
    assert envtool("baseline", "create", "a", "b", "--force").first.startswith("Wrote 2 findings")
    assert paths(top / NAME) == [*["b/environment.yml"] * 2, *["environment.yml"] * 2]


# Files, where the command runs, its paths and options, and where the baseline is written.
PLACES: list[tuple[str, dict[str, str], str, tuple[str, ...], tuple[str, ...]]] = [
    ("project", {"environment.yml": LOOSE}, ".", (), (NAME,)),
    ("from below", {"environment.yml": LOOSE, "src/x": ""}, "src", (), (NAME,)),
    ("a folder", {"a/environment.yml": LOOSE}, ".", ("a",), (f"a/{NAME}",)),
    ("a file", {"a/env.yml": LOOSE}, ".", ("a/env.yml",), (f"a/{NAME}",)),
    ("policy above", {"a/environment.yml": LOOSE, "envtool.toml": ""}, ".", ("a",), (NAME,)),
    ("policy above a file", {"a/e.yml": LOOSE, "envtool.toml": ""}, "a", ("e.yml",), (NAME,)),
    ("tree", {"a/environment.yml": LOOSE, "b/c/env.yml": LOOSE}, ".", ("-r",), (NAME,)),
    ("trees", {"a/environment.yml": LOOSE, "b/c/env.yml": LOOSE}, ".", ("-r", "b", "a"), (f"a/{NAME}", f"b/{NAME}")),
    ("tree and policy", {"a/environment.yml": LOOSE, "b/env.yml": LOOSE, "b/envtool.toml": ""}, ".", ("-r",), (f"b/{NAME}", NAME)),
    ("two projects", {"a/environment.yml": LOOSE, "b/env.yml": CLEAN}, ".", ("a", "b"), (f"a/{NAME}", f"b/{NAME}")),
    ("one above", {"a/environment.yml": LOOSE, NAME: '{"version": 1, "findings": []}'}, ".", ("--force", "a"), (NAME,)),
    ("clean", {"environment.yml": CLEAN}, ".", (), (NAME,)),
    ("hostile", {"a b/it's `é` %0A.yml": LOOSE}, ".", ("a b/it's `é` %0A.yml",), (f"a b/{NAME}",)),
    ("strict", {"environment.yml": LOOSE}, ".", ("--profile", "strict"), (NAME,)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "folder", "arguments", "places"),
    [case[1:] for case in PLACES],
    ids=[case[0] for case in PLACES],
)
def test_where_it_stands(
    envtool: Envtool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    folder: str,
    arguments: tuple[str, ...],
    places: tuple[str, ...],
) -> None:
    write(tmp_path, {".git/HEAD": ""} | files)
    monkeypatch.chdir(tmp_path / folder)
    assert envtool("baseline", "create", *arguments).code == 0
    found = sorted(str(each.relative_to(tmp_path)) for each in tmp_path.rglob(NAME))
    assert tuple(found) == tuple(sorted(places))
    judged = [each for each in arguments if each != "--force"]
    data = report(envtool, "verify", "--new-only", *judged, "--fail-on", "info")
    assert data["exit_code"] == 0
    assert data["notes"] == []
    assert envtool("baseline", "prune", *judged).first.startswith("Nothing to remove")


# Without what changes when somebody locks again.
REASONS = {
    "licenses.deny": "`ghostscript` is licensed under `AGPL-3.0-only`, which the policy denies (`AGPL-*`)",
    "lock.conda-pip-duplicate": "`requests` is locked for pip and for conda",
    "lock.same-url-two-hashes": "`reports-extra` has another SHA-256",
}


def test_from_wherever_it_is_run(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every rule is broken there, so no reason names a line or a path of the run."""
    folder = tmp_path / "x/neglected"
    shutil.copytree(EXAMPLES / "neglected", folder)
    write(tmp_path, {".git/HEAD": "", ".github/dependabot.yml": "version: 2\nupdates: []\n"})
    for name in ("broken.yml", "conflict.yml"):
        (folder / name).unlink()
    texts = set()
    for where, argument in ((".", "x/neglected"), ("x", str(folder)), ("x/neglected", ".")):
        monkeypatch.chdir(tmp_path / where)
        envtool("baseline", "create", argument)
        texts.add((folder / NAME).read_text())
        (folder / NAME).unlink()
    assert len(texts) == 1
    (text,) = texts
    assert str(tmp_path) not in text
    assert not re.search(r"\bline \d", text)
    reasons = {each["rule"]: each["reason"] for each in json.loads(text)["findings"]}
    assert reasons.items() >= REASONS.items()
    monkeypatch.chdir(tmp_path)
    envtool("baseline", "create", str(folder))
    for path in (*folder.glob("*.yml"), folder / "pixi.lock", tmp_path / ".github/dependabot.yml"):
        path.write_text("# another line\n\n" + path.read_text())
    data = report(envtool, "verify", "--new-only", "x/neglected")
    assert data["notes"] == []
    opened = [each for each in data["findings"] if each["waived"] is None]
    new = {each["rule"] for each in opened if each["baseline"] == "new"}
    assert {each.partition(".")[0] for each in new} <= {"secrets", "policy", "waivers", "channels"}
    assert {each for each in new if each.startswith("channels")} <= {"channels.credential"}


def test_a_lock_that_is_made_anew_keeps_its_old_sins(envtool: Envtool, top: Path) -> None:
    def locked(*versions: str) -> None:
        packages = [Entry(f"p{index}", version) for index, version in enumerate(versions)]
        text = lock_text(*packages, sources=())
        write(top, {"conda-lock.yml": re.sub(r"(?m)^    sha256: .*\n", "", text)})

    write(top, {"environment.yml": "channels: [conda-forge]\ndependencies: []\n"})
    write(top, {"envtool.toml": "[[bans]]\npackage='p0'\nreason='r'\n[licenses]\nallow=['MIT']\n"})
    locked("1.0", "1.0")
    envtool("baseline", "create")
    rules = {each["rule"]: each.get("count", 1) for each in entries(top / NAME)}
    assert rules["licenses.no-data"] == 2
    assert rules["lock.md5-only"] == 2
    assert rules["bans.deny"] == 1
    locked("2.0", "1.1")
    assert envtool("verify", "--new-only", "--fail-on", "info").code == 0
    locked("1.0", "1.0", "1.0")
    data = report(envtool, "verify", "--new-only")
    new = [each["rule"] for each in data["findings"] if each["baseline"] == "new"]
    assert new == ["licenses.no-data", "lock.md5-only"]


@pytest.mark.parametrize("verb", [("verify", "--new-only"), ("baseline", "prune")])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "there is no baseline: looked for `envtool-baseline.json` in"),
        ("{", f"`{NAME}` is no baseline: it is not JSON"),
        ('{"version": 9, "findings": []}', f"`{NAME}` is no baseline: its version is 9"),
    ],
)
def test_a_baseline_that_is_none(
    envtool: Envtool, top: Path, verb: tuple[str, ...], text: str | None, why: str
) -> None:
    if text is not None:
        write(top, {NAME: text})
    done = envtool(*verb, ".")
    assert done.code == 2
    assert why in done.first
    again = "" if text is None else " --force"
    assert f"`envtool baseline create .{again}`" in " ".join(done.out.split())
    assert envtool("baseline", "create", "--force").code == 0
    assert envtool(*verb).code == 0


def test_projects_without_a_baseline_are_not_judged(envtool: Envtool, top: Path) -> None:
    write(top, {"a/environment.yml": LOOSE, "b/environment.yml": LOOSE})
    envtool("baseline", "create", "a")
    for verb in (("verify", "--new-only"), ("baseline", "prune")):
        data = report(envtool, *verb, "a", "b")
        assert data["exit_code"] == 2
        (failure,) = data["failures"]
        assert failure["hints"] == ["take in what is found today: `envtool baseline create a b`"]
    hint = report(envtool, "verify", "-r", "--new-only")["failures"][0]["hints"][0]
    assert hint.endswith("`envtool baseline create -r`")
    many = [f"{letter}/environment.yml" for letter in "cdef"]
    write(top, dict.fromkeys(many, LOOSE))
    data = report(envtool, "verify", "--new-only", "--profile", "strict", *many)
    hint = data["failures"][0]["hints"][0]
    assert hint.endswith("`envtool baseline create --profile strict PATH...`")


@pytest.mark.parametrize("verb", ["create", "prune"])
def test_nothing_is_written_when_the_policy_can_not_be_read(
    envtool: Envtool, top: Path, verb: str
) -> None:
    write(top, {"envtool.toml": "profile = 1"})
    done = envtool("baseline", verb)
    assert done.code == 2
    assert re.match(r"(Wrote|Removed) nothing: `profile` must be", done.first)
    assert not (top / NAME).exists()


def test_standard_input_has_no_place_in_it(envtool: Envtool, top: Path) -> None:
    assert envtool("baseline", "create", "-", stdin=LOOSE.encode()).code == 2
    envtool("baseline", "create")
    done = envtool("verify", "--new-only", "-", stdin=LOOSE.encode())
    assert done.first == "Passed: <stdin>, with 1 warning"
    assert envtool("baseline", "prune", "-", stdin=CLEAN.encode()).first.startswith("Nothing to")
    assert len(entries(top / NAME)) == 2


def test_a_folder_of_that_name(envtool: Envtool, top: Path) -> None:
    (top / NAME).mkdir()
    for verb in (
        ("verify", "--new-only"),
        ("baseline", "prune"),
        ("baseline", "create", "--force"),
    ):
        assert envtool(*verb).code == 2


def test_fix_without_a_baseline_mends_nothing(envtool: Envtool, top: Path) -> None:
    text = "channels: [conda-forge]\ndependencies:\n- numpy=*\n"
    write(top, {"environment.yml": text})
    done = envtool("verify", "--new-only", "--fix")
    assert done.code == 2
    assert done.first.startswith("Not judged: there is no baseline")
    assert (top / "environment.yml").read_text() == text


def test_fix_leaves_the_baseline_alone(envtool: Envtool, top: Path) -> None:
    old = "channels: [conda-forge]\ndependencies:\n- numpy=*\nprefix: /x\n"
    write(top, {"environment.yml": old})
    envtool("baseline", "create")
    write(
        top, {"environment.yml": old.replace("- numpy=*\n", "- numpy=*\n- pandas=*\n- numpy=*\n")}
    )
    done = envtool("verify", "--new-only", "--fix", "--diff")
    assert "-- pandas=*" in done.out
    assert "-prefix" not in done.out
    done = envtool("verify", "--new-only", "--fix")
    text = (top / "environment.yml").read_text()
    assert "- pandas\n" in text
    assert text.endswith("prefix: /x\n")
    assert text.count("numpy=*") == 1
    assert "in the baseline" in done.out
    envtool("verify", "--fix")
    assert "prefix" not in (top / "environment.yml").read_text()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose branch `main` has a project in a folder, and no baseline yet."""
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, {"envtool.toml": "", "a/environment.yml": LOOSE})
    commit(tmp_path)
    return tmp_path


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "x")


def test_nobody_takes_in_their_own_sins(envtool: Envtool, repository: Path) -> None:
    arguments = ("verify", "-r", "--new-only", "--policy-from", "main", "--fail-on", "warning")
    envtool("baseline", "create", "-r")
    done = envtool(*arguments)
    assert done.code == 2
    assert done.first.startswith("Not judged: there is no baseline in `main`: looked for")
    assert "`envtool baseline create -r`, then commit it to `main`" in " ".join(done.out.split())
    commit(repository)
    assert envtool(*arguments).first == "Passed: a/environment.yml, with 1 in the baseline"
    write(repository, {"a/environment.yml": LOOSE + "- scipy\n"})
    envtool("baseline", "create", "-r", "--force")
    assert envtool("verify", "-r", "--new-only").code == 0
    assert envtool(*arguments).first == "Failed: 1 warning in a/environment.yml; 1 in the baseline"
    # Nor by a policy, or a baseline, that is nearer.
    write(repository, {"a/envtool.toml": "", f"a/{NAME}": '{"version": 1, "findings": []}'})
    assert envtool(*arguments).first == "Failed: 1 warning in a/environment.yml; 1 in the baseline"
    write(repository, {"a/environment.yml": CLEAN})
    note = "1 entry of the baseline in `main` is gone: `envtool baseline prune -r`"
    assert note in " ".join(envtool(*arguments).out.split())
    write(repository, {NAME: "{"})
    (repository / f"a/{NAME}").unlink()
    commit(repository)
    done = envtool(*arguments)
    assert done.first.startswith(f"Not judged: `main:{NAME}` is no baseline")


def test_a_policy_that_is_a_file_brings_no_baseline(envtool: Envtool, top: Path) -> None:
    envtool("baseline", "create")
    write(top, {"org.toml": ""})
    done = envtool("verify", "--new-only", "--policy-from", f"org.toml@sha256:{'0' * 64}")
    assert done.code == 2
    assert "`--policy-from origin/main`" in done.err


def test_what_moves_with_other_lines_and_files(envtool: Envtool, top: Path) -> None:
    """A key that stands twice; a lock that is made from another file, and from two channels."""
    spec = "name: x\nchannels: [conda-forge]\ndependencies: []\nname: y\n"
    mirror = "https://mirror.example.org/c/linux-64/{}-1.0-h0_0.conda"
    foreign = [Entry(name, url=mirror.format(name)) for name in "cd"]

    def judged(*packages: Entry) -> set[str]:
        write(top, {"x/environment.yml": spec})
        write(top, {"x/conda-lock.yml": lock_text(*packages, sources=("other.yml",))})
        data = report(envtool, "verify", "x", "--new-only", "--fail-on", "info")
        return {each["rule"] for each in data["findings"] if each["baseline"] == "new"}

    write(top, {f"x/{NAME}": '{"version": 1, "findings": []}'})
    rules = judged(*foreign)
    assert rules >= {"env.parse", "lock.in-sync", "channels.url-outside-channel"}
    envtool("baseline", "create", "x", "--force")
    found = {
        each["rule"]: (each["reason"], each.get("count", 1)) for each in entries(top / f"x/{NAME}")
    }
    assert found["env.parse"] == ("the key `name` stands twice", 1)
    assert found["lock.in-sync"] == ("made without `environment.yml`", 1)
    reason, count = found["channels.url-outside-channel"]
    assert reason.startswith("locked from `https://mirror.example.org/c`, which neither")
    assert count == 2
    assert judged(*foreign[1:]) == set()
    assert judged(*foreign, Entry("e", url=mirror.format("e"))) == {"channels.url-outside-channel"}
