"""Runs a command where a folder is mounted otherwise, in a namespace of its own."""

import subprocess
from pathlib import Path

import pytest

# Scripts for `sh`: the first argument is the folder or file, the others are the command.
# The working directory is entered anew, for the old one is below the mount.
READ_ONLY = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; shift; cd "$PWD"; exec "$@"'
ITSELF = 'mount --bind "$1" "$1"; shift; exec "$@"'


def skip_without_namespaces() -> None:
    """Skip the test where the system refuses namespaces."""
    probe = subprocess.run(["unshare", "-rmn", "true"], check=False, capture_output=True)  # noqa: S607
    if probe.returncode:
        pytest.skip(f"no namespaces here: {probe.stderr.decode().strip()}")


def mounted(
    script: str, *arguments: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `script` with `sh` where it may mount; skip where the system refuses that."""
    skip_without_namespaces()
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-ec", script, "sh", *arguments],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
    )
    if "mount:" in done.stderr:
        pytest.skip(done.stderr.strip())
    return done
