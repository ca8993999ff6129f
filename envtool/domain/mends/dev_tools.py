"""The mend for a development tool in production: it moves to the development file."""

import re

from envtool.conda_versions import is_within
from envtool.domain.composition import Demand, allowed_versions, demands
from envtool.domain.edits import Edit
from envtool.domain.facts import line_fact
from envtool.domain.findings import Finding
from envtool.domain.list_items import Item, above, find_item, first_comment, with_text, without
from envtool.domain.mends.development import Home, find_home
from envtool.domain.mends.duplicates import implied
from envtool.domain.mends.listing import pip_section, put
from envtool.domain.mends.mend import Change, Draft, Mend
from envtool.domain.pages import LeftAloneError, Page
from envtool.domain.pip_requirements import RequirementKind
from envtool.domain.selectors import comment_platforms, overlap
from envtool.domain.specs import CondaDependency, PipDependency, Role, Spec
from envtool.domain.yaml_nodes import Mapping, Node, Sequence

Line = CondaDependency | PipDependency

# A line of pip depends on these in its section, or on the folder it stands in.
_OPTIONS = frozenset({RequirementKind.OPTION, RequirementKind.CONSTRAINTS_FILE})
# Notebooks and shells are what some production is there for.
_INTERACTIVE = "interactive"
_SECTION = re.compile(r"[ \t]*-[ \t]+pip[ \t]*:[ \t]*")


def dev_tool_in_production(draft: Draft, finding: Finding) -> Mend:
    """Moves a line with its comments; only removes it where development asks for as much.

    Where development lists the package and asks for less, the line takes the place of that one.
    """
    line, spec = draft.dependency(finding.place), draft.spec(finding.place)
    _check_meant(draft, finding.package or "")
    page = draft.pages[spec.path]
    item = find_item(page, line.place, line.text)
    taken = Change(spec.path, (_taken(page, spec, line, item),), lost=(line_fact(line),))
    home = find_home(draft, spec)
    claims = frozenset({f"{finding.package} in {home.path}"})
    listed = _listed(draft, home, line, finding.package or "")
    if listed is not None:
        joined = _joined(home, line, listed, item)
        return joined._replace(changes=(taken, *joined.changes), claims=claims)
    is_pip = isinstance(line, PipDependency)
    added = Change(home.path, (put(home, item, pip=is_pip),), gained=(line_fact(line),))
    if is_pip:
        claims |= {f"pip section of {home.path}"}
    what = f"Moved `{line.text}` to `{home.path}`"
    return Mend(what, (added, taken), home.new, claims)


def _check_meant(draft: Draft, name: str) -> None:
    """Raises `LeftAloneError` where production may well mean what it lists."""
    if len(draft.project.of(Role.PRODUCTION)) > 1:
        raise LeftAloneError("the project has several production files")
    if draft.project.catalog.dev_tool(name) == _INTERACTIVE:
        raise LeftAloneError("production may serve it to people")


def _taken(page: Page, spec: Spec, line: Line, item: Item) -> Edit:
    """The line out of production, with the `pip:` section when that would be empty."""
    dependencies = page.key("dependencies")[1]
    if line.platforms and not comment_platforms(item.comment):
        raise LeftAloneError("it is for some platforms only")
    if isinstance(line, CondaDependency):
        if item.siblings is not dependencies:
            raise LeftAloneError("it stands in a section of its own")
        if item.is_alone:
            raise LeftAloneError("nothing would be left in production")
        return without(item, comments=True)
    if any(each.requirement.kind in _OPTIONS for each in spec.pip):
        raise LeftAloneError("its `pip:` section has options, which would not move with it")
    if line.requirement.kind is RequirementKind.PATH:
        raise LeftAloneError("it is a path, which depends on the folder")
    if not item.is_alone:
        return without(item, comments=True)
    return _whole_section(page, dependencies, item)


def _whole_section(page: Page, dependencies: Node, item: Item) -> Edit:
    """Takes out the `pip:` section whose only item is `item`.

    Raises `LeftAloneError` when more than that stands in its lines.
    """
    if not isinstance(dependencies, Sequence) or len(dependencies.items) == 1:
        raise LeftAloneError("nothing would be left in production")
    place = next(
        each.place
        for each in dependencies.items
        if isinstance(each, Mapping) and pip_section(Sequence([each], each.place)) is item.siblings
    )
    head, last = page.line(place.line), item.line
    first = first_comment(page, last, item.indent) if item.lead else last
    if item.lead:
        is_plain = _SECTION.fullmatch(head) and first == place.line + 1
    else:
        match = _SECTION.match(head)
        rest = head[match.end() :].replace(" ", "") if match else ""
        is_plain = rest == f"[{item.raw}]".replace(" ", "")
    if not is_plain:
        raise LeftAloneError("more than that stands in its `pip:` section")
    return Edit(page.start(place.line), page.start(last + 1), "")


def _listed(draft: Draft, home: Home, line: Line, name: str) -> Demand | None:
    """What the development file asks of the package already.

    Raises `LeftAloneError` when it does so on some of the platforms only.
    """
    catalog = draft.project.catalog
    is_conda = isinstance(line, CondaDependency)
    distribution = catalog.distribution(name) if is_conda else name
    manager = "conda" if is_conda else "pip"
    for demand in demands(home.spec, catalog):
        same = (demand.manager, demand.name) == (manager, name)
        other = demand.manager != manager and demand.distribution == distribution
        if (same or other) and overlap(demand.platforms, line.platforms):
            if demand.platforms and set(demand.platforms) != set(line.platforms):
                raise LeftAloneError(f"`{home.path}` lists it for some platforms only")
            return demand
    return None


def _joined(home: Home, line: Line, listed: Demand, item: Item) -> Mend:
    """What becomes of the line `listed` in development when `line` leaves production.

    Raises `LeftAloneError` when each of them asks for something that the other does not.
    """
    lines: list[Line] = [*home.spec.dependencies, *home.spec.pip]
    there = next(each for each in lines if each.place == listed.place)
    comments = _comments(home, listed, item)
    if implied(line, there) or _asks_for_less(line, there):
        what = f"Removed `{line.text}`, which `{home.path}` lists as `{listed.text}`"
        return Mend(what, (Change(home.path, comments),))
    if not implied(there, line):
        raise LeftAloneError(f"`{home.path}` lists it as `{listed.text}`, which may be less")
    edit = with_text(find_item(home.page, there.place, there.text), there.text, line.text)
    change = Change(
        home.path,
        (edit, *comments),
        lost=(line_fact(there),),
        gained=(line_fact(line._replace(platforms=there.platforms)),),
    )
    what = f"Moved `{line.text}` to `{home.path}`, in the place of `{listed.text}`"
    return Mend(what, (change,))


def _asks_for_less(line: Line, other: Line) -> bool:
    """Whether one is conda's and one pip's, and `line` asks for no more than `other`."""
    if type(line) is type(other):
        return False
    wanted, has = allowed_versions(line), allowed_versions(other)
    if isinstance(line, CondaDependency):
        is_plain = not (line.spec.build or line.spec.channel or line.spec.url or line.spec.fields)
    else:
        is_plain = line.requirement.kind is RequirementKind.NAMED and not line.requirement.extras
    return is_plain and (wanted is None or (has is not None and is_within(has, wanted)))


def _comments(home: Home, listed: Demand, item: Item) -> tuple[Edit, ...]:
    """The comments of `item`, above the line that lists the package in development."""
    comments = item.comments_above()
    if "envtool:" not in item.comment and not comment_platforms(item.comment):
        comments += [item.comment] if item.comment else []
    if not comments:
        return ()
    target = find_item(home.page, listed.place, listed.text)
    if not target.lead:
        raise LeftAloneError(f"`{home.path}` has no room for its comments")
    return (above(home.page, target.line, [target.indent + each for each in comments]),)
