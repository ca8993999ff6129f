"""Judges texts with the real parser, policy and lists, without a file system."""

import tomllib
from datetime import date

from envtool.adapters.shipped import ShippedLists
from envtool.adapters.yaml_events import EventYaml
from envtool.domain.findings import Finding
from envtool.domain.ignores import find_ignores
from envtool.domain.judge import Judgement, Selection, judge
from envtool.domain.lock_check import synced
from envtool.domain.lock_reader import read_lock
from envtool.domain.locks import Lock
from envtool.domain.policy.reader import PolicyText, Settings, read_settings
from envtool.domain.policy.resolve import Resolved, resolve
from envtool.domain.project import Project
from envtool.domain.rules import DEFAULTS
from envtool.domain.spec_reader import read_spec
from envtool.domain.specs import Role, Spec

TODAY = date(2026, 11, 23)
SHIPPED = ShippedLists()


def settings(text: str, path: str = "envtool.toml") -> Settings:
    """What a policy text says; it has to be readable."""
    read = read_settings(PolicyText(path, text, tomllib.loads(text)))
    assert not read.failures
    return read


def policy(text: str = "") -> Resolved:
    return resolve(settings(text), DEFAULTS)


def spec(text: str, path: str = "environment.yml", role: Role = Role.PRODUCTION) -> Spec:
    return read_spec(EventYaml().parse(text, path), tuple(text.splitlines()), path, role)


def project(
    production: str | None = None,
    development: str | None = None,
    toml: str = "",
    lock: str | Lock | None = None,
) -> Project:
    specs = []
    if production is not None:
        specs.append(spec(production))
    if development is not None:
        specs.append(spec(development, "environment-dev.yml", Role.DEVELOPMENT))
    resolved = policy(toml)
    read = read_lock(lock, "conda-lock.yml", EventYaml().parse) if isinstance(lock, str) else lock
    locks = (read,) if read else ()
    return Project(
        locks=locks,
        synced=frozenset(synced(locks, tuple(specs), SHIPPED.catalog())),
        root=".",
        specs=tuple(specs),
        policy=resolved.policy,
        waiver_places=resolved.waiver_places,
        policy_texts=resolved.texts,
        unknown_keys=resolved.unknown,
        weakened=resolved.weakened,
        catalog=SHIPPED.catalog(),
        licenses=SHIPPED.licenses(),
        today=TODAY,
        ignores=tuple(each for one in specs for each in find_ignores(one.lines, one.path)),
    )


def judged(
    production: str | None = None,
    development: str | None = None,
    toml: str = "",
    selection: Selection | None = None,
    lock: str | Lock | None = None,
) -> Judgement:
    return judge(project(production, development, toml, lock), selection or Selection())


def found(judgement: Judgement, rule: str) -> tuple[Finding, ...]:
    """The findings of `rule` that nobody waived."""
    return tuple(each for each in judgement.findings if each.rule == rule and each.waived is None)


def lines(judgement: Judgement, rule: str) -> list[tuple[str, int]]:
    return [(each.place.path, each.place.line) for each in found(judgement, rule)]


def environment(*dependencies: str, **keys: str) -> str:
    """An environment file: keys first, one line each, then `dependencies:`."""
    head = [f"{key}: {value}" for key, value in ({"channels": "[conda-forge]"} | keys).items()]
    return "\n".join([*head, "dependencies:", *(f"- {each}" for each in dependencies)]) + "\n"
