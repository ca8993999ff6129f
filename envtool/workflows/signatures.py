"""Who signed packages: asked before anything is installed, and in an audit."""

import posixpath
from collections.abc import Iterable, Sequence
from hashlib import sha256

from envtool.domain.auditing.signatures import Signature, SignatureState, worst
from envtool.domain.channel_resolver import ResolvedChannel
from envtool.domain.policy.model import Policy
from envtool.domain.policy.records import SignatureMode
from envtool.domain.policy.signatures import signing_of
from envtool.domain.solving import CondaRecord
from envtool.errors import (
    EnvtoolError,
    IntegrityError,
    RefusedError,
    UnavailableError,
    UnreadableError,
)
from envtool.ports import Tools
from envtool.ports_auditing import SignatureQuestion

_ROOT_LIMIT = 1 << 20
_SHOWN = 3
# What ends an installation, the first of these that there is; and what to do about it.
_REFUSALS: tuple[tuple[SignatureState, type[EnvtoolError], str, str], ...] = (
    (
        SignatureState.INVALID,
        IntegrityError,
        "signed wrongly",
        "ask whoever keeps that channel; nothing of it was installed",
    ),
    (
        SignatureState.UNTRUSTED,
        IntegrityError,
        "signed by somebody else than `signatures.channels` names",
        "find out who that is before you add them to the policy",
    ),
    (
        SignatureState.MISSING,
        RefusedError,
        "not signed, and the policy requires it",
        "lock builds that are signed: `envtool update`; or change `signatures.channels`",
    ),
    (
        SignatureState.RETRIEVAL_FAILED,
        UnavailableError,
        "said to be signed, and the signature can not be fetched",
        "try again in a while, with the channel in reach",
    ),
)


def signatures_of(
    tools: Tools,
    folder: str,
    policy: Policy,
    records: Iterable[CondaRecord],
    channels: tuple[ResolvedChannel, ...],
) -> tuple[Signature, ...]:
    """The signatures of those of `records` that the policy asks for any of; each in one state.

    `folder` is that of the policy. Raises `UnreadableError` or `IntegrityError` for a trust root
    that is not there or not the pinned one, `UsageError` for what is none.
    """
    asked = [
        SignatureQuestion(record, signing)
        for record in records
        if (signing := signing_of(policy.signatures, record.channel)).mode is not SignatureMode.OFF
    ]
    if not asked:
        return ()
    return tools.attestations().verify(asked, channels, _trust_root(tools, folder, policy))


def check_signatures(
    tools: Tools,
    folder: str,
    policy: Policy,
    records: Sequence[CondaRecord],
    channels: tuple[ResolvedChannel, ...],
) -> tuple[str, ...]:
    """What there is to tell of the signatures of `records`, which are about to be installed.

    A record that says nothing of signatures, as those of a bare `conda-lock.yml`, is looked up in
    its channel.

    Raises as `signatures_of`, and when the policy requires what is not there: `IntegrityError`
    for a signature that is wrong or of somebody else, `RefusedError` for one that is missing,
    `UnavailableError` for one that can not be fetched.
    """
    listed, failed = _listed(tools, policy, records, channels)
    found = worst((*signatures_of(tools, folder, policy, listed, channels), *failed))
    for state, error, what, hint in _REFUSALS:
        refused = [each for each in found if each.is_required and each.state is state]
        if refused:
            why = "" if state is SignatureState.MISSING else f": {refused[0].reason}"
            raise error(f"{_names(refused)}: {what}{why}", hints=(hint,))
    return tuple(_notes(found))


def _notes(found: Sequence[Signature]) -> Iterable[str]:
    verified = [each for each in found if each.state is SignatureState.VERIFIED]
    if verified:
        yield f"signatures: {len(verified)} of {len(found)} packages verified"
    for state, _, what, _ in _REFUSALS:
        others = [each for each in found if each.state is state]
        if others:
            yield f"signatures: {_names(others)}: {what.partition(', and the policy')[0]}"


def _names(signatures: Sequence[Signature]) -> str:
    names = ", ".join(f"`{each.name} {each.version}`" for each in signatures[:_SHOWN])
    more = len(signatures) - len(signatures[:_SHOWN])
    return names + (f" and {more} more" if more else "")


def _trust_root(tools: Tools, folder: str, policy: Policy) -> str | None:
    """The text of the policy's own trust root; None for the public one."""
    pinned = policy.trust_root
    if pinned is None:
        return None
    path = posixpath.normpath(posixpath.join(folder, pinned.path))
    data = tools.files.read(path, _ROOT_LIMIT)
    digest = sha256(data).hexdigest()
    if digest != pinned.sha256:
        raise IntegrityError(
            f"the trust root `{path}` is not the one that the policy pins",
            hints=(f"its sha256 is {digest}", "review what changed, then write that hash"),
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"the trust root `{path}` is not UTF-8", hints=("name a `trusted_root.json`",)
        ) from error


def _listed(
    tools: Tools,
    policy: Policy,
    records: Sequence[CondaRecord],
    channels: tuple[ResolvedChannel, ...],
) -> tuple[list[CondaRecord], list[Signature]]:
    """`records`, those that say nothing of signatures as their channel lists them.

    And, apart from those, what can not be known because the channel could not be asked.
    """
    silent: dict[tuple[str, str], set[str]] = {}
    for each in records:
        if not each.attestations and is_asked(policy, each.channel):
            silent.setdefault((each.channel, each.subdir), set()).add(each.name)
    served = {source.url: each for each in channels for source in each.sources}
    served |= {each.url: each for each in channels}
    listed: dict[tuple[str, str], CondaRecord] = {}
    failed: dict[str, str] = {}
    for (url, subdir), names in silent.items():
        try:
            there = tools.solver().listed((served[url],), subdir, sorted(names))
        except EnvtoolError as error:
            failed[url] = error.message
        else:
            listed |= {_file(each): each for each in there}
    known = [listed.get(_file(each), each) for each in records]
    silent_still = [not each.attestations and each.channel in failed for each in known]
    found = [each for each, is_lost in zip(known, silent_still, strict=True) if not is_lost]
    lost = [each for each, is_lost in zip(known, silent_still, strict=True) if is_lost]
    return found, [_unreachable(policy, each, failed[each.channel]) for each in lost]


def is_asked(policy: Policy, channel: str) -> bool:
    """Whether the policy asks for any signature of packages of `channel`, a URL."""
    return signing_of(policy.signatures, channel).mode is not SignatureMode.OFF


def _unreachable(policy: Policy, record: CondaRecord, why: str) -> Signature:
    return Signature(
        record.name,
        record.version,
        record.url,
        record.channel,
        signing_of(policy.signatures, record.channel),
        SignatureState.RETRIEVAL_FAILED,
        why,
    )


def _file(record: CondaRecord) -> tuple[str, str]:
    return (record.url, record.sha256)
