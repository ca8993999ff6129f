"""VEX documents of the policy and of the command line, and what they say of an audit."""

import posixpath
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from envtool.domain.auditing.standings import Standing
from envtool.domain.auditing.vex import Statement, apply_vex, read_vex
from envtool.domain.findings import Place
from envtool.domain.json_text import JsonTextError
from envtool.domain.results import Failure
from envtool.errors import EnvtoolError, ExitCode
from envtool.ports import Tools
from envtool.workflows.audit_material import Material

# The largest in the wild has a few hundred kB.
_LIMIT = 1 << 24


class Said(NamedTuple):
    """Standings with what VEX documents say of them; those that could not be read."""

    standings: tuple[Standing, ...]
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()


def with_vex(
    tools: Tools, material: Material, named: tuple[str, ...], standings: tuple[Standing, ...]
) -> Said:
    """What the documents of the policy, and those `named`, make of `standings`."""
    project = material.project
    own = (_joined(project.root, each) for each in project.policy.audit_vex)
    statements: list[Statement] = []
    failures: list[Failure] = []
    for path in dict.fromkeys((*own, *named)):
        try:
            statements += read_vex(tools.files.read(path, _LIMIT), path)
        except EnvtoolError as error:
            failures.append(Failure.of(error, Place(path)))
        except JsonTextError as error:
            message = f"`{path}` is no VEX document: {error}"
            hints = ("name an OpenVEX or CycloneDX document in JSON",)
            failures.append(Failure(ExitCode.UNREADABLE, message, Place(path), hints))
    applied = apply_vex(standings, statements)
    return Said(applied.standings, tuple(failures), tuple(_notes(applied.unused)))


def _joined(root: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(root, path))


def _notes(unused: tuple[Statement, ...]) -> Iterator[str]:
    """Says so when a document is about what is not here: a name may be misspelled."""
    for path, number in Counter(each.source for each in unused).items():
        are, statements = ("are", "statements") if number > 1 else ("is", "statement")
        yield f"{number} {statements} of `{path}` {are} about no vulnerability that was found"
