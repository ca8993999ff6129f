"""Names what is in the way of a fix: a line, a constraint, or what another package needs."""

from envtool.conda_versions import VersionSpec
from envtool.domain.auditing.fixing import Package
from envtool.domain.pin_updates import asked
from envtool.domain.specs import CondaDependency
from envtool.domain.update_asks import package_of
from envtool.ports import Tools
from envtool.workflows.fix_search import Blocked, Search
from envtool.workflows.lock_inputs import Inputs


def blocker(tools: Tools, search: Search, blocked: Blocked) -> tuple[str, tuple[str, ...]]:
    """What is in the way of a fix, in one line, and what can be done about it."""
    package = blocked.need.package
    if blocked.why:
        return blocked.why, ()
    if blocked.beside:
        others = ", ".join(f"`{name}`" for _, name in blocked.beside)
        return f"{blocked.version} does not go together with the fix of {others}", ()
    own = _own(search.inputs, package, blocked.version)
    if own is not None:
        return own, (f"let it allow {blocked.version}, then `envtool audit --fix` again",)
    return _solver(tools, search, blocked)


def _own(inputs: Inputs, package: Package, version: str) -> str | None:
    """The line, or the constraint of the policy, that excludes a version of conda by itself.

    pip's packages are not asked for here: the resolver says of these what is in the way.
    """
    _, name = package
    for spec in inputs.specs:
        for line in spec.dependencies:
            if package_of(line) == package and not _allows(line, version):
                return f"{line.place}: `{line.text}` excludes {version}"
    allowed = inputs.project.policy.constraints.get(name)
    if allowed and not VersionSpec(allowed).matches(version):
        return f'the policy has `constraints.{name} = "{allowed}"`, which excludes {version}'
    return None


def _allows(line: CondaDependency, version: str) -> bool:
    """Whether what of a line holds besides its pin allows the version."""
    version_spec = asked(line, f"=={version}").spec.version_spec
    return version_spec is None or version_spec.matches(version)


def _solver(tools: Tools, search: Search, blocked: Blocked) -> tuple[str, tuple[str, ...]]:
    """What the solver's account comes to; see `workflows.unsolved`."""
    from envtool.workflows.unsolved import no_solution

    inputs = search.asked(blocked.need.package, blocked.version)
    result = no_solution(tools, inputs, blocked.unsolved, "update")
    first = result.failures[0]
    where = f"{first.place}: " if first.place and first.place.line else ""
    # What the fix is asked for is a constraint to the solver, and none of the policy.
    details = [each.strip() for each in first.details if "[constraints]" not in each]
    told = ": ".join([f"{where}{first.message}", *details[1:3]])
    return told, tuple(each for each in first.hints if "[constraints]" not in each)
