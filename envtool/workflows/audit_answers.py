"""Who packages are, and what the sources of advisories say of them."""

from collections.abc import Mapping
from typing import NamedTuple

from envtool.domain.auditing.identify import Names, identify, spellings
from envtool.domain.auditing.identity import Certainty, Coordinate, Identity
from envtool.domain.auditing.sources import Sources
from envtool.domain.auditing.standing import standings_of
from envtool.domain.auditing.standings import Lookup, SourceState, Standing, State
from envtool.domain.auditing.subjects import Subject
from envtool.domain.results import Failure
from envtool.errors import IntegrityError, ToolError, UnavailableError
from envtool.ports import Tools
from envtool.ports_auditing import Question

_UNASKED = "the advisories could not be read"


class Answers(NamedTuple):
    """What was found out: a standing for each package, and what it rests on.

    Attributes:
        standings: worst first.
        sources: every source that was asked.
        failures: why nothing could be asked at all.
    """

    standings: tuple[Standing, ...]
    sources: tuple[SourceState, ...] = ()
    failures: tuple[Failure, ...] = ()


def answers_of(
    tools: Tools,
    subjects: tuple[Subject, ...],
    sources: Sources,
    own: Mapping[str, tuple[Coordinate, ...]],
) -> Answers:
    """What `sources` say of `subjects`; `own` is who packages are by the word of the project.

    Raises `EnvtoolError` for settings that can not be used.
    """
    try:
        lookup, identities = _asked(tools, subjects, sources, own)
    except (IntegrityError, UnavailableError, ToolError) as error:
        unknown = tuple(map(_unasked, subjects))
        return Answers(unknown, failures=(Failure.of(error),))
    return Answers(standings_of(identities, lookup), lookup.sources)


def _asked(
    tools: Tools,
    subjects: tuple[Subject, ...],
    sources: Sources,
    own: Mapping[str, tuple[Coordinate, ...]],
) -> tuple[Lookup, list[tuple[Subject, Identity]]]:
    advisories = tools.advisories(sources)
    packages = {name for each in subjects for name in spellings(each.name)}
    names = Names(
        catalog=tools.shipped.catalog(),
        products=tools.shipped.products(),
        downloaded=advisories.names(packages),
        own=own,
    )
    identities = [(each, identify(each, names)) for each in subjects]
    questions = dict.fromkeys(
        Question(coordinate, subject.version)
        for subject, identity in identities
        for coordinate in identity.coordinates
        if subject.version
    )
    return advisories.lookup(tuple(questions)), identities


def _unasked(subject: Subject) -> Standing:
    identity = Identity(Certainty.UNKNOWN, reason=_UNASKED)
    return Standing(subject, identity, State.NOT_AUDITED, reason=_UNASKED)
