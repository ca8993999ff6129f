"""What is newer than an update lets it be."""

import re

from envtool.conda_versions import Version, VersionSpec
from envtool.domain.update_asks import lines_of, package_of
from envtool.domain.update_kinds import level_range
from envtool.ports import Tools
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.update_aim import Aim, is_young
from envtool.workflows.update_rounds import Found

# Versions that nobody is told of: made before a release.
_EARLY = re.compile(r"dev|alpha|beta|rc|\d[ab]\d")


def newer_beyond(tools: Tools, inputs: Inputs, found: Found, aim: Aim) -> dict[str, str]:
    """The newest release of each direct dependency that is newer than the level lets it be."""
    platform = inputs.platforms[0]
    direct = {package_of(line) for spec in inputs.specs for line in lines_of(spec)}
    mine = {
        name: exact.removeprefix("==")
        for (manager, where, name), exact in found.ranges.items()
        if (manager, where) == ("conda", platform)
        and (manager, name) in direct
        and exact.startswith("==")
    }
    newest: dict[str, str] = {}
    for each in tools.solver().listed(inputs.channels.everything, platform, sorted(mine)):
        allowed = VersionSpec(level_range(each.name, mine[each.name], aim.level))
        is_newer = Version(each.version) > Version(newest.get(each.name, mine[each.name]))
        counts = not _EARLY.search(each.version) and not is_young(each, aim.newest)
        if is_newer and counts and not allowed.matches(each.version):
            newest[each.name] = each.version
    return dict(sorted(newest.items()))
