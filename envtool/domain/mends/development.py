"""The file that development tools move to: found in the project, or made anew."""

import posixpath
import re
from typing import NamedTuple

from envtool.domain.facts import facts
from envtool.domain.mends.mend import Draft, NewFile
from envtool.domain.pages import LeftAloneError, Page
from envtool.domain.secrets import secrets_in
from envtool.domain.specs import Role, Spec

_GLOB = re.compile(r"[*?\[]")
_PLAIN = re.compile(r"[A-Za-z][\w.+-]*(?:/[\w.+-]+)*|https?://[\w.+~/-]*[\w/]")
_NAME = re.compile(r"[A-Za-z][\w.-]*")


class Home(NamedTuple):
    """A development file: there with its spec, or `new`."""

    path: str
    page: Page
    spec: Spec
    new: NewFile | None = None


def find_home(draft: Draft, production: Spec) -> Home:
    """The development file for `production`, by the names that the policy gives.

    Raises `LeftAloneError` when it can not be read, or would have to be created and may not.
    """
    names = [each for each in draft.project.policy.development_files if not _GLOB.search(each)]
    folders = (draft.project.root, posixpath.dirname(production.path))
    paths = [_join(folder, name) for folder in folders for name in names]
    layers = draft.project.of(Role.DEVELOPMENT)
    named = next((each for path in paths for each in layers if each.path == path), None)
    if named is None and not names and len(layers) == 1:
        named = layers[0]
    if named is not None:
        return Home(named.path, draft.pages[named.path], named)
    broken = [each.path for each in draft.project.broken if each.path in paths]
    if broken:
        raise LeftAloneError(f"`{broken[0]}` can not be read")
    if not names:
        raise LeftAloneError("the policy does not name one development file")
    if not draft.whole:
        raise LeftAloneError(f"`{names[0]}` was not named: type `envtool verify --fix`")
    return _created(paths[0], production, draft.pages[production.path])


def _join(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))


def _created(path: str, production: Spec, page: Page) -> Home:
    """A new file with the channels of `production`."""
    if any(secrets_in(entry.text) for entry in production.channels):
        raise LeftAloneError("a channel holds a credential, which would be copied")
    name = production.name
    if name is not None and _NAME.fullmatch(name.text):
        name = name._replace(text=f"{name.text}-dev")
    else:
        name = None
    spec = Spec(path=path, role=Role.DEVELOPMENT, lines=(), name=name, channels=production.channels)
    lines = [f"name: {name.text}"] if name else []
    if spec.channels:
        lines += ["channels:", *(f"  - {as_yaml(each.text)}" for each in spec.channels)]
    ending = page.ending(1)
    head = "".join(line + ending for line in (*lines, "dependencies:"))
    new = NewFile(path, head, tuple(facts(spec).elements()))
    return Home(path, Page(path, head, None), spec, new)


def as_yaml(text: str) -> str:
    """`text` as a scalar that means the same in block and flow style."""
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "''") + "'"
