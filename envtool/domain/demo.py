"""The story of `envtool demo`: commands that are really typed, and what each has to come to."""

from typing import NamedTuple

# What is typed to see whether the environment works.
GREET = ("run", "greet")
SPEC = "environment.yml"
POLICY = "envtool.toml"
POLICY_TEXT = '[[test.commands]]\ncommand = ["greet"]\n'
# The channel and the cache of the demo are nobody's to commit.
IGNORE = ".gitignore"
IGNORE_TEXT = "/.cache/\n/channel/\n"
# What is committed first.
TRACKED = (IGNORE, SPEC, POLICY, "conda-lock.yml", "recovery")
_STATE = ".envtool/envs/.envtool/production"


class Offer(NamedTuple):
    """A channel.

    Attributes:
        url: of its folder.
        platform: the subdir of this machine.
        python: the minor version of its Python, as in `3.12`.
        python_missing: why there is no Python in it; empty when there is.
    """

    url: str
    platform: str
    python: str
    python_missing: str


class Played(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Scene(NamedTuple):
    """One command of the story.

    Attributes:
        told: what is said before.
        typed: the arguments of envtool.
        works: whether it has to exit with 0.
        killed: the file that it is killed at the sight of, relative to the project; or None.
        is_git: whether it needs a repository.
        commits: whether what is there is committed before.
    """

    told: str
    typed: tuple[str, ...]
    works: bool = True
    killed: str | None = None
    is_git: bool = False
    commits: bool = False


def spec_text(offer: Offer) -> str:
    """The environment file of the demo."""
    needs = ["greeter=1.0"] if offer.python_missing else [f"python={offer.python}", "greeter=1.0"]
    lines = ["channels:", f"  - {offer.url}", "platforms:", f"  - {offer.platform}"]
    return "\n".join([*lines, "dependencies:", *(f"  - {each}" for each in needs), ""])


def scenes() -> tuple[Scene, ...]:
    """The whole story, in order."""
    return (
        Scene("An environment file is judged, without conda and without a network:", ("verify",)),
        Scene("Its packages are locked, each with its hash:", ("lock",)),
        Scene("The environment is built beside its place, checked, and put there:", ("recreate",)),
        Scene("It works:", GREET),
        Scene("An update goes into a candidate:", ("update", "greeter"), commits=True),
        Scene("It is tried in an environment of its own:", ("test",)),
        Scene("It is accepted, all of it or nothing:", ("export",)),
        Scene("What was tested is committed, with the evidence:", ("commit",), is_git=True),
        Scene("The next update is a major one:", ("update", "greeter", "--level", "major")),
        Scene("The test finds that it is broken:", ("test",), works=False),
        Scene("Somebody accepts it all the same ...", ("export",)),
        Scene("... but it is not committed:", ("commit",), works=False, is_git=True),
        Scene("Somebody installs it:", ("recreate",)),
        Scene("The new version is broken:", GREET, works=False),
        Scene("One command goes back:", ("rollback",)),
        Scene("It works again:", GREET),
        Scene(
            "Now `envtool recreate` is killed while it builds (kill -9):",
            ("recreate",),
            works=False,
            killed=f"{_STATE}/stage/conda-meta",
        ),
        Scene("The environment did not notice:", GREET),
        Scene(
            "What the dead run left is taken away by the next one, whatever that is:",
            ("rollback", "--to", "2", "--dry-run"),
        ),
        Scene("All of it is on record:", ("rollback", "--list")),
    )
