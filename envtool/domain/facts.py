"""What an environment file says, without how it says it: to tell what a change has changed."""

from collections import Counter
from collections.abc import Iterator

from envtool.domain.specs import CondaDependency, PipDependency, Spec

Fact = tuple[str, ...]


def facts(spec: Spec) -> Counter[Fact]:
    """Everything that conda, pip and conda-lock read from `spec`; the order of lines is none."""
    return Counter(_facts(spec))


def line_fact(dependency: CondaDependency | PipDependency) -> Fact:
    """The fact that a line of either manager is."""
    manager = "conda" if isinstance(dependency, CondaDependency) else "pip"
    return (manager, dependency.text, *dependency.platforms)


def channels_fact(channels: tuple[str, ...]) -> Fact:
    """The fact that a list of channels is; their order counts."""
    return ("channels", *channels)


def _facts(spec: Spec) -> Iterator[Fact]:
    for key, entry in (("name", spec.name), ("prefix", spec.prefix), ("category", spec.category)):
        if entry is not None:
            yield (key, entry.text)
    yield channels_fact(tuple(entry.text for entry in spec.channels))
    yield ("platforms", *(entry.text for entry in spec.platforms))
    yield ("problems", str(len(spec.problems)))
    yield from (("unknown", entry.text) for entry in spec.unknown_keys)
    yield from (("variable", name.text, value.text) for name, value in spec.variables)
    yield from (line_fact(each) for each in spec.dependencies)
    yield from (line_fact(each) for each in spec.pip)
    if spec.pip_key is not None and not spec.pip:
        # conda stumbles over a section without a list.
        yield ("empty pip section",)
