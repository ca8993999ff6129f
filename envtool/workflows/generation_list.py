"""What there is to go back to."""

from collections.abc import Iterator

from envtool.domain.generations import Generation
from envtool.domain.results import Json, Result
from envtool.ports import Tools
from envtool.workflows.install_home import check_home, find_home
from envtool.workflows.prefixes import Where, prefix_of, shown


def generations(tools: Tools, folder: str, where: Where) -> Result:
    """What there is to go back to; raises `EnvtoolError`."""
    home = find_home(tools, folder)
    prefix = tools.prefixes().real(prefix_of(tools, home.folder, where))
    check_home(tools, home, where, prefix)
    found = tools.prefixes().generations(prefix)
    current = tools.prefixes().current(prefix)
    name = shown(tools, prefix)
    number = "1 generation" if len(found) == 1 else f"{len(found)} generations"
    return Result(
        command="rollback",
        headline=f"{number} of `{name}`" if found else f"`{name}` has no past",
        notes=tuple(_damaged(tools, prefix)),
        data={
            "prefix": prefix,
            "generations": [_described(tools, prefix, each, current) for each in found],
        },
    )


def _damaged(tools: Tools, prefix: str) -> Iterator[str]:
    for each in tools.prefixes().broken(prefix):
        what = f"the record of generation {each.number} is damaged"
        if each.tree is None:
            yield f"{what}, and its tree is gone"
        else:
            yield f"{what}; the next `envtool rollback` makes it again from its tree"


def _described(tools: Tools, prefix: str, each: Generation, current: int | None) -> dict[str, Json]:
    return {
        "number": each.number,
        "created": each.created.isoformat(timespec="seconds"),
        "origin": each.origin,
        "environment": each.environment,
        "lock": each.lock,
        "revision": each.revision,
        "packages": len(each.packages),
        "files": [*sorted(each.files)],
        "tree": tools.prefixes().tree(prefix, each.number) is not None,
        "current": each.number == current,
    }
