"""What is read of a prefix and of the project it belongs to."""

from pathlib import Path

import pytest

from envtool.errors import EnvtoolError, UnreadableError, UsageError
from envtool.workflows.activation import Wanted, prepare
from envtool.workflows.prefixes import Where
from tests.running import Recorder, doors, make_prefix

PRODUCTION = ".envtool/envs/production"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, which no project of somebody else is around."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def variables(where: Where | None = None) -> dict[str, str]:
    """What an environment sets, but for what every one does."""
    active = prepare(doors(Recorder({})), Wanted(where or Where(), ".sh"))
    return {
        name: text
        for name, text in active.export.items()
        if not name.startswith("CONDA_") and name != "PATH"
    }


def test_packages_come_first_then_what_conda_remembers(folder: Path) -> None:
    packages: dict[str, dict[str, object]] = {
        "b.json": {"B": "b", "C": "b"},
        "a.json": {"A": 1, "B": "a"},
        "readme": {"X": 1},
    }
    state = {"C": "state", "D": "***unset***"}
    make_prefix(folder / "env", state, packages=packages)
    assert variables(Where("env")) == {"A": "1", "B": "b", "C": "state"}


def test_scripts_of_the_shell_in_order(folder: Path) -> None:
    names = ("b.sh", "a.sh", "a.fish", ".hidden.sh")
    scripts = {f"activate.d/{each}": "" for each in names}
    new = make_prefix(folder / "new", scripts=scripts)
    old = make_prefix(folder / "old", scripts={"deactivate.d/1.sh": "", "deactivate.d/2.sh": ""})
    present = {"CONDA_PREFIX": str(old), "CONDA_SHLVL": "1"}
    active = prepare(doors(Recorder(present)), Wanted(Where(str(new)), ".sh"))
    assert active.activate == tuple(f"{new}/etc/conda/activate.d/{each}.sh" for each in "ab")
    assert active.deactivate == tuple(f"{old}/etc/conda/deactivate.d/{each}.sh" for each in "21")


BROKEN = {
    "no JSON": ("conda-meta/state", "{", "can not be read"),
    "no mapping": ("conda-meta/state", "[]", ""),
    "a number": ("conda-meta/state", "1", "can not be read"),
    "variables are none": ("conda-meta/state", '{"env_vars": []}', "no mapping"),
    "not UTF-8": ("conda-meta/state", '{"env_vars": {"A": "\udcff"}}', "can not be read"),
    "a name": ("etc/conda/env_vars.d/x.json", '{"A;B": "x"}', "no name of a variable"),
    "a package sets the path": ("etc/conda/env_vars.d/x.json", '{"PATH": "x"}', "activation"),
}


@pytest.mark.parametrize(("name", "text", "reason"), BROKEN.values(), ids=BROKEN)
def test_files_of_a_prefix_that_can_not_be_read(
    folder: Path, name: str, text: str, reason: str
) -> None:
    path = make_prefix(folder / "env", packages={}) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    if not reason:
        assert variables(Where("env")) == {}
        return
    with pytest.raises(UnreadableError, match=reason) as caught:
        variables(Where("env"))
    assert str(path) in caught.value.message


MISSING = {
    "by path": (Where("it's here"), "there is no environment at", """-p 'it'"'"'s here'`"""),
    "by name": (Where(name="science"), "there is no environment at", "recreate -n science`"),
    "no project": (Where(), PRODUCTION, "go to the folder of a project, or name an environment"),
    "a folder": (Where("."), "is no conda environment: it has no folder `conda-meta`", "-p PATH"),
    "a file": (Where("file"), "is no conda environment: it is no folder", "-p PATH"),
}


@pytest.mark.parametrize(("where", "message", "hint"), MISSING.values(), ids=MISSING)
def test_what_is_no_environment(folder: Path, where: Where, message: str, hint: str) -> None:
    (folder / "file").write_text("")
    with pytest.raises(UsageError) as caught:
        variables(where)
    assert message in caught.value.message
    assert hint in caught.value.hints[0]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("production", "build it: `envtool recreate`"),
        ("docs", "build it: `envtool recreate -e docs`"),
        ("prod", "did you mean `--environment production`?"),
        ("developmnet", "did you mean `--environment development`?"),
        ("scince", "did you mean `--environment science`?"),
        ("test-doc", "build it: `envtool recreate -e test-doc`"),
    ],
)
def test_an_environment_that_is_not_built_or_was_misspelt(
    folder: Path, name: str, hint: str
) -> None:
    (folder / "environment.yml").write_text("dependencies: [python]\n")
    for each in ("science", ".envtool", "test-docs"):
        (folder / ".envtool/envs" / each).mkdir(parents=True)
    with pytest.raises(UsageError) as caught:
        variables(Where(environment=name))
    assert caught.value.hints == (hint,)


def test_the_environment_of_the_project_around(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "environment.yml").write_text("dependencies: [python]\n")
    prefix = make_prefix(folder / PRODUCTION)
    (folder / "src/deep").mkdir(parents=True)
    monkeypatch.chdir(folder / "src/deep")
    active = prepare(doors(Recorder({})), Wanted(Where(), ".sh"))
    assert active.export["CONDA_PREFIX"] == str(prefix)
    assert active.export["CONDA_DEFAULT_ENV"] == "production"


def project(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.yml").write_text(text)
    for name in ("production", "development", "science"):
        make_prefix(folder / ".envtool/envs" / name, {"A": "installed", "Z": "installed"})


def test_environment_files_set_variables_development_on_top(folder: Path) -> None:
    text = "dependencies: [python]\nvariables: {{A: {0}, {1}: {0}}}\n"
    project(
        folder,
        environment=text.format("main", "B"),
        environment_dev=text.format("dev", "C"),
    )
    production = {"A": "main", "B": "main", "Z": "installed"}
    assert variables() == production
    development = variables(Where(environment="development"))
    assert development == {"A": "dev", "B": "main", "C": "dev", "Z": "installed"}
    assert variables(Where(environment="science")) == production
    # One by path or name is of whatever project.
    assert variables(Where(f"{PRODUCTION}")) == {"A": "installed", "Z": "installed"}


def test_a_category_is_an_environment_of_its_name(folder: Path) -> None:
    (folder / "envtool.toml").write_text('[files]\nproduction = ["base.yaml", "science.yaml"]\n')
    (folder / "base.yaml").write_text("dependencies: [a]\nvariables: {A: base}\n")
    (folder / "science.yaml").write_text(
        "dependencies: [b]\ncategory: science\nvariables: {B: science}\n"
    )
    project(folder)
    assert variables()["A"] == "base"
    assert "B" not in variables()
    assert variables(Where(environment="science"))["B"] == "science"


@pytest.mark.parametrize("files", [{}, {"my_env": "x", "env_other": "x"}])
def test_no_files_or_unclear_ones_set_nothing(folder: Path, files: dict[str, str]) -> None:
    text = "dependencies: [a]\nvariables: {B: file}\n"
    (folder / "envtool.toml").write_text("[files]\n")
    project(folder, **dict.fromkeys(files, text))
    assert variables() == {"A": "installed", "Z": "installed"}


BROKEN_SPECS = {
    "no YAML": ("dependencies: [a]\nvariables: {\n", "can not be read"),
    "a name": ("dependencies: [a]\nvariables: {'A B': x}\n", "`A B` is no name of a variable"),
    "a lock": ("version: 1\npackage: []\nmetadata: {}\n# variables\n", None),
}


@pytest.mark.parametrize(("text", "reason"), BROKEN_SPECS.values(), ids=BROKEN_SPECS)
def test_files_whose_variables_can_not_be_read(folder: Path, text: str, reason: str | None) -> None:
    project(folder, environment=text)
    if reason is None:
        assert variables() == {"A": "installed", "Z": "installed"}
        return
    with pytest.raises(EnvtoolError, match=reason) as caught:
        variables()
    assert caught.value.message.startswith("`environment.yml` can not be")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "dependencies:\n- a\n-b\n# variables\n",
            "`environment.yml` can not be read: not YAML: `-b` lacks the blank behind the dash (line 3)",
            "write `- b`",
        ),
        (
            "dependencies: [a]\nvariables: }\n",
            "`environment.yml` can not be read: not YAML: did not find expected node content (line 2)",
            "`envtool verify environment.yml` shows it",
        ),
    ],
)
def test_a_broken_file_is_said_with_its_line_and_what_to_do(
    folder: Path, text: str, message: str, hint: str
) -> None:
    project(folder, environment=text)
    with pytest.raises(EnvtoolError) as caught:
        variables()
    assert (caught.value.message, caught.value.hints) == (message, (hint,))


def test_a_file_without_variables_is_not_parsed(folder: Path) -> None:
    project(folder, environment="{ no YAML")
    assert variables() == {"A": "installed", "Z": "installed"}
