"""Which Python a prefix has, as its own records say."""

import json
import os

from envtool.domain.python_layout import PythonLayout, layout_of, series_of
from envtool.ports_installing import Stage


def layout_in(stage: Stage) -> PythonLayout:
    """Where the Python of a stage has its files."""
    return layout_of(stage.platform, stage.python, _recorded(stage.path) or _threaded(stage))


def records(prefix: str) -> list[str]:
    """The paths of the records of conda packages, sorted; none without the folder."""
    folder = os.path.join(prefix, "conda-meta")
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names if name.endswith(".json")]


def _recorded(prefix: str) -> str:
    """`python_site_packages_path` of the package python (CEP 17)."""
    for path in records(prefix):
        if os.path.basename(path).rsplit("-", 2)[0] == "python":
            with open(path, encoding="utf-8") as file:
                place = json.load(file).get("python_site_packages_path")
            return place if isinstance(place, str) else ""
    return ""


def _threaded(stage: Stage) -> str:
    """The folder of a build without the global lock, where only that is there."""
    plain = f"lib/python{series_of(stage.python)}"
    found = [os.path.isdir(os.path.join(stage.path, each)) for each in (plain, f"{plain}t")]
    return f"{plain}t/site-packages" if found == [False, True] else ""
