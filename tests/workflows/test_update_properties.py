"""What holds of every update, in small worlds made at random."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from envtool.conda_versions import VersionSpec
from envtool.domain.match_specs import parse_match_spec
from envtool.domain.update_kinds import Level, level_range
from tests.channels import record, write_records
from tests.conftest import Envtool
from tests.updating import BOTH, LINUX, MAC, Project, make

NAMES = ("a", "b", "c", "d", "e", "f")
VERSIONS = ("1.0.0", "1.0.1", "1.1.0", "2.0.0")
# What a later version may ask of another package.
CHOOSY = (">=1", ">=1.0.1", "<2", "<1.1", ">=1,!=1.0.1", ">=1.1", ">=2")


def world(dice: random.Random) -> Iterator[dict[str, Any]]:
    """Packages in several versions; the later ones are choosy, and not everywhere."""
    for name in NAMES:
        for number, version in enumerate(VERSIONS[: dice.randint(1, 4)]):
            others = [each for each in NAMES if each != name and dice.random() < 0.25]
            needs = [f"{other} {dice.choice(CHOOSY) if number else '>=1'}" for other in others]
            for subdir in BOTH if number and dice.random() < 0.3 else ("noarch",):
                if subdir != MAC or dice.random() < 0.7:
                    yield record(name, version, *needs, subdir=subdir)


def spelled(dice: random.Random, name: str, version: str) -> str:
    """A line that allows `version`."""
    series = version.rpartition(".")[0]
    return dice.choice(
        [
            name,
            f"{name} >=1",
            f"{name}={series}",
            f"{name}={version}",
            f"{name} =={version}",
            f"{name}~={version}",
            f"{name}>={series},<{int(version[0]) + 1}",
        ]
    )


def prepare(project: Project, dice: random.Random) -> None:
    """Locks the first versions of a world, and publishes the others."""
    everything = list(world(dice))
    write_records(project.folder / "channel", [each for each in everything if _is_first(each)])
    listed = dice.sample(NAMES, 3)
    project.lock(*listed)
    lines = (spelled(dice, name, VERSIONS[0]) for name in listed)
    project.lock(*lines)
    write_records(project.folder / "channel", everything)


def _is_first(package: dict[str, Any]) -> bool:
    return str(package["version"]) == VERSIONS[0]


# The last ones have packages that go in one round and come back in the next.
@pytest.mark.parametrize("seed", [*range(20), 195, 265, 320, 353])
def test_an_update_is_a_lock_that_goes_no_further_than_asked(
    tmp_path: Path, envtool: Envtool, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret depends on it
    project = make(tmp_path, envtool)
    prepare(project, dice)
    before = {platform: project.locked(platform) for platform in BOTH}
    level = dice.choice(list(Level))
    arguments = dice.choice([("--all",), ("--all",), (dice.choice(sorted(before[LINUX])),)])
    done = project.update(*arguments, "--level", level)
    if done.first.startswith("Nothing to update"):
        return
    assert envtool("export").code == 0
    after = {platform: project.locked(platform) for platform in BOTH}
    for platform, packages in before.items():
        for name, version in packages.items():
            is_meant = arguments in {("--all",), (name,)}
            if is_meant and name in after[platform]:
                allowed = VersionSpec(level_range(name, version, level))
                assert allowed.matches(after[platform][name]), (name, version)
    assert envtool("lock", "--check").code == 0, "what was accepted is up to date"
    for line in (project.folder / "environment.yml").read_text().splitlines():
        if line.startswith("  - "):
            asked = parse_match_spec(line[4:])
            for packages in after.values():
                assert asked.version_spec is None or asked.version_spec.matches(
                    packages[asked.name]
                )
    # What went away held others back, and nothing holds it back when it returns.
    if all(before[platform].keys() <= after[platform].keys() for platform in BOTH):
        again = project.update(*arguments, "--level", level)
        assert again.first.startswith("Nothing to update"), again.out
