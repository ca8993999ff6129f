"""The mend for a package that stands twice in one file."""

from envtool.conda_versions import VersionSpec, is_within
from envtool.domain.composition import allowed_versions, repeated
from envtool.domain.edits import Edit
from envtool.domain.facts import line_fact
from envtool.domain.findings import Finding, Place
from envtool.domain.list_items import Item, above, find_item, without
from envtool.domain.mends.mend import Change, Draft, Mend
from envtool.domain.pages import LeftAloneError
from envtool.domain.selectors import comment_platforms
from envtool.domain.specs import CondaDependency, PipDependency

Line = CondaDependency | PipDependency


def duplicate(draft: Draft, finding: Finding) -> Mend:
    """Removes the line that asks for nothing that the other one does not ask for, too.

    A comment behind it is put above the line that stays.
    """
    second = draft.dependency(finding.place)
    first = draft.dependency(_first(draft, finding.place))
    if implied(second, first):
        weaker, other = second, first
    elif implied(first, second):
        weaker, other = first, second
    elif type(first) is not type(second):
        raise LeftAloneError("conda and pip both install it")
    else:
        raise LeftAloneError(f"`{first.text}` and `{second.text}` each ask for something else")
    page = draft.pages[finding.place.path]
    gone = find_item(page, weaker.place, weaker.text)
    if gone.is_alone:
        raise LeftAloneError("its list would be empty")
    edits = (without(gone), *_kept_comment(gone, find_item(page, other.place, other.text)))
    what = f"Removed `{weaker.text}`, as `{other.text}` asks for it, too"
    change = Change(finding.place.path, edits, lost=(line_fact(weaker),))
    return Mend(what, (change,), claims=frozenset({f"{finding.package} in {page.path}"}))


def _first(draft: Draft, place: Place) -> Place:
    pairs = repeated(draft.spec(place), draft.project.catalog)
    return next(first.place for first, second in pairs if second.place == place)


def _kept_comment(gone: Item, kept: Item) -> tuple[Edit, ...]:
    """The comment behind a line that goes, above the one that stays.

    What only envtool or conda-lock reads goes with its line.
    """
    comment = gone.comment
    is_code = "envtool:" in comment or comment_platforms(comment)
    if not comment or is_code or comment == kept.comment:
        return ()
    if not kept.lead:
        raise LeftAloneError("there is a comment behind it")
    return (above(kept.page, kept.line, [kept.indent + comment]),)


def implied(weaker: Line, other: Line) -> bool:
    """Whether `other` asks for all that `weaker` asks for, wherever that holds."""
    if other.platforms and set(other.platforms) != set(weaker.platforms):
        return False
    if isinstance(weaker, CondaDependency) and isinstance(other, CondaDependency):
        return _conda_implied(weaker, other)
    if isinstance(weaker, PipDependency) and isinstance(other, PipDependency):
        return _pip_implied(weaker, other)
    # conda runs `pip install -U`, so a line of pip moves what conda has installed.
    return False


def _conda_implied(weaker: CondaDependency, other: CondaDependency) -> bool:
    left, right = weaker.spec, other.spec
    return (
        left.build in {None, right.build}
        and left.channel in {None, right.channel}
        and left.subdir in {None, right.subdir}
        and left.url in {None, right.url}
        and set(left.fields) <= set(right.fields)
        and _versions_implied(left.version_spec, right.version_spec)
    )


def _versions_implied(weaker: VersionSpec | None, other: VersionSpec | None) -> bool:
    if weaker is None or weaker == other:
        return True
    return other is not None and is_within(other, weaker)


def _pip_implied(weaker: PipDependency, other: PipDependency) -> bool:
    left, right = weaker.requirement, other.requirement
    return (
        left.kind is right.kind
        and left.editable is right.editable
        and (left.specifier in {"", right.specifier} or _within(other, weaker))
        and set(left.extras) <= set(right.extras)
        and right.marker in {None, left.marker}
        and left.url == right.url
        and left.revision == right.revision
        and set(left.options) <= set(right.options)
        and set(left.hashes) <= set(right.hashes)
    )


def _within(inner: PipDependency, outer: PipDependency) -> bool:
    left, right = allowed_versions(inner), allowed_versions(outer)
    return left is not None and right is not None and is_within(left, right)
