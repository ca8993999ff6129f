"""`envtool verify --fix`: what becomes of files, to the byte."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from envtool.adapters import connect
from envtool.adapters.disk import Disk
from envtool.errors import UnreadableError
from envtool.workflows import mending
from envtool.workflows.fix import FixRequest, fix
from envtool.workflows.verify import VerifyRequest
from tests.conftest import Envtool
from tests.judging import TODAY
from tests.locking import Entry, lock_text
from tests.mending import DEPS, DEV, PLAIN, everything, read, write

LOCKED = lock_text(
    Entry("numpy", "1.26.4"),
    Entry("numpy", "1.26.4", "osx-64"),
    Entry("pytz", "2024.1"),
    Entry("pytz", "2024.1", "osx-64", build="h1"),
    Entry("zlib", "1.3"),
    Entry("scipy", "1.1"),
    Entry("scipy", "1.2", "osx-64"),
    Entry("odd", "1.0"),
    Entry("odd", "1.0", "osx-64"),
    platforms=("linux-64", "osx-64"),
)
STRICT = "[pins]\nlock-satisfies = false\nproduction = 'full'\npackages = {odd = 'build', pytz = 'build'}\n"


@pytest.mark.parametrize(
    ("line", "pinned", "reason"),
    [
        ("numpy", "numpy=1.26.4", ""),
        ("Numpy >=1.20  # x", "Numpy=1.26.4  # x", ""),
        ("'conda-forge::numpy>1'", "'conda-forge::numpy=1.26.4'", ""),
        ("zlib # [linux]", "zlib==1.3 # [linux]", ""),
        ("odd", "odd=1.0=h0_0", ""),
        ("pytz", None, "the lock holds another build on each platform"),
        ("numpy>=2", None, "the lock holds 1.26.4, which the line does not allow"),
        ("scipy", None, "the lock holds another version on each platform"),
        ("zlib", None, "the lock does not hold it on every platform"),
        ("nothing", None, "the lock does not hold it on every platform"),
        ("zlib # [win]", None, "no lock holds it"),
        ("numpy * py_0", None, "it asks for more than a version"),
    ],
)
def test_pins_to_what_is_locked(
    envtool: Envtool, tmp_path: Path, line: str, pinned: str | None, reason: str
) -> None:
    before = f"{DEPS}- {line}\n"
    write(tmp_path, {"environment.yml": before, "conda-lock.yml": LOCKED, "envtool.toml": STRICT})
    arguments = ("verify", "--fix", "--select", "pins.direct", "-o", "json")
    safe = json.loads(envtool(*arguments).out)
    assert safe["data"]["mended"] == []
    if pinned is not None:
        assert safe["skipped"] == [{"what": "1 mend", "reason": "`--unsafe-fixes` makes them, too"}]
    done = json.loads(envtool(*arguments, "--unsafe-fixes").out)
    after = (tmp_path / "environment.yml").read_text()
    if pinned is None:
        assert after == before
        assert done["skipped"][-1]["reason"] == reason
    else:
        assert after == f"{DEPS}- {pinned}\n"
        assert done["findings"] == []
        assert done["data"]["mended"][0]["safe"] is False


def test_a_lock_with_an_unreadable_version(envtool: Envtool, tmp_path: Path) -> None:
    lock = lock_text(Entry("numpy", "not a version"))
    write(tmp_path, {"environment.yml": DEPS + "- numpy>=1\n", "conda-lock.yml": lock})
    done = envtool("verify", "--fix", "--unsafe-fixes", "--profile", "strict")
    assert "the lock holds not a version, which the line does not allow" in " ".join(
        done.out.split()
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("channels: [defaults]\ndependencies: [a=1]", "channels: [conda-forge]\ndependencies: [a=1]"),
        ("channels:\n- 'defaults'  # x\n- b\ndependencies: [a=1]", "channels:\n- 'conda-forge'  # x\n- b\ndependencies: [a=1]"),
        ("channels:\n- b\n- defaults\n- conda-forge\ndependencies: [a=1]", "channels:\n- b\n- conda-forge\ndependencies: [a=1]"),
        ("channels: [defaults, anaconda, b]\ndependencies: [a=1]", "channels: [conda-forge, b]\ndependencies: [a=1]"),
        ("channels: [conda-forge, https://repo.anaconda.com/pkgs/main]\ndependencies: [a=1]", "channels: [conda-forge]\ndependencies: [a=1]"),
        ("# top\ndependencies: [a=1]", "# top\nchannels:\n  - conda-forge\ndependencies: [a=1]"),
        ("name: x\r\n# all\r\n'dependencies':\r\n- a=1", "name: x\r\nchannels:\r\n  - conda-forge\r\n# all\r\n'dependencies':\r\n- a=1"),
        ("channels: []\ndependencies: [a=1]", None),
        ("{dependencies: [a=1]}", None),
        ("channels: &c [defaults]\nx: *c\ndependencies: [a=1]", None),
    ],
)  # fmt: skip
def test_channels(envtool: Envtool, tmp_path: Path, before: str, after: str | None) -> None:
    write(tmp_path, {"environment.yml": before})
    arguments = ("verify", "--fix", "--select", "channels.defaults", "-o", "json")
    assert json.loads(envtool(*arguments).out)["data"]["mended"] == []
    done = json.loads(envtool(*arguments, "--unsafe-fixes").out)
    assert (tmp_path / "environment.yml").read_bytes().decode() == (after or before)
    assert bool(done["findings"]) is (after is None)


MIXED = "name: x\nchannels: [conda-forge]\ndependencies:\n- python=3.12\n- a=*\n- pytest=8\nprefix: /x\n"


def test_what_people_read(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"environment.yml": MIXED})
    done = envtool("verify", "--fix")
    assert done.code == 0
    assert done.out.startswith(
        "Mended 3 findings in `environment.yml`\n"
        "  environment.yml:5: Replaced `a=*` by `a` [pins.wildcard]\n"
        "  environment.yml:6: Moved `pytest=8` to `environment-dev.yml`"
        " [env.dev-tool-in-production]\n"
        "  environment.yml:7: Removed the line `prefix:` [env.prefix-key]\n"
        "\n"
        "Passed: environment.yml and environment-dev.yml, with 1 warning\n"
        "\n"
        "environment.yml\n"
        "  5: warning[pins.direct] `a` has no pin\n"
    )
    assert envtool("verify", "--fix").first.startswith("Passed: environment.yml and")


def test_the_exit_status_is_that_of_what_remains(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"environment.yml": MIXED})
    done = envtool("verify", "--fix", "--fail-on", "warning")
    assert done.code == 1
    assert envtool("verify", "--fix", "--fail-on", "error").code == 0


def test_a_diff_writes_nothing(envtool: Envtool, tmp_path: Path) -> None:
    variables = "variables: {DB_PASSWORD: hunter-two}\n"
    write(tmp_path, {"environment.yml": MIXED + variables})
    before = everything(tmp_path)
    done = envtool("verify", "--fix", "--diff", "--fail-on", "error", "--ignore", "secrets")
    assert everything(tmp_path) == before
    assert done.code == 1
    assert done.out == (
        "--- environment.yml\n+++ environment.yml\n@@ -2,7 +2,5 @@\n"
        " channels: [conda-forge]\n dependencies:\n - python=3.12\n"
        "-- a=*\n-- pytest=8\n-prefix: /x\n+- a\n"
        " variables: {DB_PASSWORD: ***}\n"
        "--- /dev/null\n+++ environment-dev.yml\n@@ -0,0 +1,5 @@\n"
        "+name: x-dev\n+channels:\n+  - conda-forge\n+dependencies:\n+  - pytest=8\n"
    )
    assert done.err == "Would mend 3 findings in `environment.yml`\n"
    data = json.loads(envtool("verify", "--fix", "--diff", "-o", "json").out)
    assert data["data"]["diff"] == done.out
    assert len(data["data"]["mended"]) == 3


def test_a_diff_of_nothing(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"environment.yml": DEPS + "- a\n"})
    done = envtool("verify", "--fix", "--diff", "--fail-on", "warning")
    assert (done.code, done.out, done.err) == (0, "", "Nothing to mend\n")
    assert envtool("verify", "--fix", "--diff", "x.yml").code == 2


@pytest.mark.parametrize("option", ["--diff", "--unsafe-fixes"])
def test_options_that_need_fix(envtool: Envtool, tmp_path: Path, option: str) -> None:
    write(tmp_path, {"environment.yml": MIXED})
    done = envtool("verify", option)
    assert done.code == 2
    assert done.first == f"error: `{option}` means nothing without `--fix`"
    assert f"hint: type both: `envtool verify --fix {option}`" in done.err


def test_standard_input(envtool: Envtool, tmp_path: Path) -> None:
    text = b"\xef\xbb\xbfdependencies: [a=*, pytest=8]\r\nprefix: x\r\n"
    done = envtool("verify", "--fix", "-", stdin=text)
    assert done.out == "\ufeffdependencies: [a, pytest=8]\r\n"
    assert done.err.startswith("Mended 2 findings in `<stdin>`\n")
    assert "`environment-dev.yml` was not named: type `envtool verify --fix`" in " ".join(
        done.err.split()
    )
    again = envtool("verify", "--fix", "-", "-o", "json=x.json", stdin=b"dependencies: [a=1]")
    assert again.out == "dependencies: [a=1]"
    assert json.loads((tmp_path / "x.json").read_text())["data"]["mended"] == []
    diff = envtool("verify", "--fix", "--diff", "-", stdin=b"dependencies: [a=*]\n")
    assert (
        diff.out
        == "--- <stdin>\n+++ <stdin>\n@@ -1 +1 @@\n-dependencies: [a=*]\n+dependencies: [a]\n"
    )
    assert diff.code == 1


@pytest.mark.parametrize("text", ["[", "#" * (1 << 20) + "#"])
def test_standard_input_that_can_not_be_read_comes_back(envtool: Envtool, text: str) -> None:
    done = envtool("verify", "--fix", "-", stdin=text.encode())
    assert (done.code, done.out) == (2, text)


def test_two_answers_can_not_go_to_stdout(envtool: Envtool) -> None:
    done = envtool("verify", "--fix", "-", "-o", "json", stdin=b"dependencies: [a=*]")
    assert done.code == 2
    assert "write the report to a file: `--output json=FILE`" in done.out


NAMED = "was not named: type `envtool verify --fix`"


def test_a_file_that_was_not_named_is_not_touched(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"environment.yml": PLAIN + "  - pytest=8\n", DEV: DEPS + "- mypy=1\n"})
    before = everything(tmp_path)
    done = envtool("verify", "--fix", "environment.yml")
    assert f"`environment-dev.yml` {NAMED}" in " ".join(done.out.split())
    assert everything(tmp_path) == before
    assert envtool("verify", "--fix", "environment.yml", DEV).first.startswith("Mended 1 finding")
    assert read(tmp_path) == {"environment.yml": PLAIN, DEV: DEPS + "- mypy=1\n- pytest=8\n"}


def test_the_development_file_of_the_policy(envtool: Envtool, tmp_path: Path) -> None:
    policy = "[files]\nproduction = ['prod/*.yml']\ndevelopment = ['*-dev.yml']"
    production = DEPS + "- a=1\n- pytest=8\n"
    write(
        tmp_path, {"prod/x.yml": production, "my-dev.yml": DEPS + "- b=1\n", "envtool.toml": policy}
    )
    assert envtool("verify", "--fix").first == "Mended 1 finding in `prod/x.yml`"
    assert read(tmp_path)["my-dev.yml"] == DEPS + "- b=1\n- pytest=8\n"
    write(tmp_path, {"envtool.toml": policy.replace("*-", "new-"), "prod/x.yml": production})
    assert envtool("verify", "--fix").first == "Mended 1 finding in `prod/x.yml`"
    assert "new-dev.yml" in read(tmp_path)


def test_a_tree_of_projects(envtool: Envtool, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write(tmp_path, {f"{name}/environment.yml": MIXED})
    done = envtool("verify", "-r", "--fix")
    assert done.first == "Mended 9 findings in 3 files"
    assert all((tmp_path / name / DEV).exists() for name in "abc")


@pytest.mark.parametrize(
    ("line", "policy", "arguments"),
    [
        ("- a=* # envtool: ignore[pins.wildcard] meant so", "", ()),
        ("- a=*", "[[waivers]]\nrule='pins'\nreason='x'\nowner='y'\nexpires=2026-12-01", ()),
        ("- a=*", "[rules]\npins = 'off'", ()),
        ("- a=*", "", ("--ignore", "pins")),
        ("- a=*", "", ("--select", "channels")),
    ],
)
def test_only_what_is_reported_is_mended(
    envtool: Envtool, tmp_path: Path, line: str, policy: str, arguments: tuple[str, ...]
) -> None:
    write(tmp_path, {"environment.yml": f"{DEPS}{line}\n", "envtool.toml": policy})
    before = everything(tmp_path)
    done = envtool("verify", "--fix", "--as-of", "2026-11-23", *arguments)
    assert done.first.startswith("Passed")
    assert everything(tmp_path) == before


def test_links_and_permissions_stay(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"real/e.yml": DEPS + "- a=*\n"})
    (tmp_path / "environment.yml").symlink_to("real/e.yml")
    (tmp_path / "real" / "e.yml").chmod(0o640)
    assert envtool("verify", "--fix").first == "Mended 1 finding in `environment.yml`"
    assert (tmp_path / "environment.yml").is_symlink()
    assert stat.S_IMODE(os.stat(tmp_path / "real" / "e.yml").st_mode) == 0o640
    assert (tmp_path / "real" / "e.yml").read_text() == DEPS + "- a\n"


def test_a_mend_that_does_not_hold_does_not_keep_the_others(
    envtool: Envtool, tmp_path: Path
) -> None:
    text = f"prefix: one\n{DEPS}- a=*\n- b=*\n- c=*\nprefix: two\n"
    write(tmp_path, {"environment.yml": text})
    done = json.loads(envtool("verify", "--fix", "-o", "json").out)
    assert (tmp_path / "environment.yml").read_text() == text.replace("=*", "")
    assert len(done["data"]["mended"]) == 3
    what = "mending env.prefix-key in environment.yml:7"
    assert {"what": what, "reason": "the file would not say what was meant"} in done["skipped"]


class Meddled(Disk):
    """A disk on which somebody else writes the file after it was read for the first time."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def read(self, path: str, limit: int) -> bytes:
        data = super().read(path, limit)
        if path.endswith("environment.yml"):
            Path(path).write_text(self._text)
        return data


def request(*paths: str) -> FixRequest:
    return FixRequest(verify=VerifyRequest(paths=paths, today=TODAY))


def test_a_file_that_changes_in_the_meantime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"environment.yml": MIXED})
    tools = replace(connect(), files=Meddled("dependencies: [other]\n"))
    with pytest.raises(UnreadableError, match="was changed in the meantime"):
        fix(tools, request())
    assert read(tmp_path) == {"environment.yml": "dependencies: [other]\n"}


class Full(Disk):
    """A disk that has room for one more file."""

    written = ""

    def write(self, path: str, text: str) -> None:
        if self.written:
            raise UnreadableError(f"`{path}` can not be written: no space left on device")
        self.written = path
        super().write(path, text)


def test_packages_arrive_before_they_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"environment.yml": PLAIN + "  - pytest=8\n"})
    with pytest.raises(UnreadableError, match="no space left"):
        fix(replace(connect(), files=Full()), request())
    assert sorted(read(tmp_path)) == [DEV, "environment.yml"]
    assert "pytest" in read(tmp_path)["environment.yml"]


def test_a_broken_policy_mends_nothing(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"environment.yml": MIXED, "envtool.toml": "profile = 1"})
    before = everything(tmp_path)
    assert envtool("verify", "--fix").code == 2
    assert everything(tmp_path) == before


def test_a_file_beside_a_broken_one_is_mended(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"a.yml": DEPS + "- a=*\n", "b.yml": "["})
    done = envtool("verify", "--fix", "a.yml", "b.yml")
    assert (done.code, done.first) == (2, "Mended 1 finding in `a.yml`")


def test_rounds_end(envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "_MOST_ROUNDS", 1)
    write(tmp_path, {"environment.yml": DEPS + "- a=*\n- a=*\n"})
    done = json.loads(envtool("verify", "--fix", "-o", "json").out)
    assert done["skipped"][-1] == {"what": "further mends", "reason": "there are too many"}
