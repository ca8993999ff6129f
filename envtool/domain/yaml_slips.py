"""What was meant by a line that YAML takes for something else."""

import re

from envtool.domain.secrets import mask
from envtool.domain.yaml_nodes import Mapping, Node, Scalar

_DASH = re.compile(r"\s*-(?=[^\s-])")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION = re.compile(r"[0-9][0-9a-z.]*")
_NEITHER = "the line is neither an item of a list nor a key"
# The keys of an environment file that a list or a mapping stands under.
KEYS = ("channels", "dependencies", "variables", "platforms", "pip", "pip-repositories", "name")


def missing_blank(line: str) -> tuple[str, str] | None:
    """What is wrong with `-numpy`, an item that is none, and what to write; else None."""
    found = _DASH.match(line)
    if found is None:
        return None
    item = mask(line[found.end() :].strip())
    return f"`-{item}` lacks the blank behind the dash", f"write `- {item}`"


def lone_text(line: str) -> tuple[str, str]:
    """What is wrong with a line that is neither an item nor a key, and what to write.

    Only what can be no secret is said again.
    """
    text = line.strip()
    if (found := missing_blank(line)) is not None:
        return found
    if text in KEYS:
        return f"`{text}` lacks its colon", f"write `{text}:`"
    return _NEITHER, "write `- name` for an item, or `name: value` for a key"


def requirement_meant(item: Node) -> str:
    """What to write for `requests: 2`."""
    if isinstance(item, Mapping) and len(item.pairs) == 1:
        name, version = item.pairs[0]
        if isinstance(name, Scalar) and isinstance(version, Scalar) and _NAME.fullmatch(name.text):
            number = _VERSION.fullmatch(version.text)
            return f"write `- {name.text}" + (f"=={version.text}`" if number else "`")
    return "write one requirement in each line, such as `- requests==2.32.5`"
