"""What `envtool verify --fix` would mend of what was found, for the hint to type it."""

from dataclasses import replace

from envtool.domain.results import Json, Result
from envtool.domain.rules import MENDED
from envtool.ports import Tools
from envtool.workflows.spec_files import STDIN
from envtool.workflows.verify import VerifyRequest


def with_mendable(tools: Tools, request: VerifyRequest, result: Result) -> Result:
    """`result` with the command that mends some of its findings, and how many.

    They are mended in memory: only so is it known which mends hold. Nothing is said of standard
    input, which is not there a second time.
    """
    opened = {each for each in result.open_findings if each.rule in MENDED}
    if not opened or STDIN in request.paths:
        return result
    from envtool.workflows.fix import FixRequest, fix

    fixed = fix(tools, FixRequest(verify=request, dry_run=True)).result
    number = len(opened.intersection(fixed.findings))
    if not number:
        return result
    mendable: Json = {"findings": number, "command": _typed(request)}
    return replace(result, data={**result.data, "mendable": mendable})


def _typed(request: VerifyRequest) -> str:
    from shlex import join

    options = ["-r"] if request.recursive else []
    options += ["--profile", request.profile.value] if request.profile else []
    options += ["--policy-from", request.policy_from] if request.policy_from else []
    options += ["--new-only"] if request.new_only else []
    for option, rules in (("--select", request.select), ("--ignore", request.ignore)):
        options += [option, ",".join(rules)] if rules else []
    # A path that looks like an option has to come behind the end of those.
    rest = ["--"] if any(each.startswith("-") for each in request.paths) else []
    return join(["envtool", "verify", "--fix", *options, *rest, *request.paths])
