"""Where the packages of a lock come from: the rule `channels.url-outside-channel` on locks."""

import pytest

from envtool.domain.explicit_lock import read_explicit
from envtool.domain.judge import Selection
from envtool.domain.results import Skip
from tests.judging import environment as env
from tests.judging import found, judged
from tests.locking import Entry, lock_text

RULE = "channels.url-outside-channel"
FORGE = "https://conda.anaconda.org/conda-forge"
EVIL = "https://evil.example/c"


def at(channel: str, *names: str) -> tuple[Entry, ...]:
    """Packages that are locked from `channel`."""
    return tuple(Entry(name, url=f"{channel}/noarch/{name}-1.0-h0_0.conda") for name in names)


def message(what: str, channel: str, who: str = "the lock's head") -> str:
    return f"{what} locked from `{channel}`, which neither {who} nor an environment file names"


ALLOWED = "channels.allowed = ['conda-forge']"
# Environment file, packages of a lock whose head names conda-forge, policy, messages.
CASES: list[tuple[str | None, tuple[Entry, ...], str, list[str]]] = [
    (None, at(FORGE, "a"), "", []),
    (None, at(EVIL, "a"), "", [message("`a` is", EVIL)]),
    (None, at(EVIL, *"abcde"), "", [message("`a`, `b`, `c` and 2 more are", EVIL)]),
    (None, (*at(EVIL, "a"), *at(f"{FORGE}/label/x", "b"), *at(EVIL, "c")), "", [message("`a`, `c` are", EVIL), message("`b` is", f"{FORGE}/label/x")]),
    (None, at("https://evil.example/t/sesame/c", "a"), "", [message("`a` is", "https://evil.example/t/***/c")]),
    (None, (*at(EVIL, "a"), *at("https://evil.example/t/sesame/c", "b")), "", [message("`a`, `b` are", EVIL)]),
    (None, at("file:///tmp/x", "__osx"), "", []),
    (None, (Entry("own", url="./own"), Entry("tool", url="tool[5a97] @ local/tool")), "", []),
    (None, (Entry("a", manager="pip", url="https://evil.example/a.whl"),), "", []),
    # What the files name.
    (env("a", channels="['https://evil.example/c']"), at(EVIL, "a"), "", []),
    (env("https://evil.example/c::a"), at(EVIL, "a"), "", []),
    (env("a", channels="[]"), at("https://repo.anaconda.com/pkgs/main", "a"), "", []),
    (env("a", channels="[nodefaults]"), at("https://repo.anaconda.com/pkgs/main", "a"), "", [message("`a` is", "https://repo.anaconda.com/pkgs/main")]),
    # A folder is the same one by its path and by its URL.
    (env("a", channels="['file:///srv/sp%20ace/%C3%BC']"), at("/srv/sp ace/ü", "a"), "", []),
    (env("a", channels="[/srv/sp ace/ü]"), at("file:///srv/sp%20ace/%C3%BC", "a"), "", []),
    (env("a", channels="[./sp ace/ü]"), at("file:///srv/sp%20ace/%C3%BC", "a"), "", []),
    (env("a", channels="[/srv/100%25]"), at("file:///srv/100%2525", "a"), "", []),
    (env("a", channels="[/srv/sp ace]"), at("/srv/space", "a"), "", [message("`a` is", "/srv/space")]),
    # What the policy names; a lock can not allow itself a channel.
    (None, at(FORGE, "a"), "channels.allowed = ['bioconda']", [message("`a` is", FORGE, "the policy")]),
    (env("a"), at(FORGE, "a"), "channels.allowed = ['bioconda']", []),
    (None, at(EVIL, "a"), "channels.allowed = ['https://evil.example/c']", []),
    (None, at("https://m.org/cf", "a"), ALLOWED, [message("`a` is", "https://m.org/cf", "the policy")]),
    (None, at("https://m.org/cf", "a"), f"{ALLOWED}\nchannels.mirrors.conda-forge = ['https://m.org/cf']", []),
    (None, at(FORGE, "a"), "channels.allowed = ['https://m.org/cf']\nchannels.mirrors.conda-forge = ['https://m.org/cf']", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "entries", "toml", "messages"), CASES)
def test_sources(
    text: str | None, entries: tuple[Entry, ...], toml: str, messages: list[str]
) -> None:
    judgement = judged(text, toml=toml, lock=lock_text(*entries))
    assert [each.message for each in found(judgement, RULE)] == messages


def test_a_url_of_an_environment_file_is_reported_there() -> None:
    text = env("https://evil.example/c/noarch/a-1.0-h0_0.conda#d41d8cd98f00b204e9800998ecf8427e")
    (finding,) = found(judged(text, lock=lock_text(*at(EVIL, "a"))), RULE)
    assert finding.place.path == "environment.yml"


def test_one_package_can_be_waived_by_its_name() -> None:
    lock = lock_text(*at(EVIL, "a"), *at("https://other.example/c", "b", "c"))
    first, second = found(judged(lock=lock), RULE)
    assert (first.package, second.package) == ("a", None)
    assert first.place.line == 14
    assert first.source == "- name: a"
    assert first.fix is not None
    assert first.fix.endswith("or lock again: `envtool lock`")


EXPLICIT = read_explicit(
    f"@EXPLICIT\n{FORGE}/noarch/a-1-0.conda\n/srv/c/noarch/b-1-0.conda\n", "x.txt"
)


def test_a_list_without_channels_is_judged_by_the_policy_or_not_at_all() -> None:
    judgement = judged(lock=EXPLICIT, toml=ALLOWED)
    assert [each.message for each in found(judgement, RULE)] == [
        message("`b` is", "/srv/c", "the policy")
    ]
    assert Skip(RULE, "a lock names no channel, and no policy does") not in judgement.skipped
    judgement = judged(lock=EXPLICIT)
    assert not found(judgement, RULE)
    assert Skip(RULE, "a lock names no channel, and no policy does") in judgement.skipped
    judgement = judged(lock=EXPLICIT, selection=Selection(select=frozenset({"lock"})))
    assert judgement.skipped == ()
    assert judged(env("a", channels=f"['{FORGE}', /srv/c]"), lock=EXPLICIT).skipped == ()
