"""Reads the lock that another engine made: its packages as records, and what each is for."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from envtool.domain.conda_lock import read_conda_lock
from envtool.domain.credentials import split_url
from envtool.domain.lock_check import inconsistent, out_of_sync
from envtool.domain.lock_making import MAIN, Part, category, reachable, reached
from envtool.domain.lock_reader import NotALockError
from envtool.domain.locks import Lock, LockedPackage
from envtool.domain.pip_grammar import canonical
from envtool.domain.pip_requirements import parse_pip_requirement
from envtool.domain.solving import CondaRecord
from envtool.domain.specs import Spec
from envtool.domain.yaml_nodes import YamlError
from envtool.errors import IntegrityError, ToolError
from envtool.ports import Tools
from envtool.workflows.engine_question import pip_texts
from envtool.workflows.lock_current import asked_names, is_allowed
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.locking import Held, Solved
from envtool.workflows.pip_section import Whole
from envtool.workflows.spec_files import LOCK_FILE

_OURS = "`envtool lock` without `--engine` solves by itself"


def read_answer(tools: Tools, text: str) -> Lock:
    """The lock in `text`; raises `ToolError` when it is none."""
    try:
        return read_conda_lock(text, LOCK_FILE, tools.yaml.parse)
    except (NotALockError, YamlError) as error:
        raise ToolError(f"conda-lock left no lock: {error.message}", hints=(_OURS,)) from error


def whole_of(tools: Tools, inputs: Inputs, lock: Lock, held: Held) -> Whole:
    """What `lock` has, sorted by what envtool says it is for.

    Raises `ToolError` when that is not what the files ask for, `IntegrityError` when a channel
    lists a package with another hash.
    """
    conda = {
        platform: tuple(_records(tools, inputs, platform, lock, held.get(platform, ())))
        for platform in inputs.platforms
    }
    solved = Solved(parts={name: tuple(_parts(inputs, name, some)) for name, some in conda.items()})
    pip = tuple(
        each for name in inputs.platforms for each in _pip(tools, inputs, name, lock.packages)
    )
    whole = Whole(solved.with_production(_needed_by_pip(inputs, solved, pip)), pip)
    _check(inputs, lock, (*whole.conda.packages, *whole.pip))
    return whole


def _check(inputs: Inputs, lock: Lock, packages: tuple[LockedPackage, ...]) -> None:
    """Raises `ToolError` for what `envtool verify` would find in the lock at once."""
    made = replace(
        lock,
        packages=packages,
        platforms=inputs.platforms,
        sources=tuple(inputs.relative(spec.path) for spec in inputs.specs),
        machines=inputs.machines,
    )
    reasons = [
        *(each.text for each in out_of_sync(made, inputs.specs, inputs.project.catalog)),
        *(each.text for each in inconsistent(made)),
        *(_over(inputs, each) for each in packages if not is_allowed(inputs, each)),
    ]
    if reasons:
        raise ToolError(f"conda-lock made another lock: {reasons[0]}", hints=(_OURS,))


def _over(inputs: Inputs, package: LockedPackage) -> str:
    allowed = inputs.project.policy.constraints[package.name]
    return f"`{package.name} {package.version}`, and `[constraints]` say `{allowed}`"


def _records(
    tools: Tools, inputs: Inputs, platform: str, lock: Lock, held: tuple[CondaRecord, ...]
) -> Iterator[CondaRecord]:
    """The records of what `lock` has for a platform; virtual packages are the machine's."""
    packages = [
        each._replace(url=split_url(each.url).url)
        for each in lock.packages
        if (each.platform, each.manager) == (platform, "conda") and each.name[:2] != "__"
    ]
    known = {each.url: each for each in held}
    missing = [each for each in packages if not _is_same(each, known.get(each.url))]
    names = sorted({each.name for each in missing})
    listed = tools.solver().listed(inputs.channels.everything, platform, names)
    for package in packages:
        if package in missing:
            yield _listed(listed, package) or tools.solver().restored(package)
        else:
            yield known[package.url]


def _is_same(package: LockedPackage, record: CondaRecord | None) -> bool:
    """Whether both are the same bytes."""
    if record is None:
        return False
    if package.sha256 and record.sha256:
        return package.sha256 == record.sha256
    return package.md5 == record.md5


def _listed(listed: Iterable[CondaRecord], package: LockedPackage) -> CondaRecord | None:
    """The record of `package`, at another address when a mirror served it."""
    key = (package.name, package.version, package.build)
    found = [each for each in listed if each.key == key]
    same = [each for each in found if _is_same(package, each)]
    if any(each.url == package.url for each in found) and not same:
        raise IntegrityError(
            f"`{package.url}` has another hash in the channel than in the lock of conda-lock",
            hints=("run `envtool lock` again; when it stays, ask who keeps the channel",),
        )
    same.sort(key=lambda each: each.url != package.url)
    return same[0] if same else None


def _parts(inputs: Inputs, platform: str, records: tuple[CondaRecord, ...]) -> Iterator[Part]:
    """Production, then what each other category has besides; nothing that nobody needs."""
    by_name = {each.name: each for each in records}

    def needed(specs: Iterable[Spec]) -> tuple[CondaRecord, ...]:
        names = reachable(asked_names(inputs, specs, platform), by_name)
        return tuple(by_name[name] for name in sorted(names))

    main = needed(each for each in inputs.specs if category(each) == MAIN)
    everything = needed(inputs.specs)
    yield Part(MAIN, frozenset(each.name for each in main), main)
    for name in sorted({category(each) for each in inputs.specs} - {MAIN}):
        specs = [each for each in inputs.specs if category(each) == name]
        yield Part(name, asked_names(inputs, specs, platform), everything)


def _pip(
    tools: Tools, inputs: Inputs, platform: str, packages: tuple[LockedPackage, ...]
) -> Iterator[LockedPackage]:
    """The pip packages of a platform; one that production needs is production's."""
    there = {
        canonical(each.name): each
        for each in packages
        if (each.platform, each.manager) == (platform, "pip")
    }
    names = dict.fromkeys((MAIN, *(category(each) for each in inputs.specs)))
    for name in names:
        specs = tuple(each for each in inputs.specs if category(each) == name)
        for each in sorted(reached(_roots(tools, specs, platform), there)):
            yield there.pop(each)._replace(category=name)


def _roots(tools: Tools, specs: tuple[Spec, ...], platform: str) -> list[str]:
    texts = pip_texts(tools, specs, platform)
    requirements = (parse_pip_requirement(each) for each in texts)
    return [each.name for each in requirements if each.name]


def _needed_by_pip(
    inputs: Inputs, solved: Solved, pip: tuple[LockedPackage, ...]
) -> dict[str, frozenset[str]]:
    """The conda packages that stand for distributions which pip packages of production need."""
    catalog = inputs.project.catalog
    found = {}
    for platform, parts in solved.parts.items():
        needs = {
            canonical(name)
            for each in pip
            if (each.platform, each.category) == (platform, MAIN)
            for name, _ in each.dependencies
        }
        found[platform] = frozenset(
            each.name
            for each in parts[-1].records
            if canonical(catalog.distribution(each.name)) in needs
        )
    return found
