"""Projects on disk for tests of `envtool verify --fix`, to the byte."""

from pathlib import Path

HEAD = "channels: [conda-forge]\n"
DEPS = HEAD + "dependencies:\n"
DEV = "environment-dev.yml"
PLAIN = "name: x\n" + DEPS + "  - python=3.12\n"


def write(folder: Path, files: dict[str, str]) -> None:
    """Write `files` into `folder`, which is a repository of its own."""
    for name, text in {".git/HEAD": "", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))


def read(folder: Path) -> dict[str, str]:
    """The files in `folder`, without those below."""
    paths = (path for path in folder.iterdir() if path.is_file())
    return {path.name: path.read_bytes().decode("utf-8") for path in paths}


def everything(folder: Path) -> dict[str, bytes]:
    """Every file in `folder` and below."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in paths}
