"""What `envtool run` costs before the program starts: `python -m tests.benchmarks.running`.

CPU of whole processes, alternating, median of 25: a bare Python, one that imports typer, and
`envtool run -- true` in an environment without scripts, with one, and with `variables:`. Byte-code
has to be there: run it in a venv that `pip install .` made.
"""

import os
import statistics
import tempfile
from pathlib import Path

from tests.benchmarks.__main__ import RUNS, cpu
from tests.running import make_prefix

LIMIT = 0.080


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in [each for each in os.environ if each.startswith("CONDA_")]:
            del os.environ[each]
        cases = prepared(folder)
        spent: dict[str, list[float]] = {each: [] for each in cases}
        for _ in range(RUNS):
            for each, (where, arguments) in cases.items():
                spent[each].append(cpu(where, *arguments))
    base = statistics.median(spent["bare python"])
    for each, times in spent.items():
        median = statistics.median(times)
        print(f"{each:<24} {median * 1000:4.0f} ms, over it {(median - base) * 1000:4.0f} ms")
    print(f"limit of the first `run`: {LIMIT * 1000:.0f} ms over it")


def prepared(folder: Path) -> dict[str, tuple[Path, tuple[str, ...]]]:
    """Each case: its working directory, and the arguments of Python."""
    run = ("-m", "envtool", "run", "--", "true")
    spec = "dependencies: [python]\n"
    return {
        "bare python": (folder, ("-c", "pass")),
        "import typer": (folder, ("-c", "import typer")),
        "run": (project(folder / "plain", spec), run),
        "run, activate.d": (project(folder / "scripts", spec, {"activate.d/a.sh": ":"}), run),
        "run, variables": (project(folder / "variables", f"{spec}variables: {{A: x}}\n"), run),
    }


def project(folder: Path, spec: str, scripts: dict[str, str] | None = None) -> Path:
    """A repository with an environment."""
    make_prefix(folder / ".envtool/envs/production", scripts=scripts)
    (folder / ".git").mkdir()
    (folder / "environment.yml").write_text(spec, encoding="utf-8")
    return folder


if __name__ == "__main__":
    main()
