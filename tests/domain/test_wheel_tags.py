"""Which wheels are for which Python, with `packaging` as judge where it can be one."""

import pytest
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from envtool.domain.wheel_tags import fits

LINUX = ["manylinux_2_28_x86_64", "manylinux2014_x86_64", "manylinux_2_17_x86_64", "linux_x86_64"]
MAC = ["macosx_14_0_arm64", "macosx_11_0_arm64", "macosx_11_0_universal2"]
TAGS = [
    "py3-none-any", "py2.py3-none-any", "py2-none-any", "py38-none-any", "py313-none-any",
    "cp312-cp312-linux_x86_64", "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp311-cp311-manylinux_2_17_x86_64", "cp313-cp313-manylinux_2_17_x86_64", "cp38-abi3-linux_x86_64",
    "cp313-abi3-linux_x86_64", "cp312-none-any", "cp311-none-any", "py3-none-linux_x86_64",
    "py3-none-manylinux2014_x86_64", "py3-none-win_amd64", "cp312-cp312-win_amd64",
    "cp312-cp312-macosx_11_0_arm64", "cp312-cp312-macosx_11_0_universal2",
    "cp312-cp312-macosx_11_0_x86_64", "py2.py3-none-macosx_11_0_arm64", "cp27-cp27m-win32",
    "cp38.cp39-abi3-win_amd64",
]  # fmt: skip


@pytest.mark.parametrize(
    ("platform", "platforms"),
    [("linux-64", LINUX), ("osx-arm64", MAC), ("win-64", ["win_amd64"])],
)
@pytest.mark.parametrize("tag", TAGS)
def test_it_is_as_packaging_has_it(tag: str, platform: str, platforms: list[str]) -> None:
    file = f"demo-1.0-{tag}.whl"
    known = {
        *cpython_tags((3, 12), platforms=platforms),
        *compatible_tags((3, 12), "cp312", platforms=platforms),
    }
    *_, tags = parse_wheel_filename(file)
    assert fits(file, "3.12.4", platform) is bool(known & tags)


@pytest.mark.parametrize(
    ("file", "python", "platform"),
    [
        ("demo-1.0-pp39-pypy39_pp73-linux_x86_64.whl", "3.9.18", "linux-64"),
        ("demo-1.0-cp312-cp312-linux_s390x.whl", "3.12.1", "linux-s390x"),
        ("demo.whl", "3.12.1", "linux-64"),
        ("demo-1.0-cp312-cp312-linux_x86_64.whl", "new", "linux-64"),
    ],
)
def test_what_nobody_knows_fits(file: str, python: str, platform: str) -> None:
    assert fits(file, python, platform)
