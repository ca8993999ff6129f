"""Reads the page that an index has of a Python project, for its status (PEP 792)."""

from html.parser import HTMLParser

from envtool.domain.auditing.project_status import ProjectState, ProjectStatus

_STATUS = "pypi:project-status"
_REASON = "pypi:project-status-reason"
_VERSION = "pypi:repository-version"
# Since this version of the protocol an index says it; before, silence means nothing.
_SAYS = (1, 4)
_LONGEST_REASON = 200


def read_status(page: str) -> ProjectStatus | None:
    """What the page of a project in a simple index (PEP 503) says; it may be cut off.

    None when the index speaks a version of the protocol that does not say it. A state that nobody
    has heard of counts as active, as the specification has it.
    """
    found = _Metadata()
    found.feed(page)
    said = found.values.get(_STATUS, "")
    if not said and not _is_new_enough(found.values.get(_VERSION, "")):
        return None
    known = {each.value: each for each in ProjectState}
    state = known.get(said.strip().lower(), ProjectState.ACTIVE)
    return ProjectStatus(state, " ".join(found.values.get(_REASON, "").split())[:_LONGEST_REASON])


class _Metadata(HTMLParser):
    """The `meta` elements of a page by their names."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `HTMLParser`."""
        if tag == "meta":
            values = dict(attrs)
            self.values.setdefault(values.get("name") or "", values.get("content") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `HTMLParser`."""
        self.handle_starttag(tag, attrs)


def _is_new_enough(version: str) -> bool:
    major, _, minor = version.partition(".")
    numbers = (major, minor.partition(".")[0])
    return all(each.isdecimal() for each in numbers) and tuple(map(int, numbers)) >= _SAYS
