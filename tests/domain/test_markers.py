"""What markers say of a platform, whatever the Python."""

import pytest

from envtool.domain.markers import can_hold


@pytest.mark.parametrize(
    ("marker", "platforms"),
    [
        ("sys_platform == 'linux'", "linux-64"),
        ("'win32' == sys_platform", "win-64"),
        ('sys_platform != "win32"', "linux-64 osx-arm64"),
        ("os_name === 'nt'", "win-64"),
        ("platform_system == 'Darwin'", "osx-arm64"),
        ("sys_platform in 'linux darwin'", "linux-64 osx-arm64"),
        ("sys_platform not  in 'linux darwin'", "win-64"),
        ("sys_platform >= 'a'", "linux-64 osx-arm64 win-64"),
        ("python_version < '3'", "linux-64 osx-arm64 win-64"),
        ("python_version < '3' and os_name == 'nt'", "win-64"),
        ("os_name == 'nt' or sys_platform == 'linux' and python_version < '3'", "linux-64 win-64"),
        ("(os_name == 'nt' or sys_platform == 'linux') and os_name == 'posix'", "linux-64"),
        ("nothing that we know", "linux-64 osx-arm64 win-64"),
        ("(os_name == 'nt'", "win-64"),
    ],
)
def test_can_hold(marker: str, platforms: str) -> None:
    held = [each for each in ("linux-64", "osx-arm64", "win-64") if can_hold(marker, each)]
    assert " ".join(held) == platforms
