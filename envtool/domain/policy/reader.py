"""From a TOML document to the settings of a policy, with all its problems at once."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from envtool.domain.findings import Place
from envtool.domain.policy.model import options
from envtool.domain.policy.shapes import KeyPath, PolicyProblem, Report
from envtool.domain.results import Failure
from envtool.errors import ExitCode


class PolicyText(NamedTuple):
    """A policy file: its text, and the document that tomllib made of it."""

    path: str
    text: str
    document: Mapping[str, Any]
    # `("tool", "envtool")` in `pyproject.toml`.
    table: tuple[str, ...] = ()

    def place(self, path: KeyPath) -> Place:
        """Where the key at `path` (below `table`) stands."""
        from envtool.domain.policy.toml_places import place_of, toml_places

        return Place(self.path, *place_of(toml_places(self.text), (*self.table, *path)))

    def rule_place(self, rule: str) -> Place:
        """Where the level of a rule or family stands: `"pins.direct"`, or `direct` in `pins`."""
        from envtool.domain.policy.toml_places import toml_places

        nested = ("rules", *rule.split("."))
        is_nested = (*self.table, *nested) in toml_places(self.text)
        return self.place(nested if is_nested else ("rules", rule))

    @property
    def content(self) -> Mapping[str, Any]:
        """The policy's own table."""
        content: Any = self.document
        for name in self.table:
            content = content.get(name, {})
        return content if isinstance(content, dict) else {}


class Setting(NamedTuple):
    """A value that a file gives an option, and where."""

    value: Any
    place: Place


class Settings(NamedTuple):
    """What one policy file says, by the name of the option's field."""

    source: PolicyText | None
    values: Mapping[str, Setting]
    unknown: tuple[tuple[PolicyProblem, Place], ...] = ()
    failures: tuple[Failure, ...] = ()


NOTHING = Settings(None, {})
SCHEMA_HINT = "`envtool policy schema` says what each key takes"


def read_settings(source: PolicyText) -> Settings:
    """Every option that `source` sets; values that can not be read become `failures`."""
    report = Report()
    known = {option.key: (name, option) for name, option in options().items()}
    values: dict[str, Setting] = {}
    for path, value in _leaves(source.content, frozenset(known), report):
        name, option = known[path]
        read = option.shape.read(value, path, report)
        if read is not None:
            values[name] = Setting(read, source.place(path))
    return Settings(
        source,
        values,
        tuple((problem, source.place(problem.path)) for problem in report.unknown),
        tuple(_failure(problem, source) for problem in report.problems),
    )


def _leaves(
    content: Mapping[str, Any], known: frozenset[tuple[str, ...]], report: Report
) -> list[tuple[tuple[str, ...], Any]]:
    """The values of known options; options are one or two keys deep."""
    found: list[tuple[tuple[str, ...], Any]] = []
    families = {path[0] for path in known if len(path) > 1}
    for name, value in content.items():
        if (name,) in known:
            found.append(((name,), value))
        elif name not in families:
            report.unknown_key((name,), tuple(sorted({path[0] for path in known})))
        elif isinstance(value, dict):
            found += _family(name, value, known, report)
        else:
            report.problem((name,), f"`{name}` must be a table: `[{name}]`")
    return found


def _family(
    name: str, table: Mapping[str, Any], known: frozenset[tuple[str, ...]], report: Report
) -> list[tuple[tuple[str, ...], Any]]:
    keys = tuple(path[1] for path in known if path[0] == name and len(path) > 1)
    for key in table.keys() - set(keys):
        report.unknown_key((name, key), keys)
    return [((name, key), value) for key, value in table.items() if key in keys]


def _failure(problem: PolicyProblem, source: PolicyText) -> Failure:
    return Failure(
        code=ExitCode.UNREADABLE,
        message=problem.message,
        place=source.place(problem.path),
        hints=(problem.hint or SCHEMA_HINT,),
    )
