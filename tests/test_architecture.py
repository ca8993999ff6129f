"""The direction of imports, and what a start may load (ARCHITECTURE, "Layout")."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import bare, make_prefix

PACKAGE = Path(__file__).parent.parent / "envtool"

# Who may import whom; `errors`, `conda_versions` and the package itself are leaves.
LEAVES = {"errors", "conda_versions", ""}
PORTS = {path.stem for path in PACKAGE.glob("ports*.py")}
ALLOWED = {
    "domain": {"domain"},
    "ports": {"domain"} | PORTS - {"ports"},
    "ports_inspecting": {"domain"},
    "ports_installing": {"domain", "ports"},
    "ports_auditing": {"domain"},
    "ports_caching": {"domain", "ports_installing"},
    "ports_deploying": {"ports_testing"},
    "ports_exporting": {"domain", "ports_installing"},
    "ports_prefixes": {"domain"},
    "ports_running": {"ports"},
    "ports_solving": {"domain"},
    "ports_testing": {"domain"},
    "workflows": {"workflows", "domain"} | PORTS,
    "adapters": {"adapters", "domain", "workers"} | PORTS,
    "workers": {"workers"},
    "formats": {"formats", "domain"},
    "cli": {"cli", "workflows", "formats", "adapters", "domain", "ports", "ports_installing"},
    "__main__": {"cli"},
    "__init__": set(),
    "errors": set(),
    "conda_versions": set(),
}


def part(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports hide where they point"
            names.add(node.module or "")
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.partition(".")[0] == "envtool"}


def wrong_imports(source: str, where: str) -> set[str]:
    """The modules that a file in part `where` imports and may not."""
    names = imported(ast.parse(source))
    return {each for each in names if part(each) not in ALLOWED[where] | LEAVES}


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    where = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert wrong_imports(path.read_text(encoding="utf-8"), where) == set()


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("from envtool.workflows.verify import verify", "domain"),
        ("import envtool.adapters.disk", "workflows"),
        ("def f():\n    from envtool.cli import main", "formats"),
        ("from envtool.formats import text", "workflows"),
    ],
)
def test_a_wrong_import_is_found(source: str, where: str) -> None:
    assert wrong_imports(source, where)


def test_only_connect_names_concrete_adapters() -> None:
    for path in FILES:
        if path.relative_to(PACKAGE).parts[0] == "adapters":
            continue
        names = imported(ast.parse(path.read_text(encoding="utf-8")))
        assert not {name for name in names if name.startswith("envtool.adapters.")}, path


def test_the_domain_reads_no_clock_environment_or_file() -> None:
    forbidden = {"os", "sys", "subprocess", "socket", "time", "pathlib", "shutil", "tempfile"}
    for path in (PACKAGE / "domain").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            alias.name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        } | {
            (node.module or "").partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
        }
        assert not names & forbidden, path


def loaded(*arguments: str, cwd: Path) -> set[str]:
    """The modules that a run of envtool has loaded at its end."""
    code = (
        "import sys\nfrom envtool.cli import run\ncode = run(sys.argv[1:])\n"
        "sys.stderr.write('\\n'.join(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        # Coverage would load modules of its own.
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


# Each costs 20 to 600 ms.
HEAVY = {"rich", "requests", "rattler", "jinja2", "pydantic", "conda_lock", "asyncio", "jsonschema"}


def test_the_version_loads_neither_yaml_nor_rules(tmp_path: Path) -> None:
    modules = loaded("--version", cwd=tmp_path)
    assert not modules & (HEAVY | {"yaml", "packaging", "envtool.domain.rules"})


def test_verify_loads_no_heavy_module(tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text(
        "channels: [conda-forge]\ndependencies:\n- python=3.12\n- pip\n- pip: [requests==2.32.3]\n"
    )
    modules = loaded("verify", cwd=tmp_path)
    assert not modules & (HEAVY | {"packaging", "tomllib", "hashlib"})
    assert "yaml" in modules
    # Nor what only `envtool init` needs.
    assert not modules & {"envtool.domain.adoption", "envtool.workflows.init"}
    # Nor what only `--new-only` needs.
    assert not modules & {"envtool.domain.baseline", "envtool.workflows.baseline_files"}
    # Nor what only `--prefix` needs.
    assert not modules & {"envtool.domain.installed", "envtool.workflows.verify_prefix"}
    assert not {each for each in modules if "prefix_" in each}
    # Nor what only `envtool audit` needs; where sources are published is a part of the policy.
    audits = {each for each in modules if "audit" in each}
    assert audits <= {"envtool.domain.auditing", "envtool.domain.auditing.sources"}
    assert "sqlite3" not in modules


def test_run_loads_next_to_nothing(tmp_path: Path) -> None:
    """What a program waits for: no YAML, no policy, no shell, until something asks for it."""
    prefix = make_prefix(tmp_path / ".envtool/envs/production")
    (tmp_path / "environment.yml").write_text("dependencies: [python]\n")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "envtool", "run", "printenv", "CONDA_PREFIX"],
        cwd=tmp_path,
        env={name: value for name, value in bare().items() if "COVERAGE" not in name},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{prefix}\n"
    modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not modules & (HEAVY | {"yaml", "packaging", "tomllib", "json", "hashlib"})
    ours = {each for each in modules if each.startswith("envtool.")}
    assert {"envtool.domain.activation", "envtool.workflows.run"} <= ours
    assert len(ours) <= MODULES_OF_RUN, sorted(ours)


# Another one costs each start a millisecond.
MODULES_OF_RUN = 22


def test_completion_comes_with_typer_for_nothing() -> None:
    code = "import sys, typer; sys.exit('typer.completion' not in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_top_level_is_the_agreed_one() -> None:
    agreed = {
        "envtool", "tests", "examples", "environment.yml", "environment-dev.yml",
        "pyproject.toml", "README.md", "LICENSE", "conda-lock.yml", "recovery",
    }  # fmt: skip
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    names = {line.partition("/")[0] for line in done.stdout.splitlines()}
    assert {name for name in names if not name.startswith(".")} <= agreed
