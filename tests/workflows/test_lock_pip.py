"""`envtool lock` on `pip:` sections, with the real uv and an index on the loopback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from envtool.adapters.uv import UvResolver
from envtool.adapters.yaml_events import EventYaml
from envtool.domain.lock_reader import read_lock
from envtool.domain.locks import LockedPackage
from envtool.domain.pip_solving import PipProblem
from envtool.errors import ToolError
from tests.channels import record, write_records
from tests.conftest import Envtool, Run
from tests.index import Dist, Index, serving

LINUX, MAC, WINDOWS = "linux-64", "osx-arm64", "win-64"
PYTHONS = [record("python", "3.12.4", subdir=each) for each in (LINUX, MAC, WINDOWS)]
RECORDS = (
    *PYTHONS,
    record("pip", "24.0", "python"),
    record("certifi", "2099.1.1", "python"),
    record("_odd", "1.0"),
    record("letters", "1.1.1w"),
    record("helper", "1.0", "python"),
    record("checker", "1.0", "helper"),
)
DISTS = (
    Dist("requests", "2.0", ("certifi>=2020", "idna")),
    Dist("requests", "1.0", ("idna",)),
    Dist("certifi", "2026.1"),
    Dist("idna", "3.0"),
    Dist("idna", "3.1"),
    Dist("helper", "1.0"),
    Dist("needs_helper", "1.0", ("helper",)),
    Dist("needs_letters", "1.0", ("letters>=1",)),
    Dist("needs_old", "1.0", ("certifi<2000",)),
    Dist("windows_only", "1.0"),
    Dist("compiled", "1.0", tag="cp312-cp312-manylinux_2_28_x86_64"),
    Dist("compiled", "1.0", tag="cp312-cp312-manylinux_2_17_x86_64"),
    Dist("compiled", "1.0", tag="cp39-abi3-manylinux_2_28_x86_64"),
    Dist("compiled", "1.0", tag="cp312-cp312-macosx_11_0_arm64"),
    Dist("compiled", "1.0", tag="py3-none-any"),
    Dist("source_only", "1.0", tag=None),
    Dist("helper", "2.0", ("idna; extra == 'fast'",)),
    Dist("early", "2.0rc1"),
    Dist("early", "1.0"),
)


class Shop(NamedTuple):
    folder: Path
    run: Envtool
    channel: str
    pypi: Index

    def write(self, *lines: str, conda: tuple[str, ...] = ("python", "pip"), **more: Any) -> None:
        name = more.get("name", "environment.yml")
        platforms = ", ".join(more.get("platforms", (LINUX,)))
        listed = "".join(f"  - {line}\n" for line in conda)
        pip = "".join(f"    - {line}\n" for line in lines)
        head = f"channels: [{self.channel}]\nplatforms: [{platforms}]\n"
        text = f"{head}dependencies:\n{listed}" + (f"  - pip:\n{pip}" if lines else "")
        (self.folder / name).write_text(text)

    def packages(self, manager: str = "pip") -> list[LockedPackage]:
        text = (self.folder / "conda-lock.yml").read_text()
        found = read_lock(text, "conda-lock.yml", EventYaml().parse)
        assert found is not None
        return [each for each in found.packages if each.manager == manager]

    def versions(self) -> dict[str, str]:
        return {each.name: each.version for each in self.packages()}


@pytest.fixture
def shop(tmp_path: Path, envtool: Envtool, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with serving(*DISTS) as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        monkeypatch.setenv("UV_INSECURE_HOST", "127.0.0.1")
        yield Shop(tmp_path, envtool, write_records(tmp_path / "channel", RECORDS), index)


def test_pip_packages_stand_beside_conda_s_and_never_twice(shop: Shop) -> None:
    shop.write("requests", conda=("python", "pip", "certifi", "_odd"))
    run = shop.run("lock")
    assert (run.code, run.first) == (0, "Locked 6 packages for linux-64")
    requests, idna = sorted(shop.packages(), key=lambda each: -len(each.name))
    assert (requests.name, requests.version) == ("requests", "2.0")
    assert (
        requests.url == f"{shop.pypi.url.removesuffix('simple')}files/requests-2.0-py3-none-any.whl"
    )
    assert len(requests.sha256) == len(idna.sha256) == 64
    assert dict(requests.dependencies) == {"certifi": "", "idna": ""}
    assert shop.run("lock").first == "Up to date: 6 packages for linux-64"


def test_pip_packages_are_held_too(shop: Shop) -> None:
    shop.write("idna==3.0")
    assert shop.run("lock").code == 0
    shop.write("idna", "requests")
    run = shop.run("lock")
    assert "added    requests (pip)" in " ".join(run.out.split(" ")).replace(
        "  requests", "  requests"
    )
    assert shop.versions()["idna"] == "3.0"
    shop.write("idna>=3.1", "requests")
    assert shop.run("lock").code == 0
    assert shop.versions()["idna"] == "3.1"


def test_markers_and_wheels_are_those_of_each_platform(shop: Shop) -> None:
    shop.write("compiled", "windows_only; sys_platform == 'win32'", platforms=(LINUX, MAC, WINDOWS))
    assert shop.run("lock").code == 0
    files = {(each.platform, each.name): each.url.rpartition("/")[2] for each in shop.packages()}
    assert files == {
        (LINUX, "compiled"): "compiled-1.0-cp312-cp312-manylinux_2_28_x86_64.whl",
        (MAC, "compiled"): "compiled-1.0-cp312-cp312-macosx_11_0_arm64.whl",
        (WINDOWS, "compiled"): "compiled-1.0-py3-none-any.whl",
        (WINDOWS, "windows-only"): "windows_only-1.0-py3-none-any.whl",
    }


def test_a_platform_may_have_no_line_at_all(shop: Shop) -> None:
    shop.write("idna  # [osx]", platforms=(LINUX, MAC))
    assert shop.run("lock").code == 0
    assert [(each.platform, each.name) for each in shop.packages()] == [(MAC, "idna")]


def test_another_index_comes_to_the_usual_one(shop: Shop) -> None:
    with serving(Dist("private", "1.0")) as other:
        shop.write("private", "idna")
        path = shop.folder / "environment.yml"
        path.write_text(f"pip-repositories: ['{other.url}']\n{path.read_text()}")
        assert shop.run("lock").code == 0
        assert shop.versions() == {"private": "1.0", "idna": "3.1"}


def test_development_stands_on_what_production_has(shop: Shop) -> None:
    shop.write("idna==3.0")
    shop.write("requests", conda=("certifi",), name="environment-dev.yml")
    assert shop.run("lock").code == 0
    categories = {each.name: (each.version, each.category) for each in shop.packages()}
    assert categories == {"idna": ("3.0", "main"), "requests": ("2.0", "dev")}


def test_an_extra_of_a_conda_package_brings_what_it_needs(shop: Shop) -> None:
    newer = [*RECORDS, record("helper", "2.0", "python"), record("helper", "3.0", "python")]
    write_records(shop.folder / "channel", newer)
    shop.write("helper[fast]", conda=("python", "pip", "helper=2.0"))
    assert shop.run("lock").code == 0
    assert shop.versions() == {"idna": "3.1"}
    shop.write("helper[fast]", conda=("python", "pip", "helper=3.0"))
    assert shop.run("lock").code == 3


def test_variables_that_choose_packages_have_no_say(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_RESOLUTION", "lowest")
    monkeypatch.setenv("UV_PRERELEASE", "allow")
    (shop.folder / "uv.toml").write_text('resolution = "lowest"\n')
    shop.write("requests", "early")
    assert shop.run("lock").code == 0
    assert (shop.versions()["requests"], shop.versions()["early"]) == ("2.0", "1.0")


def test_what_development_has_from_conda_production_has_from_there_too(shop: Shop) -> None:
    shop.write("needs_helper")
    shop.write("idna", conda=("checker",), name="environment-dev.yml")
    run = shop.run("lock")
    assert "production takes `helper` from conda and not from pip" in " ".join(run.out.split())
    conda = {each.name: each.category for each in shop.packages("conda")}
    assert conda == {"python": "main", "pip": "main", "helper": "main", "checker": "dev"}
    assert {each.name: each.category for each in shop.packages()} == {
        "needs-helper": "main",
        "idna": "dev",
    }


def test_several_categories_have_what_they_need(shop: Shop) -> None:
    shop.write("idna")
    for name, line in (("docs", ("needs_helper", "helper")), ("test", ("requests",))):
        shop.write(*line, conda=("certifi",), name=f"environment-{name}.yml")
        path = shop.folder / f"environment-{name}.yml"
        path.write_text(f"category: {name}\n{path.read_text()}")
    (shop.folder / "envtool.toml").write_text(
        '[files]\ndevelopment = ["environment-docs.yml", "environment-test.yml"]\n'
    )
    assert shop.run("lock").code == 0
    assert {each.name: each.category for each in shop.packages()} == {
        "idna": "main",
        "needs-helper": "docs",
        "helper": "docs",
        "requests": "test",
    }


PROJECT = '[project]\nname = "mine"\nversion = "1"\n'


@pytest.mark.parametrize("line", ["-e .", "-e ./[more]", ".", "-e ./lib"])
def test_of_a_project_in_a_folder_what_it_needs_is_locked(shop: Shop, line: str) -> None:
    table = (
        f'{PROJECT}dependencies = ["requests<2", "mine[base]"]\n'
        '[project.optional-dependencies]\nbase = ["idna==3.0", "mine[base]"]\nmore = ["windows_only"]\n'
    )
    for folder in (shop.folder, shop.folder / "lib"):
        folder.mkdir(exist_ok=True)
        (folder / "pyproject.toml").write_text(table)
    shop.write(f'"{line}"')
    assert shop.run("lock").code == 0
    more = {"windows-only": "1.0"} if "more" in line else {}
    assert shop.versions() == {"requests": "1.0", "idna": "3.0"} | more
    for folder in (shop.folder, shop.folder / "lib"):
        (folder / "pyproject.toml").write_text(table.replace("requests<2", "requests==2.0"))
    assert shop.run("lock", "--check").code == 1


@pytest.mark.parametrize(
    ("lines", "reason", "hint"),
    [
        (("source_only",), "`source-only` comes only as source", "take it as a conda package"),
        (("requests==9",), "there is no version of requests==9", "loosen one of these lines"),
        (("nobody-has-this",), "nobody-has-this was not found", "loosen one of these lines"),
        (("needs_old",), "certifi", "loosen one of these lines"),
        (("git+https://example.org/x.git",), "is built from a repository", "name a release that has a wheel"),
        (("x @ https://example.org/x.tar.gz",), "`x` is built from source", "name a release that has a wheel"),
        (("./x-1.0-py3-none-any.whl",), "is a file of this machine", "--find-links FOLDER"),
        (("-e ./nowhere",), "does not exist", "[project] dependencies"),
        (("-e ./dynamic",), "only known when its code is run", "[project] dependencies"),
        (("-e ./setup",), "has no table `[project]`", "[project] dependencies"),
        (("-e ./broken",), "broken/pyproject.toml", "mend it there"),
        (("-e ./no-toml",), "no-toml/pyproject.toml", "[project] dependencies"),
        (("requests --hash=sha256:" + "0" * 64,), "has one of the hashes", "right hash"),
    ],
)  # fmt: skip
def test_what_has_no_solution_says_why(
    shop: Shop, lines: tuple[str, ...], reason: str, hint: str
) -> None:
    projects = {
        "dynamic": f'{PROJECT}dynamic = ["dependencies"]\n',
        "setup": "[build-system]\n",
        "broken": f'{PROJECT}dependencies = ["=="]\n',
        "no-toml": "[",
    }
    for name, text in projects.items():
        (shop.folder / name).mkdir()
        (shop.folder / name / "pyproject.toml").write_text(text)
    shop.write(*lines, conda=("python", "pip", "certifi"))
    run = shop.run("lock")
    told = " ".join(run.out.split())
    assert run.code == 3
    assert run.first == "Unsatisfiable: the `pip:` section has no solution on linux-64"
    assert reason in told
    assert hint in told
    assert not (shop.folder / "conda-lock.yml").exists()


def test_without_python_there_is_nothing_to_resolve_for(shop: Shop) -> None:
    write_records(shop.folder / "channel", [record("pip", "24.0"), record("tool", "1.0")])
    shop.write("idna", conda=("tool",), platforms=(LINUX, MAC))
    run = shop.run("lock")
    assert (run.code, run.first) == (
        3,
        "Unsatisfiable: the `pip:` section has no solution on linux-64, osx-arm64",
    )
    assert "list `python` under `dependencies:`" in " ".join(run.out.split())


def test_options_of_pip_count(shop: Shop) -> None:
    (shop.folder / "more.txt").write_text("idna\n")
    (shop.folder / "limits.txt").write_text("idna<3.1\n")
    (shop.folder / "wheels").mkdir()
    local = Dist("local_only", "1.0")
    (shop.folder / "wheels" / local.file).write_bytes(local.content)
    shop.write("-r more.txt", "-c limits.txt", "early", "--pre", "--prefer-binary", "letters")
    assert shop.run("lock").code == 3
    shop.write("-r more.txt", "-c limits.txt", "early", "--pre", "--prefer-binary")
    assert shop.run("lock").code == 0
    assert shop.versions() == {"idna": "3.0", "early": "2.0rc1"}
    (shop.folder / "conda-lock.yml").unlink()
    shop.write("early", f"--index-url {shop.pypi.url}", "--find-links wheels")
    assert shop.run("lock").code == 0
    assert shop.versions() == {"early": "1.0"}
    shop.write("early", "--no-index")
    assert shop.run("lock").code == 3


def test_a_version_that_pip_can_not_read_is_there_all_the_same(shop: Shop) -> None:
    shop.write("needs_letters", conda=("python", "pip", "letters"))
    assert shop.run("lock").code == 0
    assert shop.versions() == {"needs-letters": "1.0"}


def test_a_wheel_by_its_url(shop: Shop) -> None:
    url = f"{shop.pypi.url.removesuffix('simple')}files/idna-3.0-py3-none-any.whl"
    shop.write(f"idna @ {url}", f"{url}; sys_platform == 'linux'")
    assert shop.run("lock").code == 0
    (idna,) = shop.packages()
    assert (idna.version, idna.url) == ("3.0", url)


@pytest.mark.parametrize(
    ("faults", "code", "error"),
    [
        ({"status": 500}, 5, "out of reach"),
        ({"password": "x"}, 5, "does not admit you: status 401"),
    ],
)
def test_an_index_that_fails(shop: Shop, faults: dict[str, Any], code: int, error: str) -> None:
    shop.pypi.faults.update(faults)
    shop.write("idna")
    run = shop.run("lock")
    assert (run.code, error in " ".join(run.err.split())) == (code, True), run
    assert not (shop.folder / "conda-lock.yml").exists()


def test_an_index_that_does_not_answer_ends(shop: Shop) -> None:
    shop.pypi.faults["stall"] = 3
    problem = PipProblem(platform=LINUX, python="3.12.4", lines=("idna",))
    with pytest.raises(Exception, match="did not answer within 1 s"):
        UvResolver(timeout=1).solve([problem])


def test_an_index_that_is_not_there(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://somebody:canary@127.0.0.1:9/simple")
    shop.write("idna")
    run = shop.run("lock")
    assert (run.code, "out of reach" in run.err) == (5, True)
    assert "canary" not in run.err + run.out


def test_a_platform_that_has_no_wheels_at_all() -> None:
    (answer,) = UvResolver().solve([PipProblem(platform="zos-z", python="3.12", lines=("x",))])
    assert "nobody makes wheels for zos-z" in answer[0]


@pytest.mark.usefixtures("shop")
def test_without_network_and_without_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = PipProblem(platform=LINUX, python="3.12.4", lines=("idna",))
    with pytest.raises(Exception, match="out of reach"):
        UvResolver(offline=True).solve([problem])
    monkeypatch.setitem(__import__("sys").modules, "uv", None)
    with pytest.raises(ToolError, match="uv is not installed"):
        UvResolver().solve([problem])


def test_credentials_of_an_index_are_in_no_lock(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.pypi.faults["password"] = "canary"  # noqa: S105 - nobody's
    secret = shop.pypi.url.replace("//", "//somebody:canary@")
    monkeypatch.setenv("UV_DEFAULT_INDEX", secret)
    shop.write("idna")
    run: Run = shop.run("lock")
    assert run.code == 0
    assert "canary" not in (shop.folder / "conda-lock.yml").read_text() + run.out + run.err
