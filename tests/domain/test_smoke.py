"""What can be tried of an installed package, by the files that it has installed."""

import pytest

from envtool.domain.installed import Installed, InstalledFile, InstalledPackage
from envtool.domain.smoke import smoke_tests, top_modules

SITE = "lib/python3.12/site-packages"


@pytest.mark.parametrize(
    ("paths", "modules"),
    [
        ((f"{SITE}/yaml/__init__.py", f"{SITE}/yaml/nodes.py", f"{SITE}/_yaml/__init__.py"), ["yaml"]),
        ((f"{SITE}/_cffi_backend.cpython-312-x86_64-linux-gnu.so",), ["_cffi_backend"]),
        ((f"{SITE}/six.py", f"{SITE}/six-1.0.dist-info/METADATA"), ["six"]),
        ((f"{SITE}/fast.abi3.so", "Lib/site-packages/slow.cp312-win_amd64.pyd"), ["fast", "slow"]),
        ((f"{SITE}/google/cloud/storage/__init__.py", f"{SITE}/google/cloud/storage/x/__init__.py"), ["google.cloud.storage"]),
        ((f"{SITE}/space/loose.py",), ["space.loose"]),
        ((f"{SITE}/real/__init__.py", f"{SITE}/data/template.py"), ["real"]),
        ((f"{SITE}/real/__init__.py", f"{SITE}/tests/__init__.py"), ["real"]),
        ((f"{SITE}/tests/__init__.py",), ["tests"]),
        ((f"{SITE}/distutils-precedence.pth", f"{SITE}/{{name}}/x.py", f"{SITE}/a b.py"), []),
        ((f"{SITE}/__init__.py",), []),
        ((f"{SITE}/native.libs/libz.so", "lib/libz.so", "lib/python3.12/json/__init__.py"), []),
    ],
)  # fmt: skip
def test_the_modules_that_files_are(paths: tuple[str, ...], modules: list[str]) -> None:
    assert list(top_modules(paths)) == modules


def package(name: str, *paths: str, manager: str = "conda", depends: str = "") -> InstalledPackage:
    return InstalledPackage(
        name,
        "1.0",
        manager,
        f"conda-meta/{name}-1.0-0.json",
        depends=(depends,) if depends else (),
        files=tuple(map(InstalledFile, paths)),
    )


PACKAGES = (
    package("numpy", f"{SITE}/numpy/__init__.py", "bin/f2py"),
    package("r-dplyr", "lib/R/library/dplyr/DESCRIPTION", "lib/R/library/dplyr/R/dplyr"),
    package("tool", "bin/tool", "bin/tool-helper", "share/tool/x"),
    package("Pandoc_Bin", "bin/pandoc-bin"),
    package("single", "bin/other"),
    package("many", "bin/a", "bin/b"),
    package("hook", "bin/.hook-post-link.sh"),
    package("data", "share/data"),
    package("plots", depends="plots-base >=1.0"),
    package("plots-base", f"{SITE}/plots/__init__.py"),
    package("meta", depends="meta-gone"),
    package("flask", f"{SITE}/flask/__init__.py", manager="pip"),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("numpy", "numpy: import numpy"),
        ("r-dplyr", "r-dplyr: library(dplyr)"),
        ("tool", "tool: tool --version"),
        ("Pandoc_Bin", "Pandoc_Bin: pandoc-bin --version"),
        ("single", "single: other --version"),
        ("many", "many"),
        ("hook", "hook"),
        ("data", "data"),
        ("plots", "plots: import plots"),
        ("meta", "meta"),
        ("nowhere", "nowhere"),
        ("flask", "flask"),
    ],
)
def test_what_is_tried_of_a_direct_dependency(name: str, expected: str) -> None:
    installed = Installed(root="/p", packages=PACKAGES)
    (found,) = smoke_tests(installed, [("conda", name)], windows=False)
    assert (found if isinstance(found, str) else f"{found.package}: {found.what}") == expected


@pytest.mark.parametrize(
    ("windows", "programs"),
    [(False, ["bin/python", "bin/Rscript"]), (True, ["python.exe", "Scripts/Rscript.exe"])],
)
def test_with_what(windows: bool, programs: list[str]) -> None:  # noqa: FBT001
    installed = Installed(root="/p", packages=PACKAGES)
    direct = [("pip", "flask"), ("conda", "r-dplyr")]
    found = [each for each in smoke_tests(installed, direct, windows=windows) if not isinstance(each, str)]  # fmt: skip
    assert [each.command[0] for each in found] == programs
    # Neither the user's own packages nor the working directory can help.
    assert found[0].command[1] == "-I"
