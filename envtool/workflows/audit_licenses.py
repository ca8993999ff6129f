"""The licences of what is audited, wherever somebody recorded them.

A `conda-lock.yml` has no field for a licence. The same archive has one in `recovery/records.lock`,
in the index of its channel, in an environment where it is installed, and in the caches of package
managers.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from envtool.domain.auditing.subjects import Subject
from envtool.domain.auditing.upstream import Upstream
from envtool.domain.installed import Installed
from envtool.domain.locks import Lock, LockedPackage
from envtool.domain.solving import CondaRecord
from envtool.ports import Tools


class LicenseRequest(NamedTuple):
    """Whose licences to look for, and what there is to look at, the surest first.

    Attributes:
        subjects: the packages.
        upstream: what their channels list.
        known: what was recorded of archives when they were locked, by URL.
        prefixes: installed environments.
    """

    subjects: tuple[Subject, ...]
    upstream: tuple[Upstream, ...] = ()
    known: Mapping[str, CondaRecord] = {}
    prefixes: tuple[Installed, ...] = ()


def completed(tools: Tools, request: LicenseRequest) -> tuple[Subject, ...]:
    """The packages, each with its licence when anybody tells it.

    What is recorded stays; else it is that of the lock's records, of the channel, of an installed
    package of the same name and version, of an unpacked one in a cache of this machine.
    """
    recorded = {**_of_channels(request.upstream), **_of_records(request.known)}
    installed = dict(_of_prefixes(request.prefixes))
    found = [
        each._replace(license=each.license or _known(each, recorded, installed))
        for each in request.subjects
    ]
    silent = [each for each in found if each.license is None and each.manager == "conda"]
    urls = [each for subject in silent for each in subject.artifacts if each.url]
    cached = tools.package_caches().licenses(urls) if urls else {}
    return tuple(
        each if each.license else each._replace(license=_known(each, cached, {})) for each in found
    )


def licensed_locks(subjects: tuple[Subject, ...]) -> tuple[Lock, ...]:
    """The packages as locks that record licences, by where they are locked or installed.

    That is what the rules on licences judge.
    """
    by_path: dict[str, list[LockedPackage]] = {}
    for each in subjects:
        by_path.setdefault(each.place.path, []).extend(_locked(each))
    return tuple(
        Lock(
            path=path,
            platforms=tuple(dict.fromkeys(each.platform for each in packages)),
            channels=(),
            sources=(),
            packages=tuple(packages),
        )
        for path, packages in by_path.items()
    )


def _locked(subject: Subject) -> Iterator[LockedPackage]:
    for each in subject.artifacts:
        yield LockedPackage(
            name=subject.name,
            version=subject.version,
            manager=subject.manager,
            platform=each.platform,
            # A package that came from nowhere is still one: pip records no address.
            url=each.url or f"{subject.manager}:{subject.name}@{subject.version}",
            md5="",
            sha256=each.sha256,
            dependencies=(),
            category=subject.categories[0] if subject.categories else "main",
            line=subject.place.line,
            license=subject.license,
        )


def _known(
    subject: Subject,
    by_archive: Mapping[str, str],
    by_name: Mapping[tuple[str, str, str], str],
) -> str | None:
    """Of several archives of one version the first that tells it."""
    keys = [key for each in subject.artifacts for key in (each.sha256, each.url) if key]
    found = next((by_archive[key] for key in keys if key in by_archive), None)
    return found or by_name.get(subject.key)


def _of_channels(upstream: tuple[Upstream, ...]) -> dict[str, str]:
    return {each.artifact.url: each.license for each in upstream if each.license}


def _of_records(known: Mapping[str, CondaRecord]) -> dict[str, str]:
    return {url: each.license for url, each in known.items() if each.license}


def _of_prefixes(prefixes: tuple[Installed, ...]) -> Iterator[tuple[tuple[str, str, str], str]]:
    """By name and version: another build of a release is under the same licence."""
    for prefix in prefixes:
        for each in prefix.packages:
            if each.license:
                yield (each.manager, each.name, each.version), each.license
