"""conda-lock itself, asked what it would write; its own warnings are not ours."""

import tempfile
import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from conda_lock._vendor.conda.models.version import VersionSpec
    from conda_lock.content_hash import compute_content_hashes
    from conda_lock.lockfile import parse_conda_lock_file, write_conda_lock_file
    from conda_lock.src_parser import make_lock_spec
    from conda_lock.virtual_package import (
        default_virtual_package_repodata,
        virtual_package_repo_from_specification,
    )


def conda_matches(constraint: str, version: str) -> bool:
    """What conda itself, of which conda-lock carries a copy, says of a version."""
    return bool(VersionSpec(constraint).match(version))  # type: ignore[no-untyped-call]


def rewritten(text: str, name: str = "conda-lock.yml") -> str:
    """What conda-lock writes after it has read `text`."""
    with tempfile.TemporaryDirectory() as folder:
        path, copy = Path(folder, "read.yml"), Path(folder, name)
        path.write_text(text, "utf-8")
        write_conda_lock_file(parse_conda_lock_file(path), copy, None)
        return copy.read_text("utf-8")


def hashes(texts: list[str], platforms: list[str], machines: str = "") -> dict[str, str]:
    """The content hashes of environment files, with the text of a `virtual-packages.yml`."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A table that it downloads otherwise.
        table = Path(folder, "mapping.json")
        table.write_text('{"pip": {"conda_name": "pip", "pypi_name": "pip"}}')
        files = [Path(folder, f"environment{number}.yml") for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, "utf-8")
        spec = make_lock_spec(src_files=files, platform_overrides=platforms, mapping_url=str(table))
        if not machines:
            return dict(compute_content_hashes(spec, default_virtual_package_repodata()))
        path = Path(folder, "virtual-packages.yml")
        path.write_text(machines)
        return dict(compute_content_hashes(spec, virtual_package_repo_from_specification(path)))
