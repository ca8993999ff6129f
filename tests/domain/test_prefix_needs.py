"""Whether all that the packages of a prefix need is there."""

import pytest

from envtool.domain.installed import Distribution, Installed, InstalledPackage, Unreadable
from envtool.domain.prefix_needs import environment, unmet
from tests.judging import SHIPPED


def conda(
    name: str,
    version: str = "1.0",
    *depends: str,
    constrains: tuple[str, ...] = (),
    build: str = "h0_0",
    subdir: str = "linux-64",
) -> InstalledPackage:
    return InstalledPackage(
        name,
        version,
        "conda",
        f"conda-meta/{name}-{version}.json",
        build,
        subdir,
        depends=depends,
        constrains=constrains,
    )


def needs(
    packages: tuple[InstalledPackage, ...],
    distributions: tuple[Distribution, ...] = (),
    broken: tuple[str, ...] = (),
) -> list[str]:
    installed = Installed(
        root="/env",
        packages=packages,
        distributions=distributions,
        broken=tuple(Unreadable(each, "") for each in broken),
    )
    return [
        f"{each.name} {each.version} {each.what}" for each in unmet(installed, SHIPPED.catalog())
    ]


OPENBLAS = conda("libblas", "3.9.0", build="27_openblas")
CONDA: dict[str, tuple[tuple[InstalledPackage, ...], list[str]]] = {
    "met": ((conda("a", "1", "b >=1", "b", "b 1.*"), conda("b", "1.5")), []),
    "met by a build": ((conda("a", "1", "libblas * *openblas"), OPENBLAS), []),
    "met by a regular expression": ((conda("a", "1", "libblas[build='^x$']"), OPENBLAS), []),
    "another build": ((conda("a", "1", "libblas * *mkl"), OPENBLAS), ["a 1 needs `libblas * *mkl`, and build 27_openblas is installed"]),
    "not there": ((conda("a", "1", "b >=1"),), ["a 1 needs `b >=1`, which is not installed"]),
    "too old": ((conda("a", "1", "b >=2"), conda("b", "1.5")), ["a 1 needs `b >=2`, and 1.5 is installed"]),
    "no version": ((conda("a", "1", "b >=2"), conda("b", "what?")), ["a 1 needs `b >=2`, and `what?` is no version"]),
    "no match spec": ((conda("a", "1", "b =>2"), conda("b")), ["a 1 needs `b =>2`, which is no match spec"]),
    "of the machine": ((conda("a", "1", "__glibc >=99"),), []),
    "of any name": ((conda("a", "1", "*[track_features=x]"),), []),
    "constrained and not there": ((conda("a", "1", constrains=("b <1",)),), []),
    "constrained and met": ((conda("a", "1", constrains=("b <2",)), conda("b")), []),
    "constrained and broken": ((conda("a", "1", constrains=("b <1",)), conda("b")), ["a 1 goes only with `b <1`, and 1.0 is installed"]),
    "a constraint that is none": ((conda("a", "1", constrains=("b =>2",)), conda("b")), []),
    "twice": ((conda("a", "1"), conda("a", "2")), ["a 2 is recorded twice, `conda-meta/a-1.json` and `conda-meta/a-2.json`"]),
}  # fmt: skip


@pytest.mark.parametrize(("packages", "expected"), CONDA.values(), ids=CONDA)
def test_conda(packages: tuple[InstalledPackage, ...], expected: list[str]) -> None:
    assert needs(packages) == expected


def test_what_has_a_record_that_can_not_be_read_is_not_missed() -> None:
    packages = (conda("a", "1", "b >=1", "b-c"),)
    broken = ("conda-meta/b-1.0-0.json",)
    assert needs(packages, broken=broken) == ["a 1 needs `b-c`, which is not installed"]


PYTHON = conda("python", "3.12.1", build="h0_0_cpython")


def pip(name: str, version: str = "1", *depends: str, by_conda: bool = False) -> Distribution:
    return Distribution(name, version, f"{name}-{version}.dist-info", depends, by_conda)


PIP: dict[str, tuple[tuple[Distribution, ...], list[str]]] = {
    "met": ((pip("a", "1", "Foo_Bar>=1"), pip("foo-bar", "2")), []),
    "met by conda without a dist-info": ((pip("a", "1", "torch>=2"),), []),
    "a release candidate": ((pip("a", "1", "b>=1"), pip("b", "2rc1")), []),
    "an address": ((pip("a", "1", "b @ https://x/b.whl"), pip("b", "1")), []),
    "not there": ((pip("a", "1", "b>=1; python_version>'3'"),), ["a 1 needs `b>=1`, which is not installed"]),
    "too old": ((pip("a", "1", "b>=2"), pip("b", "1")), ["a 1 needs `b>=2`, and 1 is installed"]),
    "no version": ((pip("a", "1", "b>=2"), pip("b", "what?")), ["a 1 needs `b>=2`, and `what?` is no version"]),
    "no requirement": ((pip("a", "1", "b=>2"),), ["a 1 needs `b=>2`, which is no requirement"]),
    "another Python": ((pip("a", "1", "b; python_version<'3.12'"),), []),
    "another system": ((pip("a", "1", "b; sys_platform=='win32'"),), []),
    "this machine": ((pip("a", "1", "b; platform_machine=='x86_64'"),), ["a 1 needs `b`, which is not installed"]),
    "an extra that nobody asked for": ((pip("a", "1", "b; extra=='x'"),), []),
    "an extra": ((pip("a", "1", "b[X_y]"), pip("b", "1", "c; extra=='x-y'", "d")), ["b 1 needs `d`, which is not installed", "b 1 needs `c`, which is not installed"]),
    "an extra of what is not there": ((pip("a", "1", "b[x]"),), ["a 1 needs `b[x]`, which is not installed"]),
    "an extra of what conda brought": ((pip("a", "1", "b[x]"), pip("b", "1", "c; extra=='x'", "d", by_conda=True)), ["b 1 needs `c`, which is not installed"]),
    "extras that need each other": ((pip("a", "1", "a[x]; extra=='y'", "a[y]; extra=='x'", "a[x]"),), []),
    "a version of the kernel": ((pip("a", "1", "b; platform_release>='6'"),), []),
    "a marker that compares nothing": ((pip("a", "1", "b; os_name~='x'"),), ["a 1 needs `b`, which is not installed"]),
    "twice": ((pip("a", "1"), pip("a", "2")), ["a 2 is recorded twice, `a-1.dist-info` and `a-2.dist-info`"]),
    "what conda brought is conda's": ((pip("a", "1", "b>=2", by_conda=True),), []),
}  # fmt: skip


@pytest.mark.parametrize(("distributions", "expected"), PIP.values(), ids=PIP)
def test_pip(distributions: tuple[Distribution, ...], expected: list[str]) -> None:
    assert needs((PYTHON, conda("pytorch", "2.5")), distributions) == expected


SYSTEMS = {
    "linux-64": ("linux", "Linux", "posix", "x86_64"),
    "linux-32": ("linux", "Linux", "posix", "i686"),
    "linux-aarch64": ("linux", "Linux", "posix", "aarch64"),
    "osx-arm64": ("darwin", "Darwin", "posix", "arm64"),
    "win-64": ("win32", "Windows", "nt", "AMD64"),
    "noarch": ("", "", "", ""),
}


@pytest.mark.parametrize(("subdir", "expected"), SYSTEMS.items(), ids=SYSTEMS)
def test_markers_are_those_of_the_platform(subdir: str, expected: tuple[str, ...]) -> None:
    values = environment(Installed(root="/", packages=(conda("x", subdir=subdir),)))
    keys = ("sys_platform", "platform_system", "os_name", "platform_machine")
    assert tuple(values[each] for each in keys) == expected


@pytest.mark.parametrize(
    ("packages", "version", "implementation"),
    [
        ((PYTHON,), "3.12.1", "CPython"),
        ((conda("python", "3.9.18", build="0_73_pypy"), conda("pypy", "7.3")), "3.9.18", "PyPy"),
        ((), "0", "CPython"),
    ],
)
def test_markers_are_those_of_the_python(
    packages: tuple[InstalledPackage, ...], version: str, implementation: str
) -> None:
    values = environment(Installed(root="/", packages=packages))
    assert values["python_full_version"] == version
    assert values["python_version"] == ".".join(version.split(".")[:2])
    assert values["platform_python_implementation"] == implementation
