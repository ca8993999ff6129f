"""Whether every file of a tree is what its package brought."""

from envtool.domain.installed import Installed
from envtool.errors import IntegrityError
from envtool.ports import Tools

_SHOWN = 3


def check_files(tools: Tools, tree: str) -> None:
    """Read what is in `tree`, and hash every file of it; raises as `check_installed`."""
    check_installed(tools, tools.inspector().read(tree))


def check_installed(tools: Tools, installed: Installed, hashed: tuple[str, ...] = ()) -> None:
    """Have every file of a tree hashed, here or before as `Linked.hashed`.

    Raises `IntegrityError` when a file of a package is not what the package brought.
    """
    damages = tools.inspector().check_files(installed, hashed=hashed)
    wrong = [*(f"`{each.path}` {each.why}" for each in installed.broken)]
    wrong += [f"`{each.path}` {each.harm.value}" for each in damages]
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise IntegrityError(
            f"not every file is what its package brought: {', '.join(wrong[:_SHOWN])}{more}",
            hints=("extract every package anew: `envtool recreate --refetch`",),
        )
