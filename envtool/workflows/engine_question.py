"""Puts a project as a question to an engine that locks whole projects."""

from collections.abc import Iterator, Mapping

from envtool.domain.channel_names import public_name
from envtool.domain.conda_lock_writer import LockMetadata, write_conda_lock
from envtool.domain.credentials import variables_in
from envtool.domain.engine import (
    ENGINE_PLATFORMS,
    EngineQuestion,
    PlatformLines,
    combined,
    combined_pip,
    names_of,
    pinned,
)
from envtool.domain.lock_making import pip_lines
from envtool.domain.match_specs import MatchSpec
from envtool.domain.pip_requirements import RequirementKind
from envtool.domain.selectors import overlap
from envtool.domain.solving import CondaRecord
from envtool.domain.specs import PipDependency, Spec
from envtool.domain.yaml_nodes import Scalar, keys_of
from envtool.errors import UsageError
from envtool.ports import Tools
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.pip_lines import PipLines, RefusedLineError
from envtool.workflows.pip_section import NoPipSolutionError
from envtool.workflows.spec_files import LOCK_FILE

# By platform, what may not change.
Pins = Mapping[str, tuple[CondaRecord, ...]]

_UNREAD = frozenset({
    RequirementKind.OPTION,
    RequirementKind.REQUIREMENTS_FILE,
    RequirementKind.CONSTRAINTS_FILE,
})  # fmt: skip
_OURS = "leave out `--engine`: `envtool lock` by itself does that"


def engine_question(
    tools: Tools, inputs: Inputs, pins: Pins, ranges: frozenset[str]
) -> EngineQuestion:
    """The question for all platforms.

    `ranges` are the packages in no file that the policy's constraints have to be asked for, too.
    Raises `UsageError` for a platform that conda-lock does not know, `NoPipSolutionError` for a
    line of a `pip:` section that is not locked.
    """
    unknown = [each for each in inputs.platforms if each not in ENGINE_PLATFORMS]
    if unknown:
        raise UsageError(f"conda-lock does not lock for `{unknown[0]}`", hints=(_OURS,))
    channels = tuple(_channels(inputs))
    return EngineQuestion(
        channels=channels,
        lines={
            platform: PlatformLines(
                conda=tuple(_conda(inputs, platform, pins.get(platform, ()), ranges)),
                pip=tuple(pip_texts(tools, inputs.specs, platform)),
            )
            for platform in inputs.platforms
        },
        machines=inputs.machines,
        names=names_of(inputs.project.catalog),
        pip_repositories=tuple(
            dict.fromkeys(each.text for spec in inputs.specs for each in spec.pip_repositories)
        ),
        has_pypi=all(_has_pypi(tools, spec) for spec in inputs.specs),
        held=_held(tools, inputs, channels),
    )


def _channels(inputs: Inputs) -> Iterator[str]:
    """As the files have them, with credentials; a folder by its whole path."""
    written = {public_name(each.text): each.text for spec in inputs.specs for each in spec.channels}
    found = (
        each.url if each.url.startswith("file:") else written.get(each.name, each.name)
        for each in inputs.channels.everything
    )
    yield from dict.fromkeys(found)


def _has_pypi(tools: Tools, spec: Spec) -> bool:
    """conda-lock's key `allow-pypi-requests`."""
    node = keys_of(tools.yaml.parse("\n".join(spec.lines), spec.path)).get("allow-pypi-requests")
    return not isinstance(node, Scalar) or node.text.lower() not in {"false", "no", "off"}


def _conda(
    inputs: Inputs, platform: str, pins: tuple[CondaRecord, ...], ranges: frozenset[str]
) -> Iterator[str]:
    """One match spec for each package."""
    allowed = inputs.project.policy.constraints
    held = {each.name: each for each in pins}
    asked: dict[str, list[tuple[str, MatchSpec]]] = {}
    for spec in inputs.specs:
        for line in spec.dependencies:
            if overlap(line.platforms, (platform,)):
                asked.setdefault(line.spec.name, []).append((line.text, line.spec))
    for name, lines in asked.items():
        if name in held:
            channel = next((spec.channel for _, spec in lines if spec.channel), None)
            yield pinned(held[name], channel)
        else:
            yield combined(lines, allowed.get(name))
    yield from (pinned(record) for name, record in held.items() if name not in asked)
    yield from (f"{name} {allowed[name]}" for name in sorted(ranges - asked.keys() - held.keys()))


def pip_texts(tools: Tools, specs: tuple[Spec, ...], platform: str) -> tuple[str, ...]:
    """The `pip:` sections of `specs` as conda-lock reads them; raises as `engine_question`."""
    lines = tuple(line for spec in specs for line in pip_lines(spec, platform))
    try:
        for line in lines:
            _check(line)
        return tuple(combined_pip(PipLines(tools, platform).read(lines)))
    except RefusedLineError as error:
        raise NoPipSolutionError({platform: error.conflict}) from error


def _check(line: PipDependency) -> None:
    if line.requirement.kind in _UNREAD:
        raise RefusedLineError(line, f"conda-lock reads no `{line.text}`", _OURS)


def _held(tools: Tools, inputs: Inputs, channels: tuple[str, ...]) -> str | None:
    """A lock of the pip packages of today.

    conda-lock refuses one with other channels than the files, as it compares them: text by text,
    credentials replaced by variables that have the same value.
    """
    packages = [
        each
        for each in inputs.locked
        if each.manager == "pip" and each.platform in inputs.platforms
    ]
    is_plain = all(not variables_in(each) and public_name(each) == each for each in channels)
    if not packages or not is_plain:
        return None
    head = LockMetadata(
        content_hash=dict.fromkeys(inputs.platforms, ""),
        channels=tuple((each, ()) for each in channels),
        platforms=inputs.platforms,
        sources=(),
    )
    return write_conda_lock(head, packages, LOCK_FILE, tools.yaml.dump)
