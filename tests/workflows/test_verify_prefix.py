"""`envtool verify --prefix`: prefixes that rattler installed, then damaged in every way."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.channel.demo import Demo
from tests.conftest import Envtool, Run
from tests.locking import Entry, lock_text
from tests.made_prefixes import SITE, distribution, install, nobody, put
from tests.solving import installed, solved


class Made(NamedTuple):
    """A prefix that is whole, and the lock that it was made from."""

    prefix: Path
    entries: tuple[Entry, ...]


def make(demo: Demo, folder: Path, *wanted: str) -> Made:
    records = solved(demo.channel.url, folder, *wanted)
    entries = tuple(
        Entry(
            each.name.normalized,
            str(each.version),
            build=str(each.build),
            sha256=(each.sha256 or b"").hex(),
            md5=(each.md5 or b"").hex(),
            url=each.url,
        )
        for each in records
    )
    return Made(installed(records, folder / "env"), entries)


@pytest.fixture(scope="module")
def made(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(demo, tmp_path_factory.mktemp("made"), "binary-prefix", "links", "tool")


@pytest.fixture(scope="module")
def made_with_python(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Made:
    if demo.python_missing:
        pytest.skip(f"the running Python can not be repackaged: {demo.python_missing}")
    return make(demo, tmp_path_factory.mktemp("made"), "script-python", "rich")


def rewrite(path: Path, text: str) -> None:
    """Puts a new file in place of the one that other prefixes have, too."""
    path.unlink()
    path.write_text(text)


class Project:
    """A copy of the prefix beside a project with its lock."""

    def __init__(self, folder: Path, made: Made, envtool: Envtool) -> None:
        self.folder = folder
        self.prefix = folder / "env"
        self.entries = made.entries
        self._envtool = envtool
        # Links, for the sake of speed: what is altered is written anew.
        shutil.copytree(made.prefix, self.prefix, symlinks=True, copy_function=os.link)
        self.lock(*made.entries)

    @property
    def site(self) -> Path:
        minor = f"{sys.version_info.major}.{sys.version_info.minor}"
        return self.prefix / f"lib/python{minor}/site-packages"

    def lock(self, *entries: Entry, **keys: tuple[str, ...]) -> None:
        (self.folder / "conda-lock.yml").write_text(lock_text(*entries, **keys))

    def record(self, name: str) -> Path:
        (path,) = (self.prefix / "conda-meta").glob(f"{name}-[0-9]*.json")
        return path

    def edit(self, name: str, **fields: object) -> None:
        path = self.record(name)
        rewrite(path, json.dumps(json.loads(path.read_text()) | fields))

    def verify(self, *arguments: str) -> Run:
        return self._envtool("verify", "--prefix", str(self.prefix), *arguments)


@pytest.fixture
def project(tmp_path: Path, made: Made, envtool: Envtool) -> Project:
    return Project(tmp_path, made, envtool)


@pytest.fixture
def with_python(tmp_path: Path, made_with_python: Made, envtool: Envtool) -> Project:
    return Project(tmp_path, made_with_python, envtool)


def words(run: Run) -> str:
    return " ".join((run.out + run.err).split())


def test_what_was_installed_from_the_lock_passes(project: Project) -> None:
    done = project.verify()
    assert (done.code, done.err) == (0, "")
    assert done.first == "Passed: env"
    assert "judged 4 packages by `conda-lock.yml` (production)" in words(done)
    assert "skipped" not in done.out


def test_python_and_what_it_runs(with_python: Project) -> None:
    assert with_python.verify().code == 0
    python = with_python.prefix / "bin" / "python"
    subprocess.run([python, "-c", "import rich.console"], env={}, check=True)
    assert list(with_python.site.rglob("*.pyc"))
    assert with_python.verify().code == 0
    site = with_python.site.relative_to(with_python.prefix)
    # What conda says of none of them.
    altered = ("bin/script-python", "bin/hello-python", f"{site}/rich/console.py")
    for path in altered:
        rewrite(with_python.prefix / path, "import os")
    (with_python.site / "markdown_it" / "main.py").unlink()
    done = with_python.verify("--expand")
    assert done.code == 1
    for path in altered:
        assert f"is altered: `{path}`" in words(done)
    assert f"is missing: `{site}/markdown_it/main.py`" in words(done)


Damage = Callable[[Project], object]


def alter(path: str) -> Damage:
    return lambda project: rewrite(project.prefix / path, "altered")


def delete(path: str) -> Damage:
    return lambda project: (project.prefix / path).unlink()


def relink(project: Project) -> None:
    (project.prefix / "share/links/soft.txt").unlink()
    (project.prefix / "share/links/soft.txt").symlink_to("empty")


def fifo(project: Project) -> None:
    (project.prefix / "bin/tool").unlink()
    os.mkfifo(project.prefix / "bin/tool")


def traversal(project: Project) -> None:
    entry = {"_path": "../../etc/passwd", "path_type": "hardlink", "sha256": "0" * 64}
    project.edit("tool", paths_data={"paths": [entry]})


def forget(name: str) -> Damage:
    return lambda project: project.record(name).unlink()


def unlock(name: str) -> Damage:
    return lambda project: project.lock(*(each for each in project.entries if each.name != name))


def relock(name: str, **fields: Any) -> Damage:
    def damage(project: Project) -> None:
        entries = (
            each._replace(**fields) if each.name == name else each for each in project.entries
        )
        project.lock(*entries)

    return damage


def base(project: Project) -> None:
    (project.prefix / "condabin").mkdir()
    lines = (
        "==> 1 <==",
        "# update specs: ['python']",
        "==> 2 <==",
        "# cmd: conda install tool",
        "# update specs: ['tool']",
    )
    rewrite(project.prefix / "conda-meta/history", "\n".join(lines))


def pip_package(*needs: str) -> Damage:
    return lambda project: distribution(project.prefix, "added", "1.0", *needs)


def many(project: Project) -> None:
    entries = [{"_path": f"share/x{number}", "path_type": "hardlink"} for number in range(5)]
    project.edit("tool", paths_data={"paths": entries})


ONE = "Failed: 1 error in {prefix}"
TABLE: dict[str, tuple[Damage, int, str, str]] = {
    "altered text": (alter("share/links/real.txt"), 1, ONE, "error[prefix.altered-file] 1 file of `links 2.0` is altered: `share/links/real.txt`"),
    "altered, with a prefix in it": (alter("etc/text-prefix.conf"), 1, ONE, "`text-prefix 2.0` is altered: `etc/text-prefix.conf`"),
    "altered program": (alter("bin/binary-prefix"), 1, ONE, "`binary-prefix 2.0` is altered: `bin/binary-prefix`"),
    "a file is gone": (delete("bin/tool"), 1, ONE, "error[prefix.missing-file] 1 file of `tool 1.1` is missing: `bin/tool`"),
    "a link is gone": (delete("lib/links"), 1, ONE, "1 file of `links 2.0` is missing: `lib/links`"),
    "a link leads elsewhere": (relink, 1, ONE, "`share/links/soft.txt` (leads elsewhere)"),
    "a pipe": (fifo, 1, ONE, "`bin/tool` (is a pipe)"),
    "a path out of the prefix": (traversal, 1, ONE, "`../../etc/passwd` (lies outside of the prefix)"),
    "five files gone": (many, 1, ONE, "5 files of `tool 1.1` are missing: `share/x0`, `share/x1`, `share/x2` and 2 more"),
    "a package is gone": (forget("tool"), 1, ONE, "error[prefix.missing] `tool 1.1` is locked for conda, and not installed"),
    "and is needed": (forget("text-prefix"), 1, "Failed: 2 errors in {prefix}", "error[prefix.unsatisfied] `binary-prefix 2.0` needs `text-prefix >=1.1`, which is not installed"),
    "not locked": (unlock("tool"), 1, ONE, "error[prefix.extra] `tool 1.1` is installed by conda, and not locked fix:"),
    "locked for development": (relock("tool", category="dev"), 1, ONE, "and not locked but in the category `dev` fix:"),
    "of pip": (pip_package(), 1, ONE, "`added 1.0` is installed by pip, and not locked"),
    "of pip, in need": (pip_package("idna>=3"), 1, "Failed: 2 errors in {prefix}", "`added 1.0` needs `idna>=3`, which is not installed"),
    "another version": (relock("tool", version="1.0", url="https://x/linux-64/tool-1.0-h0_0.conda"), 1, ONE, "error[prefix.changed-version] `tool` is installed in version 1.1 instead of 1.0"),
    "another build": (relock("tool", build="h0_1", url="https://x/linux-64/tool-1.1-h0_1.conda"), 1, ONE, "`tool` is installed in build h0_0 instead of h0_1"),
    "another archive": (relock("tool", sha256="f" * 64), 1, ONE, "`tool 1.1` is installed from an archive with another SHA-256 than the locked one"),
    "constrained": (lambda project: project.edit("tool", constrains=["links <1"]), 1, ONE, "`tool 1.1` goes only with `links <1`, and 2.0 is installed"),
    "base": (base, 0, "Passed: {prefix}, with 1 warning", "warning[prefix.base-dirty] `tool` was installed into conda's own environment by `conda install tool`"),
    "broken record": (lambda project: rewrite(project.record("tool"), "{"), 2, "Not judged: `conda-meta/tool-1.1-h0_0.json` is no JSON", "hint: build it again: `envtool recreate -p "),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "code", "first", "more"), TABLE.values(), ids=TABLE)
def test_what_is_wrong_is_said(
    project: Project, damage: Damage, code: int, first: str, more: str
) -> None:
    damage(project)
    done = project.verify()
    assert done.code == code
    assert done.first == first.format(prefix="env")
    assert more in words(done)


def test_findings_of_many_packages_are_folded(project: Project) -> None:
    for each in project.entries:
        project.edit(each.name, sha256="f" * 64)
    done = project.verify()
    assert done.first == "Failed: 4 errors in env"
    assert "4 packages are installed otherwise than locked binary-prefix: an archive" in words(done)


def test_base_by_pip(project: Project) -> None:
    (project.prefix / "envs").mkdir()
    distribution(project.prefix, "added", "1.0")
    assert "`added` was installed into conda's own environment by pip" in words(project.verify())


def test_without_a_project_the_lock_is_not_asked(project: Project) -> None:
    (project.folder / "conda-lock.yml").unlink()
    done = project.verify()
    assert done.code == 0
    assert "skipped: environment check (no lock around here)" in done.out
    alter("bin/tool")(project)
    assert project.verify().code == 1


def test_a_project_without_a_lock(project: Project) -> None:
    (project.folder / "conda-lock.yml").unlink()
    (project.folder / "environment.yml").write_text("dependencies: [tool]\n")
    assert "skipped: environment check (the project has no lock)" in project.verify().out


def test_rules_that_are_not_asked_for_look_at_nothing(project: Project) -> None:
    alter("bin/tool")(project)
    (project.folder / "conda-lock.yml").write_text("version: 9\n")
    done = project.verify("--select", "prefix.unsatisfied")
    assert done.code == 0
    assert "skipped" not in done.out
    assert project.verify("--ignore", "prefix.altered-file").code == 2
    (project.folder / "envtool.toml").write_text('[rules]\n"prefix.altered-file" = "off"\n')
    (project.folder / "conda-lock.yml").unlink()
    assert project.verify().code == 0


def test_a_lock_for_other_platforms(project: Project) -> None:
    project.lock(
        *(each._replace(platform="osx-arm64") for each in project.entries), platforms=("osx-arm64",)
    )
    done = project.verify()
    assert done.code == 2
    assert (
        done.first == "Not judged: `conda-lock.yml` is for osx-arm64, and the prefix for linux-64"
    )
    assert "hint: lock for it, too: `envtool lock --platform linux-64`" in done.out
    alter("bin/tool")(project)
    assert project.verify().first.endswith("; 1 error in env")


def test_a_lock_of_nothing(project: Project) -> None:
    project.lock(platforms=())
    assert (
        project.verify().first
        == "Not judged: `conda-lock.yml` is for no platform, and the prefix for linux-64"
    )


def test_the_development_layer_comes_on_top(project: Project) -> None:
    relock("tool", category="dev")(project)
    assert project.verify("--environment", "development").code == 0
    done = project.verify("--environment", "docs")
    assert done.code == 2
    assert "the lock has no environment `docs`" in words(done)
    assert "hint: it has `development`, `production`" in words(done)


def test_a_named_lock(project: Project) -> None:
    lines = [f"{each.url}#sha256:{each.sha256}" for each in project.entries]
    (project.folder / "linux.lock").write_text(
        "\n".join(["# platform: linux-64", "@EXPLICIT", *lines])
    )
    (project.folder / "conda-lock.yml").unlink()
    done = project.verify("linux.lock")
    assert (done.code, done.first) == (0, "Passed: env")
    assert "judged 4 packages by `linux.lock` (production)" in words(done)


def test_a_file_that_is_no_lock(project: Project) -> None:
    (project.folder / "e.yml").write_text("dependencies: [tool]\n")
    done = project.verify("e.yml")
    assert (done.code, done.first) == (2, "Not judged: `e.yml` is no lock")
    assert project.verify("missing.lock").first.startswith(
        "Not judged: `missing.lock` does not exist"
    )
    assert project.verify("missing/").code == 2


PIXI = """\
version: 6
environments:
  default:
    channels: [{url: 'https://c/'}]
    packages:
      linux-64: [{conda: 'https://c/linux-64/tool-1.1-h0_0.conda'}]
  test:
    channels: [{url: 'https://c/'}]
    packages:
      linux-64: [{conda: 'https://c/linux-64/tool-1.0-h0_0.conda'}]
packages:
- {conda: 'https://c/linux-64/tool-1.1-h0_0.conda', sha256: %s}
- {conda: 'https://c/linux-64/tool-1.0-h0_0.conda', sha256: %s}
"""


def test_each_environment_of_pixi_is_one_of_its_own(tmp_path: Path, envtool: Envtool) -> None:
    (tmp_path / "pixi.lock").write_text(PIXI % ("0" * 64, "0" * 64))
    install(tmp_path / "env", "tool", "1.1")
    assert envtool("verify", "-p", "env").code == 0
    done = envtool("verify", "-p", "env", "--environment", "test")
    assert "version 1.1 instead of 1.0" in words(done)
    done = envtool("verify", "-p", "env", "--environment", "docs")
    assert done.code == 2
    assert "hint: it has `default`, `test`" in done.err


def test_an_environment_by_its_name(
    tmp_path: Path, envtool: Envtool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONDA_EXE", "CONDARC", "CONDA_ENVS_DIRS", "CONDA_ENVS_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MAMBA_ROOT_PREFIX", str(tmp_path / "root"))
    install(tmp_path / "root/envs/mine", "tool", subdir="noarch")
    (tmp_path / "conda-lock.yml").write_text(lock_text())
    done = envtool("verify", "-n", "mine")
    assert done.code == 1
    assert "`tool 1.0` is installed by conda, and not locked" in words(done)
    install(tmp_path / ".envtool/envs/development", "tool")
    done = envtool("verify", "--environment", "production")
    assert (done.code, done.out) == (2, "")
    told = "error: there is no environment at `.envtool/envs/production` hint: build it: `envtool r"
    assert words(done).startswith(told)


def test_an_empty_environment_passes(tmp_path: Path, envtool: Envtool) -> None:
    (tmp_path / "env/conda-meta").mkdir(parents=True)
    (tmp_path / "conda-lock.yml").write_text(lock_text())
    assert envtool("verify", "-p", "env").code == 0


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "nothing there": (("-p", "no"), "there is no prefix"),
    "path and name": (("-p", "env", "-n", "x"), "a prefix has a path or a name"),
    "fix": (("-p", "env", "--fix"), "`--fix` is about environment files, and no prefix"),
    "recursive": (("-p", "env", "-r"), "`--recursive` is about environment files"),
    "new only": (("-p", "env", "--new-only"), "`--new-only` is about environment files"),
    "two projects": (("-p", "env", "a", "b"), "a prefix is judged by one project, or one lock"),
    "no project there": (("-p", "env", "env"), "no environment file: looked for"),
    "no rule": (("-p", "env", "--select", "pins"), "no rule on prefixes is left to run"),
    "no such rule": (("-p", "env", "--select", "x.y"), "there is no rule or family `x.y`"),
    "base": (("-n", "base"), "the base environment is conda's own and stays as it is"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_command_lines_that_mean_nothing(
    tmp_path: Path, envtool: Envtool, arguments: tuple[str, ...], message: str
) -> None:
    install(tmp_path / "env", "tool")
    done = envtool("verify", *arguments)
    assert done.code == 2
    assert message in words(done)


def test_rules_on_prefixes_need_one(tmp_path: Path, envtool: Envtool) -> None:
    (tmp_path / "environment.yml").write_text(
        "channels: [conda-forge]\ndependencies: [python=3.12]\n"
    )
    done = envtool("verify", "--select", "prefix")
    assert done.code == 2
    assert "hint: `prefix.missing` is about an installed prefix: name one with `--prefix`" in words(
        done
    )


def test_rules_of_an_audit_are_not_judged_by_files(tmp_path: Path, envtool: Envtool) -> None:
    (tmp_path / "environment.yml").write_text("dependencies: [python=3.12]\n")
    done = envtool("verify", "--select", "signatures")
    assert done.code == 2
    assert "hint: `signatures.missing` is judged by `envtool audit`" in words(done)


def test_a_policy_that_can_not_be_read(tmp_path: Path, envtool: Envtool) -> None:
    install(tmp_path / "env", "tool")
    (tmp_path / "envtool.toml").write_text("profile = 7\n")
    for arguments in ((), ("--fail-on", "warning")):
        done = envtool("verify", "-p", "env", *arguments)
        assert done.code == 2
        assert done.first.startswith("Not judged: `envtool.toml`: ")


WAIVER = """\
[[waivers]]
rule = "prefix.extra"
package = "tool"
reason = "until the next image"
owner = "ops"
expires = {}
"""


def test_findings_can_be_waived(tmp_path: Path, envtool: Envtool) -> None:
    install(tmp_path / "env", "tool")
    (tmp_path / "conda-lock.yml").write_text(lock_text())
    (tmp_path / "envtool.toml").write_text(WAIVER.format("2026-12-31"))
    assert envtool("verify", "-p", "env", "--as-of", "2026-12-01").first.endswith("with 1 waived")
    assert envtool("verify", "-p", "env", "--as-of", "2027-01-01").code == 1
    # Where no prefix is judged nobody can say that it is of no use.
    (tmp_path / "environment.yml").write_text(
        "channels: [conda-forge]\ndependencies: [python=3.12]\n"
    )
    assert "waivers.unused" not in envtool("verify", "--as-of", "2026-12-01").out


def test_what_can_not_be_opened_is_a_failure(tmp_path: Path, envtool: Envtool) -> None:
    files = {f"share/{name}": b"x" for name in "abcde"}
    install(tmp_path / "env", "tool", files=files)
    for number, expected in (
        (1, "1 file can not be read: `share/a` (permission denied)"),
        (5, "`share/c` (permission denied) and 2 more"),
    ):
        for path in list(files)[:number]:
            (tmp_path / "env" / path).chmod(0)
        with nobody(tmp_path):
            done = envtool("verify", "-p", "env")
        assert done.code == 2
        assert expected in words(done)
        assert "hint: verify as the owner of the prefix" in done.out


HOSTILE = "a\x1b[31m\n::error::%0Ab\u202e[bold]"


@pytest.mark.parametrize(
    "output", ["text", "json", "github", "junit", "markdown", "sarif", "gitlab"]
)
def test_hostile_names_stay_harmless(tmp_path: Path, envtool: Envtool, output: str) -> None:
    path = install(tmp_path / "env", "tool", "1\x1b[31m", files={"share/x": b"x"})
    record = json.loads(path.read_text())
    record["paths_data"]["paths"].append({"_path": f"share/{HOSTILE}", "path_type": "hardlink"})
    record["depends"] = [HOSTILE]
    path.write_text(json.dumps(record))
    done = envtool("verify", "-p", "env", "-o", output)
    assert done.code == 1
    assert "\x1b" not in done.out
    assert "\n::error::" not in done.out


def test_the_report_for_programs(project: Project) -> None:
    alter("bin/tool")(project)
    delete("lib/links")(project)
    data = json.loads(project.verify("-o", "json").out)["data"]
    assert data["files"] == [{"path": "env", "role": "prefix", "profile": "recommended"}]
    prefix = data["prefix"]
    assert prefix["damages"] == [
        {"package": "links", "path": "lib/links", "harm": "missing", "why": None},
        {"package": "tool", "path": "bin/tool", "harm": "altered", "why": None},
    ]
    assert (prefix["platform"], prefix["lock"], prefix["environment"]) == (
        "linux-64",
        "conda-lock.yml",
        "production",
    )
    assert (prefix["packages"], prefix["files"]) == (4, 12)


def test_nothing_is_written_and_nothing_is_run(project: Project) -> None:
    before = {path: path.lstat().st_mtime_ns for path in project.folder.rglob("*")}
    put(project.prefix / SITE / "sitecustomize.py", b"open('ran', 'w')")
    project.verify()
    left = {path: path.lstat().st_mtime_ns for path in before}
    assert {path for path in before if left[path] != before[path] and not path.is_dir()} == set()
    assert not (project.folder / "ran").exists()
