"""Rules on where packages come from."""

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from envtool.domain.channels import NO_DEFAULTS, Channel, Mirrors, channel_of, parse_channel
from envtool.domain.findings import Place, Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import rule
from envtool.domain.secrets import secrets_in
from envtool.domain.specs import Spec

if TYPE_CHECKING:
    from envtool.domain.lock_sources import Foreign
    from envtool.domain.locks import Lock


class _Use(NamedTuple):
    """A channel in use: listed under `channels:`, or in front of one package."""

    text: str
    channel: Channel
    place: Place
    package: str | None = None


def _listed(spec: Spec) -> list[_Use]:
    uses = [_Use(entry.text, parse_channel(entry.text), entry.place) for entry in spec.channels]
    return [use for use in uses if use.text != NO_DEFAULTS]


def _used(spec: Spec) -> Iterator[_Use]:
    yield from _listed(spec)
    for each in spec.dependencies:
        if each.spec.channel is not None:
            channel = parse_channel(each.spec.channel)
            yield _Use(each.spec.channel, channel, each.place, each.spec.name)


@rule("channels.allowed", "error", "error")
def allowed(project: Project) -> Iterator[Violation]:
    """A channel is used that the policy does not allow.

    Anybody can open a channel and upload a package named `numpy` to it. The policy lists the
    ones that are trusted, by name or by URL, under `channels.allowed`; without that list the
    rule has nothing to say. A mirror of an allowed channel (`channels.mirrors`) is allowed.
    """
    mirrors = Mirrors(project.policy.mirrors)
    known = [mirrors.read(text) for text in project.policy.allowed_channels]
    for spec in project.specs if known else ():
        for use in _used(spec):
            channel = mirrors.read(use.text)
            if not any(each.covers(channel) for each in known):
                yield Violation(
                    f"the channel `{use.text}` is not allowed",
                    use.place,
                    package=use.package,
                    fix=f"use {_listing(project.policy.allowed_channels)}, or change the policy",
                )


def _listing(names: tuple[str, ...]) -> str:
    return " or ".join(f"`{name}`" for name in names)


@rule("channels.defaults", "warning", "error")
def defaults(project: Project) -> Iterator[Violation]:
    """Packages come from Anaconda's own channels.

    `defaults` (and `anaconda`, `repo.anaconda.com/pkgs/...`) is covered by Anaconda's terms of
    service, which ask larger organisations for a licence; its packages are built otherwise
    than conda-forge's and do not mix well with them. A file that lists no channel at all gets
    `defaults` too.
    """
    for spec in project.specs:
        for use in _listed(spec):
            if use.channel.is_defaults:
                yield Violation(
                    f"`{use.text}` is covered by Anaconda's terms of service",
                    use.place,
                    fix="use `conda-forge`, and `nodefaults` to keep `defaults` out",
                )
        if spec.dependencies and not spec.channels:
            yield Violation(
                "no channel is listed, so conda takes `defaults`",
                spec.channels_key or spec.whole,
                fix="add `channels: [conda-forge]`",
            )


@rule("channels.order", "warning", "error")
def order(project: Project) -> Iterator[Violation]:
    """Channels stand in an order that makes packages mix badly.

    The first channel that has a package wins. bioconda is built on top of conda-forge and
    asks to stand below it; so does everything that is mixed with `defaults`. The order is set
    in the policy under `channels.order`; channels that it does not name may stand anywhere.
    """
    wanted = [parse_channel(text).name for text in project.policy.channel_order]
    for spec in project.specs:
        ranked = [use for use in _listed(spec) if use.channel.name in wanted]
        for upper, lower in combinations(ranked, 2):
            if wanted.index(upper.channel.name) > wanted.index(lower.channel.name):
                yield Violation(
                    f"`{lower.text}` stands below `{upper.text}`",
                    lower.place,
                    fix=f"put `{lower.text}` above `{upper.text}`",
                )
                break


@rule("channels.http", "error", "error")
def http(project: Project) -> Iterator[Violation]:
    """A channel or package index is read without encryption.

    Whoever sits on the way can hand out other packages: the index that holds the hashes comes
    over the same connection. Channels on this machine (localhost) are fine.
    """
    for spec in project.specs:
        for use in _used(spec):
            if use.channel.is_unencrypted:
                yield _unencrypted(use.text, use.place)
        for each in spec.dependencies:
            if each.spec.url and parse_channel(each.spec.url).is_unencrypted:
                yield _unencrypted(each.spec.url, each.place)
        for line in spec.pip:
            texts = [option.argument for option in line.requirement.options]
            for text in (*texts, line.requirement.url):
                if text and parse_channel(text).is_unencrypted:
                    yield _unencrypted(text, line.place)


def _unencrypted(text: str, place: Place) -> Violation:
    scheme = text.partition("://")[0].rpartition("+")[2]
    return Violation(
        f"`{text}` is read without encryption",
        place,
        fix=f"write `https://` instead of `{scheme}://`",
    )


@rule("channels.credential", "error", "error")
def credential(project: Project) -> Iterator[Violation]:
    """A channel's URL holds a token or a password.

    It is in the history of the repository for good, and conda writes it into the records of
    every package it installs. Replace the credential at the server first, then refer to it:
    conda expands `${TOKEN}` in channel URLs, and `conda login`-like stores keep it elsewhere.
    """
    for spec in project.specs:
        for use in _used(spec):
            if secrets_in(use.text):
                yield Violation(
                    f"the URL of the channel `{use.channel.name}` holds a credential",
                    use.place,
                    fix="replace it at the server, then write `${TOKEN}` in its place",
                )


@rule("channels.label", "warning", "error")
def label(project: Project) -> Iterator[Violation]:
    """A channel's label other than `main` is used.

    Labels like `dev`, `rc` or `broken` hold what its maintainers did not release; packages
    appear and disappear there without notice.
    """
    for spec in project.specs:
        for use in _used(spec):
            if use.channel.label not in {None, "main"}:
                yield Violation(
                    f"`{use.text}` is the unreleased label `{use.channel.label}`",
                    use.place,
                    package=use.package,
                    fix=f"use `{use.channel.name}`",
                )


@rule("channels.per-package", "warning", "error")
def per_package(project: Project) -> Iterator[Violation]:
    """A package names a channel that the file does not list.

    `pytorch::pytorch` takes this one package from there, while its dependencies are searched
    in the listed channels only; and whoever reads `channels:` does not see where packages
    come from.
    """
    for spec in project.specs:
        names = {use.channel.name for use in _listed(spec)}
        for use in _used(spec):
            if use.package is not None and use.channel.name not in names:
                yield Violation(
                    f"`{use.package}` comes from `{use.text}`, which `channels:` does not list",
                    use.place,
                    package=use.package,
                    fix=f"add `{use.text}` to `channels:`",
                    summary="packages come from a channel that `channels:` does not list",
                )


@rule("channels.url-outside-channel", "error", "error")
def url_outside_channel(project: Project) -> Iterator[Violation]:
    """A package comes from a URL outside the listed channels.

    In an environment file the solver takes such a package as it is, without dependencies and
    without the index that would say whether it was withdrawn. In a lock nobody solved for it:
    a line was edited, or the channels changed and nobody locked again. A lock may use the
    channels of the environment files and `channels.allowed` of the policy, and where the policy
    has no such list, those of its own head; mirrors are named under `channels.mirrors`. pip
    packages are not looked at.
    """
    mirrors = Mirrors(project.policy.mirrors)
    for spec in project.specs:
        homes = [mirrors.read(use.text) for use in _listed(spec)]
        for each in spec.dependencies:
            url = each.spec.url
            if url and not any(home.holds(mirrors.read(channel_of(url))) for home in homes):
                yield Violation(
                    f"`{each.spec.name}` is a URL outside the listed channels",
                    each.place,
                    package=each.spec.name,
                    fix=f"write `{each.spec.name}={(each.spec.version or 'X.Y.Z').lstrip('=')}`"
                    " and list its channel",
                )
    for lock in project.locks:
        from envtool.domain.lock_sources import foreign_channels

        for foreign in foreign_channels(lock, project):
            yield _foreign(lock, foreign, project)


def _foreign(lock: "Lock", foreign: "Foreign", project: Project) -> Violation:
    names = tuple(dict.fromkeys(each.name for each in foreign.packages))
    shown = ", ".join(f"`{name}`" for name in names[:3])
    more = f" and {len(names) - 3} more" if names[3:] else ""
    who = "the policy" if project.policy.allowed_channels else "the lock's head"
    origin = f"locked from `{foreign.url}`, which neither {who} nor an environment file names"
    return Violation(
        f"{shown}{more} {'are' if names[1:] else 'is'} {origin}",
        lock.place(foreign.packages[0]),
        package=None if names[1:] else names[0],
        fix="list that channel if it is meant, say under `channels.mirrors` of which channel it is"
        f" a mirror, or {lock.again}",
        reason=origin,
        number=len(names),
    )


RULES = (
    allowed,
    defaults,
    order,
    http,
    credential,
    label,
    per_package,
    url_outside_channel,
)
