"""The post-link scripts of packages: the policy says whose are run, and all others are named."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from envtool.domain.installing import Layer, in_order
from envtool.domain.solving import CondaRecord
from envtool.ports import Tools
from envtool.workflows.install_home import Home
from envtool.workflows.install_source import Source
from envtool.workflows.layer_checks import NotWholeError

# Some fetch data that their package could not hold.
_LIMIT = 1800.0
_KEY = "recreate.post-link"


class LinkScripts:
    """Those of one tree that is being made.

    Attributes:
        made: the files that they made: nobody else says what is in them.
    """

    def __init__(self, tools: Tools, home: Home, prefix: str, source: Source) -> None:
        patterns = [each.lower() for each in home.project.policy.post_link]
        self._prefixes = tools.prefixes()
        self._prefix = prefix
        self._allowed = [
            each
            for each in in_order(source.conda)
            if any(fnmatchcase(each.name, pattern) for pattern in patterns)
        ]
        self._waiting: list[tuple[str, CondaRecord]] = []
        self._ran: list[str] = []
        self._messages: list[str] = []
        self.made: tuple[str, ...] = ()

    @property
    def may_run(self) -> bool:
        """Whether a script may change files of packages."""
        return bool(self._allowed)

    @property
    def waits(self) -> bool:
        """Whether some have to be run at the place of the tree."""
        return bool(self._waiting)

    def run_staged(self, layer: Layer) -> bool:
        """Run those of a layer in the stage; whether none has to wait for the tree's place.

        Raises `NotWholeError` when one fails.
        """
        names = {each.name for each in layer.records}
        for each in self._allowed:
            if each.name not in names or not self._prefixes.has_script(self._prefix, each.name):
                continue
            if self._waiting or not self._run(layer.name, each, staged=True):
                self._waiting.append((layer.name, each))
        return not self._waiting

    def run_waiting(self) -> None:
        """Run the others, now that the tree is in its place; raises `NotWholeError`."""
        for layer, each in self._waiting:
            self._run(layer, each, staged=False)

    def _run(self, layer: str, package: CondaRecord, *, staged: bool) -> bool:
        done = self._prefixes.run_script(self._prefix, package.key, _LIMIT, staged=staged)
        if done is None:
            return False
        name = f"{package.name} {package.version}"
        code, said = done.ran
        self._prefixes.log(self._prefix, "post-link", {"package": name, "code": code, "said": said})
        if code != 0:
            what = f"the post-link script of `{name}` ended with {code}"
            raise NotWholeError(layer, what, "\n".join(filter(None, (said, done.message))))
        self._ran.append(package.name)
        self._messages += [f"`{package.name}` says: {each}" for each in _lines(done.message)]
        self.made = (*self.made, *done.made)
        return True

    def notes(self, scripts: Iterable[str]) -> Iterator[str]:
        """What there is to tell; `scripts` are the packages that have one."""
        if self._ran:
            yield f"ran the post-link scripts of {_listed(self._ran)}"
        yield from self._messages
        if left := sorted(set(scripts) - set(self._ran)):
            names = ", ".join(f'"{each}"' for each in left)
            yield (
                f"not run: the post-link scripts of {_listed(left)};"
                f" to run them, have `{_KEY} = [{names}]` in the policy"
            )


def _lines(text: str) -> list[str]:
    return [each for each in map(str.strip, text.splitlines()) if each]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in names)
