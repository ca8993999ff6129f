"""Which channels the packages of a lock come from, and which of them nobody named."""

from collections.abc import Iterator
from typing import NamedTuple

from envtool.domain.channels import NO_DEFAULTS, Channel, Mirrors, channel_of
from envtool.domain.locks import Lock, LockedPackage
from envtool.domain.project import Project
from envtool.domain.specs import Spec


class Foreign(NamedTuple):
    """A channel that nobody named, as a URL, and what is locked from there."""

    url: str
    packages: tuple[LockedPackage, ...]


def foreign_channels(lock: Lock, project: Project) -> Iterator[Foreign]:
    """Every channel of conda packages in `lock` that neither policy nor environment files name.

    Where the policy allows everything the lock's own head counts, too. A list of channels in
    the policy is not for the lock to add to: who edits a package edits the head. URLs that an
    environment file lists are that file's.
    """
    mirrors = Mirrors(project.policy.mirrors)
    homes = [mirrors.read(text) for text in named_channels(lock, project)]
    urls = (each.spec.url or "" for spec in project.specs for each in spec.dependencies)
    listed = {url.partition("#")[0] for url in urls}
    channels: dict[str, Channel] = {}
    found: dict[tuple[str, str | None], list[LockedPackage]] = {}
    for package in lock.foreign() if homes else []:
        if package.manager == "conda" and package.url not in listed:
            url = channel_of(package.url)
            if url not in channels:
                channels[url] = mirrors.read(url)
            channel = channels[url]
            found.setdefault((channel.base, channel.label), []).append(package)
    for packages in found.values():
        url = channel_of(packages[0].url)
        if not any(home.holds(channels[url]) for home in homes):
            yield Foreign(url, tuple(packages))


def named_channels(lock: Lock, project: Project) -> list[str]:
    """The channels that packages of `lock` may come from; none when nobody names any."""
    policy = project.policy.allowed_channels
    names = [*(policy or lock.channels)]
    for spec in project.specs:
        names += _of(spec)
    return [each for each in names if each != NO_DEFAULTS]


def _of(spec: Spec) -> Iterator[str]:
    if spec.dependencies and not spec.channels:
        yield "defaults"
    yield from (each.text for each in spec.channels)
    yield from (each.spec.channel for each in spec.dependencies if each.spec.channel)
