"""What a waiver covers, and what nobody may waive."""

from fnmatch import fnmatchcase

from envtool.domain.policy.model import Policy
from envtool.domain.policy.records import Waiver

# What is found on waivers and the policy would hide behind itself.
ALWAYS = ("waivers", "policy")


def barred(policy: Policy, name: str) -> tuple[str, ...]:
    """What of the rule or family `name` nobody may waive: itself, or some rules of the family."""
    never = (*ALWAYS, *policy.never_waived)
    if name in never or name.partition(".")[0] in never:
        return (name,)
    return tuple(dict.fromkeys(each for each in never if each.partition(".")[0] == name))


def covers(waiver: Waiver, rule: str, package: str | None, path: str, root: str) -> bool:
    """Whether `waiver` is for findings of `rule` on `package` in the file at `path`.

    `root` is the folder of the policy: patterns of paths are relative to it, from whatever
    folder envtool runs.
    """
    if waiver.rule not in {rule, rule.partition(".")[0]}:
        return False
    if waiver.package and not fnmatchcase(package or "", waiver.package.lower()):
        return False
    paths = (path, path.removeprefix(f"{root}/"))
    return waiver.path is None or any(fnmatchcase(each, waiver.path) for each in paths)
