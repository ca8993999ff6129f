"""What nobody may waive."""

from envtool.domain.policy.model import Policy

# What is found on waivers and the policy would hide behind itself.
ALWAYS = ("waivers", "policy")


def barred(policy: Policy, name: str) -> tuple[str, ...]:
    """What of the rule or family `name` nobody may waive: itself, or some rules of the family."""
    never = (*ALWAYS, *policy.never_waived)
    if name in never or name.partition(".")[0] in never:
        return (name,)
    return tuple(dict.fromkeys(each for each in never if each.partition(".")[0] == name))
