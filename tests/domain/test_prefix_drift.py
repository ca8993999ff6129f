"""A prefix against its lock, and what people put into the root of a conda."""

from typing import Any

import pytest

from envtool.domain.installed import Inspection, Installed, InstalledPackage, Unreadable, Yardstick
from envtool.domain.locks import LockedPackage
from envtool.domain.prefix_drift import added_by_hand, changed, extra, missing


def conda(name: str, version: str = "1.0", build: str = "h0_0", **fields: Any) -> InstalledPackage:
    return InstalledPackage(name, version, "conda", f"conda-meta/{name}.json", build, **fields)


def pip(name: str, version: str = "1.0") -> InstalledPackage:
    return InstalledPackage(name, version, "pip", f"{name}.dist-info")


def locked(
    name: str,
    version: str = "1.0",
    manager: str = "conda",
    file: str = "-h0_0.conda",
    sha256: str = "",
    md5: str = "",
) -> LockedPackage:
    url = f"https://c/linux-64/{name}-{version}{file}"
    return LockedPackage(name, version, manager, "linux-64", url, md5, sha256, (), "main", 1)


def inspection(
    here: tuple[InstalledPackage, ...], wanted: tuple[LockedPackage, ...], *broken: str
) -> Inspection:
    unread = tuple(Unreadable(each, "is no JSON") for each in broken)
    installed = Installed(root="/env", packages=here, broken=unread)
    return Inspection("/env", installed, (), Yardstick("conda-lock.yml", "production", wanted))


def test_what_is_missing_and_what_is_extra() -> None:
    here = (conda("a"), conda("b"), pip("c"))
    wanted = (locked("a"), locked("c"), locked("foo.bar", manager="pip"), locked("__glibc"))
    found = inspection(here, wanted)
    assert [(each.name, each.manager) for each in missing(found)] == [
        ("c", "conda"),
        ("foo.bar", "pip"),
    ]
    assert [(each.name, each.manager) for each in extra(found)] == [("b", "conda"), ("c", "pip")]


def test_names_of_pip_are_one_in_every_spelling() -> None:
    found = inspection((pip("foo-bar"),), (locked("Foo_Bar", manager="pip"),))
    assert not [*missing(found), *extra(found), *changed(found)]


def test_a_package_whose_record_can_not_be_read_is_there() -> None:
    wanted = (locked("a-b"), locked("c"))
    found = inspection((), wanted, "conda-meta/a-b-1.0-h0_0.json", "conda-meta/odd.json")
    assert [each.name for each in missing(found)] == ["c"]


def test_without_a_lock_nothing_is_said() -> None:
    found = Inspection("/env", Installed(root="/env", packages=(conda("a"),)))
    assert not [*missing(found), *extra(found), *changed(found)]


A, B = "a" * 64, "b" * 64
CHANGED = {
    "the same": (conda("x"), locked("x"), None),
    "the same bytes": (conda("x", sha256=A), locked("x", sha256=A.upper()), None),
    "version": (conda("x", "1.1"), locked("x"), "version 1.1 instead of 1.0"),
    "written otherwise, which conda does not": (conda("x", "1"), locked("x"), "version 1 instead of 1.0"),
    "build": (conda("x", build="h0_1"), locked("x"), "build h0_1 instead of h0_0"),
    "archive": (conda("x", sha256=B), locked("x", sha256=A), "an archive with another SHA-256"),
    "archive, by MD5": (conda("x", md5=B), locked("x", md5=A), "an archive with another MD5"),
    "SHA-256 goes before MD5": (conda("x", sha256=A, md5=B), locked("x", sha256=A, md5=A), None),
    "hashes of two kinds": (conda("x", sha256=A), locked("x", md5=A), None),
    "pip": (pip("x", "1.1"), locked("x", manager="pip"), "version 1.1 instead of 1.0"),
    "pip, the same release": (pip("x", "1.0.0"), locked("x", manager="pip"), None),
    "pip, no version": (pip("x", "what?"), locked("x", manager="pip"), "version what? instead of 1.0"),
    "a folder, which has none": (pip("x"), locked("x", "", "pip"), None),
}  # fmt: skip


@pytest.mark.parametrize(("here", "wanted", "what"), CHANGED.values(), ids=CHANGED)
def test_changes(here: InstalledPackage, wanted: LockedPackage, what: str | None) -> None:
    found = [each.what for each in changed(inspection((here,), (wanted,)))]
    assert found == ([what] if what else [])


INSTALLER = """\
==> 2024-11-20 12:00:00 <==
# cmd: constructor 3.9.3
+conda-forge/linux-64::conda-24.9.2-py312_0
# update specs: ['conda', 'mamba', 'numpy']
==> 2024-12-01 10:00:00 <==
# cmd: /opt/conda/_conda install --offline --file /opt/conda/pkgs/env.txt -yp /opt/conda
# update specs: ['conda-forge/linux-64::tqdm==4.67=h0_0']
"""
BY_HAND = """\
==> 2025-01-01 10:00:00 <==
# cmd: /opt/conda/bin/conda install numpy pandas
# conda version: 24.9.2
# update specs: ['numpy', 'pandas[version=">=2"]', "scipy >=1"]
"""
REMOVED = """\
==> 2025-01-02 10:00:00 <==
# cmd: /opt/conda/bin/conda remove pandas never
# remove specs: ['pandas', 'never']
"""
TOOLS = """\
==> 2025-01-03 10:00:00 <==
# cmd: conda install conda-build conda-libmamba-solver python=3.13 boa anaconda::conda-lock ???
# update specs: ['conda-build', 'conda-libmamba-solver', 'python=3.13', 'boa', 'anaconda::conda-lock', '???']
"""
OLD = """\
==> 2015-01-01 10:00:00 <==
# cmd: conda install numpy
# install specs: numpy 1.9*, scipy
"""
ROOT = (
    "conda",
    "mamba",
    "numpy",
    "scipy",
    "pandas",
    "conda-build",
    "conda-libmamba-solver",
    "python",
    "boa",
    "conda-lock",
    "tqdm",
)
HISTORIES: dict[str, tuple[str, tuple[str, ...], list[str]]] = {
    "the installer's own": (INSTALLER, ROOT, []),
    "three by hand": (INSTALLER + BY_HAND, ROOT, ["numpy", "pandas", "scipy"]),
    "one removed": (INSTALLER + BY_HAND + REMOVED, ROOT, ["numpy", "scipy"]),
    "one not there anymore": (INSTALLER + BY_HAND, ("conda", "scipy"), ["scipy"]),
    "tools of conda": (INSTALLER + TOOLS, ROOT, []),
    "as conda wrote it long ago": (INSTALLER + OLD, ROOT, ["numpy", "scipy"]),
    "no installer": (BY_HAND, ("numpy", "python"), ["numpy"]),
    "a first revision of somebody's": (BY_HAND, ("conda", "numpy"), []),
    "no history": ("", ROOT, []),
}  # fmt: skip


@pytest.mark.parametrize(("history", "names", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_what_people_put_into_base(
    history: str, names: tuple[str, ...], expected: list[str]
) -> None:
    packages = tuple(conda(each) for each in names)
    installed = Installed(root="/opt/conda", packages=packages, history=history, is_root=True)
    assert [each.name for each in added_by_hand(installed)] == expected


def test_each_comes_with_its_command() -> None:
    installed = Installed(
        root="/",
        packages=(conda("conda"), conda("scipy")),
        history=INSTALLER + BY_HAND,
        is_root=True,
    )
    (request,) = added_by_hand(installed)
    assert request.command == "/opt/conda/bin/conda install numpy pandas"


def test_pip_in_base_counts_and_other_prefixes_do_not() -> None:
    packages = (conda("conda"), pip("flask"))
    base = Installed(root="/", packages=packages, is_root=True)
    assert [each.name for each in added_by_hand(base)] == ["flask"]
    assert not list(added_by_hand(Installed(root="/", packages=packages, history=BY_HAND)))
