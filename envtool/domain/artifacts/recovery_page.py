"""`recovery/RECOVERY.md`: how this project's environment is built again, step by step."""

from collections.abc import Iterator
from string import Template

from envtool.domain.artifacts.contents import Contents, environment_name, suffix
from envtool.domain.lock_making import MAIN

# What stands below it is the project's own, and is kept.
MARK = "<!-- yours: envtool keeps what stands below this line -->"


def recovery_page(contents: Contents, template: str, before: str) -> str:
    """The page; `before` is the one that is there, whose own part is kept."""
    platform = contents.platforms[0] if contents.platforms else "linux-64"
    page = Template(template).substitute(
        name=contents.name,
        lock=contents.digest[:12],
        table="\n".join(_table(contents)),
        platform=platform,
        environments=", ".join(f"`{environment_name(each)}`" for each in contents.categories),
    )
    _, mark, own = before.partition(MARK)
    return f"{page.rstrip()}\n\n{MARK}\n" + (own.lstrip("\n") if mark else "")


def _table(contents: Contents) -> Iterator[str]:
    yield "| environment | platform | conda packages | pip packages | list |"
    yield "|---|---|---|---|---|"
    for category, platform, packages in contents.environments():
        conda = sum(each.manager == "conda" for each in packages)
        name = f"conda{suffix(category)}-{platform}.lock"
        yield (
            f"| {environment_name(category)}{'' if category == MAIN else ' (with production)'}"
            f" | {platform} | {conda} | {len(packages) - conda} | `{name}` |"
        )
