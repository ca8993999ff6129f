"""The files of a lock as texts."""

from envtool.domain.conda_lock_writer import LockMetadata, write_conda_lock
from envtool.domain.content_hash import content_hashes
from envtool.domain.lock_making import MAIN
from envtool.domain.solving import CondaRecord
from envtool.domain.spec_reader import read_spec
from envtool.domain.specs import Spec
from envtool.ports import Tools
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.lock_records import RECORDS_FILE
from envtool.workflows.locking import Solved
from envtool.workflows.pip_section import Whole
from envtool.workflows.spec_files import LOCK_FILE


def lock_texts(tools: Tools, whole: Whole, head: LockMetadata) -> dict[str, str]:
    """The text of each file, by its name relative to the project.

    `recovery/records.lock` first: read alone, the new one beside an old lock does no harm.
    """
    packages = (*whole.conda.packages, *whole.pip)
    return {
        RECORDS_FILE: tools.solver().write_records(_environments(whole.conda)),
        LOCK_FILE: write_conda_lock(head, packages, LOCK_FILE, tools.yaml.dump),
    }


def lock_head(tools: Tools, inputs: Inputs) -> LockMetadata:
    """The head of the lock that `inputs` make."""

    def reread(spec: Spec, lines: tuple[str, ...]) -> Spec:
        root = tools.yaml.parse("\n".join(lines), spec.path)
        return read_spec(root, lines, spec.path, spec.role)

    notes = inputs.old.head.notes if inputs.old else {}
    channels = inputs.channels.everything
    return LockMetadata(
        content_hash=content_hashes(inputs.specs, inputs.platforms, reread, inputs.own_machines),
        channels=tuple(dict.fromkeys((each.name, each.variables) for each in channels)),
        platforms=inputs.platforms,
        sources=tuple(inputs.relative(spec.path) for spec in inputs.specs),
        notes={key: value for key, value in notes.items() if key == "custom_metadata"},
    )


def _environments(solved: Solved) -> dict[str, dict[str, tuple[CondaRecord, ...]]]:
    """Production, and with development where there is such a thing, as rattler knows them."""
    found: dict[str, dict[str, tuple[CondaRecord, ...]]] = {}
    for platform, parts in solved.parts.items():
        for part in parts:
            name = "default" if part.category == MAIN else part.category
            found.setdefault(name, {})[platform] = part.records
    return found
