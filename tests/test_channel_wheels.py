"""Installed distributions as conda packages, with rattler as judge of the ranges."""

from importlib.metadata import Distribution
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from rattler import MatchSpec

from envtool.adapters.channel_builder.packages import File
from envtool.adapters.channel_builder.requirements import conda_depends, conda_range
from envtool.adapters.channel_builder.wheels import (
    NotPureError,
    entry_points,
    is_pure,
    license_of,
    wheel_package,
    with_dependencies,
)

WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def distribution(folder: Path, metadata: str = "", **files: str) -> Distribution:
    """An installed distribution `Some.Thing` 1.0; `files` are those of its `.dist-info`."""
    place = folder / "lib" / "site-packages"
    info = place / "some_thing-1.0.dist-info"
    info.mkdir(parents=True)
    files = {"WHEEL": WHEEL, "RECORD": "", "INSTALLER": "uv\n", **files}
    files["METADATA"] = f"Metadata-Version: 2.4\nName: Some.Thing\nVersion: 1.0\n{metadata}"
    (place / "some_thing.py").write_text("")
    for row in files["RECORD"].splitlines():
        file = place / row.removesuffix(",,")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    rows = [*(f"{info.name}/{name},," for name in files), "some_thing.py,,"]
    files["RECORD"] = "\n".join([*rows, *files["RECORD"].splitlines()])
    for name, content in files.items():
        (info / name).write_text(content)
    return Distribution.at(info)


VERSIONS = (
    *("0.0.9", "0.1", "0.1.5", "0.2", "0.9", "0.10", "1.0", "1.0.1", "1.4.1", "1.4.2", "1.4.5"),
    *("1.4.10", "1.5", "1.9.9", "2.0", "2.0.0", "2.1", "3", "10.0"),
)
RANGES = {
    "": "",
    ">=1.0": ">=1.0",
    "~=0.1": ">=0.1,<1.0a0",
    "~=1.4.2": ">=1.4.2,<1.5.0a0",
    "~=1.4.2,!=1.4.5": ">=1.4.2,<1.5.0a0,!=1.4.5",
    "~=2.0": ">=2.0,<3.0a0",
    "==1.4.*": "1.4.*",
    "!=1.4.*,>=1": ">=1,!=1.4.*",
    "==2.0": "==2.0",
    "===2.0": "==2.0",
    "<2,>=1.0": ">=1.0,<2",
    ">1.0,<=2": ">1.0,<=2",
}


@pytest.mark.parametrize(("specifier", "expected"), RANGES.items())
def test_ranges_mean_the_same_in_conda(specifier: str, expected: str) -> None:
    written = conda_range(SpecifierSet(specifier))
    assert written == expected
    spec = MatchSpec(f"a {written}".strip(), strict=True)
    for version in VERSIONS:
        if specifier.startswith("===") and version == "2.0.0":
            continue  # it compares texts; conda can not
        meant = SpecifierSet(specifier).contains(version)
        assert (spec.version is None or matches(written, version)) is meant, version


def matches(written: str, version: str) -> bool:
    from rattler import Version, VersionSpec

    return VersionSpec(written).matches(Version(version))


def test_an_epoch_is_kept() -> None:
    assert conda_range(SpecifierSet("~=1!2.3")) == ">=1!2.3,<1!3.0a0"


@pytest.mark.parametrize(
    ("requirements", "python", "expected"),
    [
        ((), None, ("python",)),
        ((), ">=3.9,!=3.9.7", ("python >=3.9,!=3.9.7",)),
        (("Typing_Extensions.X>=4",), "~=3.8", ("python >=3.8,<4.0a0", "typing-extensions-x >=4")),
        (("a[extra]~=1.0 ; python_version > '2'",), None, ("a >=1.0,<2.0a0", "python")),
        (("a; python_version < '3'", "b; extra == 'b'"), None, ("python",)),
        (("a>=1", "a >= 1"), None, ("a >=1", "python")),
    ],
)
def test_what_a_distribution_needs(
    requirements: tuple[str, ...], python: str | None, expected: tuple[str, ...]
) -> None:
    assert conda_depends(requirements, python) == expected


def test_entry_points_lose_their_extras(tmp_path: Path) -> None:
    text = "[console_scripts]\nb = some.thing:main [extra]\na=some:a\n[gui_scripts]\ng = s:g\n[x]\ny = z\n"
    found = entry_points(distribution(tmp_path, **{"entry_points.txt": text}))
    assert sorted(found) == ["a = some:a", "b = some.thing:main", "g = s:g"]


LICENSES = {
    "expression": ("License-Expression: MIT OR ISC\nLicense: x\n", "MIT OR ISC"),
    "classifier": ("License: x\nClassifier: License :: OSI Approved :: MIT License\n", "MIT"),
    "ambiguous classifier": ("Classifier: License :: OSI Approved :: BSD License\n", None),
    "other classifier": ("Classifier: Topic :: MIT License\nLicense: BSD\n", "BSD"),
    "the whole text": ("License: Copyright\n        All rights\n", None),
    "a long line": (f"License: {'long ' * 20}\n", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("metadata", "expected"), LICENSES.values(), ids=LICENSES)
def test_the_licence(tmp_path: Path, metadata: str, expected: str | None) -> None:
    assert license_of(distribution(tmp_path, metadata)) == expected


def test_a_package_has_the_files_but_not_those_of_the_installation(tmp_path: Path) -> None:
    source = distribution(
        tmp_path,
        "Requires-Dist: b~=1.2\nSummary: It is some thing\n",
        REQUESTED="",
        RECORD="../../bin/a,,\n__pycache__/some_thing.cpython-312.pyc,,\n",
        **{"entry_points.txt": "[console_scripts]\na = some_thing:a\n"},
    )
    package = wheel_package(source, 5)
    assert (package.name, package.version, package.noarch) == ("some-thing", "1.0", "python")
    assert package.depends == ("b >=1.2,<2.0a0", "python")
    assert (package.summary, package.timestamp) == ("It is some thing", 5)
    contents = {file.path: file.content for file in package.files if isinstance(file, File)}
    info = "site-packages/some_thing-1.0.dist-info"
    assert sorted(contents) == [
        f"{info}/INSTALLER",
        f"{info}/METADATA",
        f"{info}/WHEEL",
        f"{info}/entry_points.txt",
        "site-packages/some_thing.py",
    ]
    assert contents[f"{info}/INSTALLER"] == b"conda\n"


IMPURE: dict[str, tuple[dict[str, str], str]] = {
    "native": ({"WHEEL": "Root-Is-Purelib: false\n"}, "is built for one platform"),
    "script": ({"RECORD": "../../bin/script,,\n"}, "has `../../bin/script` outside"),
    "manual": ({"RECORD": "../../share/man/a.1,,\n"}, "has `../../share/man/a.1` outside"),
    "editable": (
        {"direct_url.json": '{"url": "file:///a", "dir_info": {"editable": true}}'},
        "is an editable installation",
    ),
}


@pytest.mark.parametrize(("files", "reason"), IMPURE.values(), ids=IMPURE)
def test_what_is_not_pure_is_refused(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    with pytest.raises(NotPureError, match=reason):
        wheel_package(distribution(tmp_path, **files), 1)


def test_dependencies_are_followed() -> None:
    assert {"rich", "markdown-it-py", "mdurl", "pygments"} <= set(with_dependencies(["Rich"]))
    assert is_pure("rich")
    assert not is_pure("pyyaml")
    assert not is_pure("no-such-distribution")
