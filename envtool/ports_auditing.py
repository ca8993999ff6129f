"""What auditing asks of the outside world; as `ports` has the rest."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from envtool.domain.auditing.identity import Coordinate
    from envtool.domain.auditing.project_status import ProjectsFound
    from envtool.domain.auditing.signatures import Signature
    from envtool.domain.auditing.standings import Lookup, SourceState
    from envtool.domain.auditing.subjects import Artifact
    from envtool.domain.channel_resolver import ResolvedChannel
    from envtool.domain.policy.records import Signing
    from envtool.domain.solving import CondaRecord


class Question(NamedTuple):
    """A product in a version, as a source of advisories is asked about it."""

    coordinate: "Coordinate"
    version: str


class Advisories(Protocol):
    """Sources of advisories, online or from the database on this machine.

    Online, a source that fails is replaced by what the database has of it, and both are said:
    `SourceState` has the error, and the age of the data that stands in for it. A failed source
    that nothing stands in for has no `fetched`.
    """

    def lookup(self, questions: "Sequence[Question]") -> "Lookup":
        """All that the sources say about `questions`.

        A source that can not be reached or answers nonsense is no exception: it is named with
        its error in `Lookup.sources`, and its products are missing from `Lookup.advisories` when
        nothing stands in for it. `Lookup.sources` has the map of `names`, too, once that was
        asked for. Raises `UsageError` and `UnreadableError` for settings that can not be used,
        `IntegrityError` for a damaged database when only that is asked.
        """
        ...

    def names(
        self, packages: "Collection[str] | None" = None
    ) -> "Mapping[str, tuple[str, ...]] | None":
        """The downloaded map from conda-forge names to PyPI names, in the format of parselmouth.

        Of `packages`, if they are given, and maybe of others: all that it has is a lot to read.
        A name that is known to be no Python distribution has an empty tuple. None when there is
        no map: an audit goes on without it.
        """
        ...


class Updated(NamedTuple):
    """What an update came to.

    Attributes:
        states: of every source, as it is now.
        failed: the names of those that could not be read; they have what they had.
    """

    states: "tuple[SourceState, ...]"
    failed: frozenset[str] = frozenset()


class AdvisoryDatabase(Protocol):
    """The advisories that are kept on this machine: one file, replaced as a whole."""

    def update(self, say: "Callable[[str], None]", folder: str | None = None) -> Updated:
        """Fetch what is new from every source, and put the new database in place of the old one.

        What did not change is not fetched again. A source that fails keeps the data it had and
        is named with its error. With `folder` nothing is fetched: the files of the sources are
        taken from there, under the names of `domain.auditing.sources.FILES` (with `.gz` or
        without), and are as old as they are; one that is missing counts as failed.

        `say` is told of each step, and when another update has its turn.

        Raises `UnavailableError` when no source could be read, `UnreadableError` when the
        database can not be written, `UsageError` when another update takes too long or `folder`
        is none; the old one stays then.
        """
        ...

    def status(self) -> "tuple[SourceState, ...]":
        """What is there, source by source; empty without a database.

        Raises `IntegrityError` when the database is damaged.
        """
        ...


class SignatureQuestion(NamedTuple):
    """A package as its channel lists it, and who has to have signed it."""

    record: "CondaRecord"
    signing: "Signing"


class Attestations(Protocol):
    """Verifies who signed packages."""

    def verify(
        self,
        questions: "Sequence[SignatureQuestion]",
        channels: "tuple[ResolvedChannel, ...]",
        root: str | None,
    ) -> "tuple[Signature, ...]":
        """The signature of each package, in the order of `questions`.

        `channels` serve them; `root` is the text of a trust root of Sigstore, None for the one
        of the public instance. What can not be fetched or verified is a state and no exception.
        Raises `UsageError` when `root` is none, or the network can not be used as it is set up.
        """
        ...


class ProjectIndex(Protocol):
    """An index of Python projects, which says what has become of them."""

    def statuses(self, names: "Sequence[str]") -> "ProjectsFound":
        """What the index says of the projects with these canonical names.

        What it can not be asked about, or says nothing of, is named with the reason: nothing is
        raised. When it can not be reached it is not asked for the rest.
        """
        ...


class PackageCaches(Protocol):
    """What package managers keep of packages on this machine, unpacked."""

    def licenses(self, artifacts: "Sequence[Artifact]") -> "Mapping[str, str]":
        """The licences that unpacked packages of these archives state, by the archive's URL.

        An archive that is nowhere, or of which it is not sure that it is this one, has none.
        """
        ...


class Webhook(Protocol):
    """A server that wants to be told what an audit found."""

    def check(self, url: str) -> None:
        """Raises `UsageError` when `post` would do so, without asking anybody."""
        ...

    def post(self, url: str, body: str, token: str | None) -> None:
        """Send `body`, which is JSON, to `url`, with `token` as a bearer's when there is one.

        Neither of the two is in a message: both may be secrets. Raises `UsageError` when `url`
        is none of `https` (or of this machine), `UnavailableError` when it is not taken.
        """
        ...
