"""From `channels:` to URLs: names, mirrors, what is allowed, and what stays secret."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.channel_names import Machine
from envtool.domain.channel_resolver import ChannelRules, ResolvedChannel, resolve_channels
from envtool.domain.condarc import CondarcText, read_condarc
from envtool.domain.credentials import Credential, CredentialKind, Secret
from envtool.domain.findings import Place
from envtool.domain.secrets import secrets_in
from envtool.domain.specs import Entry
from envtool.errors import EnvtoolError, UsageError

ALIAS = "https://conda.anaconda.org"
MAIN = "https://repo.anaconda.com/pkgs/main"
R = "https://repo.anaconda.com/pkgs/r"
MSYS2 = "https://repo.anaconda.com/pkgs/msys2"
CANARY = "canary-4711"
NOBODY = ChannelRules()


def nothing(_url: str) -> Credential | None:
    return None


def resolve(
    listed: Iterable[str],
    condarc: str = "",
    rules: ChannelRules = NOBODY,
    variables: Mapping[str, str] | None = None,
    find: Callable[[str], Credential | None] = nothing,
) -> tuple[ResolvedChannel, ...]:
    known = variables or {}
    settings = read_condarc([CondarcText("/.condarc", condarc)], known, EventYaml().parse)
    machine = Machine(settings=settings, variables=known, folder="/work", home="/home/me")
    entries = [Entry(text, Place("environment.yml", line)) for line, text in enumerate(listed, 2)]
    return resolve_channels(entries, machine, rules, find)


def urls(channels: Iterable[ResolvedChannel]) -> list[str]:
    return [each.url for each in channels]


def sources(channel: ResolvedChannel) -> list[str]:
    """What is tried, credentials included."""
    return [each.with_credential.reveal() for each in channel.sources]


@pytest.mark.parametrize(
    ("listed", "condarc", "expected"),
    [
        (["conda-forge"], "", [f"{ALIAS}/conda-forge"]),
        ([" conda-forge/ "], "", [f"{ALIAS}/conda-forge"]),
        (["conda-forge/label/rc"], "", [f"{ALIAS}/conda-forge/label/rc"]),
        (["conda-forge", "bioconda"], "", [f"{ALIAS}/conda-forge", f"{ALIAS}/bioconda"]),
        (["conda-forge", f"{ALIAS}/conda-forge/"], "", [f"{ALIAS}/conda-forge"]),
        (["a", "b", "a"], "", [f"{ALIAS}/a", f"{ALIAS}/b"]),
        # Nothing is listed: conda's own default.
        ([], "", [MAIN, R, MSYS2]),
        (["defaults"], "", [MAIN, R, MSYS2]),
        (["defaults", "pkgs/main"], "", [MAIN, R, MSYS2]),
        ([], "channels: [conda-forge, defaults]\ndefault_channels: [x]", [f"{ALIAS}/conda-forge", f"{ALIAS}/x"]),
        (["a"], "channels: [conda-forge]", [f"{ALIAS}/a"]),
        (["a", "nodefaults"], "", [f"{ALIAS}/a"]),
        (["defaults"], "custom_multichannels: {defaults: [main]}", [f"{ALIAS}/main"]),
        (["ours"], "custom_multichannels: {ours: ['https://a.org/x', y]}", ["https://a.org/x", f"{ALIAS}/y"]),
        # conda gives the channels of a multichannel a name, too.
        (["pkgs/r"], "", [R]),
        (["pkgs/pro"], "", ["https://repo.anaconda.com/pkgs/pro"]),
        (["x/label/a"], "custom_multichannels: {ours: ['https://a.org/x']}", ["https://a.org/x/label/a"]),
        (["conda-forge"], "channel_alias: https://proxy.org/conda/", ["https://proxy.org/conda/conda-forge"]),
        (["defaults"], "channel_alias: https://p.org\ndefault_channels: ['https://p.org/main']", ["https://p.org/main"]),
        (["main"], "channel_alias: https://p.org\ndefault_channels: ['https://p.org/main']", ["https://p.org/main"]),
        (["ours"], "custom_channels: {ours: 'https://a.org/conda'}", ["https://a.org/conda/ours"]),
        (["ours/label/x"], "custom_channels: {ours: 's3://b'}", ["s3://b/ours/label/x"]),
        (["ours"], "custom_channels: {ours: 'file:///srv'}", ["file:///srv/ours"]),
        (["https://a.org:8080/x/"], "", ["https://a.org:8080/x"]),
        (["http://[::1]:80/x"], "", ["http://[::1]:80/x"]),
        (["https://old.org/c/x"], "migrated_channel_aliases: ['old.org/c']", [f"{ALIAS}/x"]),
        (["https://old.org/cc/x"], "migrated_channel_aliases: ['old.org/c']", ["https://old.org/cc/x"]),
        (["file:///srv/x"], "", ["file:///srv/x"]),
        (["file://host/x"], "", ["file://host/x"]),
        (["./x"], "", ["file:///work/x"]),
        (["../a b"], "", ["file:///a%20b"]),
        (["file:///srv/t/tk/x"], "", ["file:///srv/t/tk/x"]),
        (["."], "", ["file:///work"]),
        (["/srv/x/../y"], "", ["file:///srv/y"]),
        (["~/x"], "", ["file:///home/me/x"]),
        (["~"], "", ["file:///home/me"]),
        (["C:\\conda\\x"], "", ["file:///C:/conda/x"]),
    ],
)  # fmt: skip
def test_where_a_channel_is(listed: list[str], condarc: str, expected: list[str]) -> None:
    assert urls(resolve(listed, condarc)) == expected


@pytest.mark.parametrize(
    ("text", "name", "label", "subdirs"),
    [
        ("conda-forge", "conda-forge", None, ()),
        ("conda-forge/label/rc", "conda-forge/label/rc", "rc", ()),
        ("conda-forge/linux-64", "conda-forge/linux-64", None, ("linux-64", "noarch")),
        ("conda-forge/noarch", "conda-forge/noarch", None, ("noarch",)),
        ("https://a.org/x/osx-arm64/", "https://a.org/x/osx-arm64", None, ("osx-arm64", "noarch")),
        ("https://a.org/x-linux-64", "https://a.org/x-linux-64", None, ()),
        ("https://u:p@a.org/x", "https://a.org/x", None, ()),
        ("https://a.org/t/tk/x", "https://a.org/x", None, ()),
        ("./x", "./x", None, ()),
    ],
)
def test_names_labels_and_subdirs(
    text: str, name: str, label: str | None, subdirs: tuple[str, ...]
) -> None:
    (channel,) = resolve([text])
    assert (channel.name, channel.label, channel.subdirs) == (name, label, subdirs)
    assert channel.origin == "environment.yml:2:1"


def test_a_multichannel_is_one_name_with_several_urls() -> None:
    channels = resolve(["defaults", "conda-forge"])
    assert [each.name for each in channels] == ["defaults"] * 3 + ["conda-forge"]
    assert [each.subdirs for each in channels] == [(), (), ("win-64", "noarch"), ()]
    assert {each.subdirs for each in resolve(["defaults/osx-64"])} == {("osx-64", "noarch")}


def test_variables_are_filled_in_for_the_request_only() -> None:
    text = "https://${WHO}:$PASS@a.org/x"
    (channel,) = resolve([text], variables={"WHO": "me", "PASS": "a b"})
    assert (channel.name, channel.variables) == ("https://${WHO}:${PASS}@a.org/x", ("PASS", "WHO"))
    assert channel.url == "https://a.org/x"
    assert sources(channel) == ["https://me:a%20b@a.org/x"]


@pytest.mark.parametrize(
    ("listed", "condarc", "expected"),
    [
        ("ours", "custom_channels: {ours: 'https://u:p@a.org/c'}", "https://u:p@a.org/c/ours"),
        ("ours", "custom_channels: {ours: 'https://a.org/t/tk/c'}", "https://a.org/c/t/tk/ours"),
        ("ours", "channel_alias: https://a.org/t/$TOKEN/c", "https://a.org/c/t/tk-var/ours"),
        ("https://a.org/conda/t/tk/x", "", "https://a.org/conda/t/tk/x"),
        # A URL below one of the settings gets its credential, as in conda; the longest wins.
        ("https://a.org/c/x", "channel_alias: https://u:p@a.org/c", "https://u:p@a.org/c/x"),
        ("https://a.org/cc/x", "channel_alias: https://u:p@a.org/c", "https://a.org/cc/x"),
        ("https://a.org/c/x", "channel_alias: https://u:p@a.org\ncustom_channels: {c: 'https://v:q@a.org'}", "https://v:q@a.org/c/x"),
        ("https://v:q@a.org/c/x", "channel_alias: https://u:p@a.org/c", "https://v:q@a.org/c/x"),
        ("https://old.org/x", "channel_alias: https://u:p@a.org/c\nmigrated_channel_aliases: ['https://old.org']", "https://u:p@a.org/c/x"),
        ("https://stored.org/x", "", "https://kept:safe@stored.org/x"),
        ("https://v:q@stored.org/x", "", "https://v:q@stored.org/x"),
        ("file:///srv/stored.org", "", "file:///srv/stored.org"),
    ],
)  # fmt: skip
def test_credentials(listed: str, condarc: str, expected: str) -> None:
    def find(url: str) -> Credential | None:
        kept = Credential(CredentialKind.BASIC, Secret("safe"), Secret("kept"))
        return kept if "stored.org" in url else None

    (channel,) = resolve([listed], condarc, variables={"TOKEN": "tk-var"}, find=find)
    assert sources(channel) == [expected]
    assert not secrets_in(channel.url)


CORPORATE = ChannelRules(
    allowed=("conda-forge", "defaults", "./here"),
    mirrors={
        ALIAS: ("https://proxy.org/conda", "https://${TEAM}.org/c"),
        "conda-forge": ("https://prefix.dev/conda-forge",),
        "defaults": ("https://proxy.org/pkgs",),
    },
)


@pytest.mark.parametrize(
    ("listed", "condarc", "url", "expected"),
    [
        (
            "conda-forge", "", f"{ALIAS}/conda-forge",
            ["https://proxy.org/conda/conda-forge", "https://prefix.dev/conda-forge", f"{ALIAS}/conda-forge"],
        ),
        (
            "conda-forge/label/rc", "", f"{ALIAS}/conda-forge/label/rc",
            ["https://proxy.org/conda/conda-forge/label/rc", "https://prefix.dev/conda-forge/label/rc", f"{ALIAS}/conda-forge/label/rc"],
        ),
        # Where the machine points to comes first; the lock has the channel that it is a mirror of.
        (
            "https://prefix.dev/conda-forge/label/rc", "", f"{ALIAS}/conda-forge/label/rc",
            ["https://prefix.dev/conda-forge/label/rc", "https://proxy.org/conda/conda-forge/label/rc", f"{ALIAS}/conda-forge/label/rc"],
        ),
        (
            "conda-forge", "channel_alias: https://u:p@proxy.org/conda", f"{ALIAS}/conda-forge",
            ["https://u:p@proxy.org/conda/conda-forge", "https://prefix.dev/conda-forge", f"{ALIAS}/conda-forge"],
        ),
        ("pkgs/main", "", MAIN, ["https://proxy.org/pkgs/main", MAIN]),
        # A folder that the machine calls a mirror needs no word in the policy.
        ("conda-forge", "mirrored_channels: {conda-forge: ['file:///srv/forge']}", f"{ALIAS}/conda-forge", ["file:///srv/forge"]),
        # mamba takes its own list of mirrors and nothing else.
        (
            "conda-forge", "mirrored_channels: {conda-forge: ['https://prefix.dev/conda-forge/']}",
            f"{ALIAS}/conda-forge", ["https://prefix.dev/conda-forge"],
        ),
        (
            "conda-forge/label/rc", "mirrored_channels: {x: [y], conda-forge: ['https://v:q@proxy.org/conda/conda-forge']}",
            f"{ALIAS}/conda-forge/label/rc", ["https://v:q@proxy.org/conda/conda-forge/label/rc"],
        ),
        ("./here", "", "file:///work/here", ["file:///work/here"]),
    ],
)  # fmt: skip
def test_mirrors(listed: str, condarc: str, url: str, expected: list[str]) -> None:
    (channel,) = resolve([listed], condarc, CORPORATE)
    assert channel.url == url
    assert sources(channel) == expected
    assert channel.name == listed


@pytest.mark.parametrize(
    ("listed", "condarc", "rules", "words"),
    [
        (["x"], "", CORPORATE, "environment.yml:2:1: the channel `x` is not allowed by the policy"),
        # The name is right, and the machine looks for it elsewhere.
        (["conda-forge"], "channel_alias: https://evil.org", CORPORATE, "not allowed by the policy: `https://evil.org/conda-forge`"),
        (["conda-forge"], "mirrored_channels: {conda-forge: ['https://evil.org/x']}", CORPORATE, "not allowed by the policy: `https://evil.org/x`"),
        (["defaults"], "default_channels: ['https://evil.org/main']", CORPORATE, "`https://evil.org/main`"),
        (["a"], "allowlist_channels: [b]", NOBODY, "the channel `a` is not among the channels that conda may use here"),
        (["a/label/x"], "allowlist_channels: [a]", NOBODY, "not among the channels"),
        (["a"], "denylist_channels: [a]", NOBODY, "the channel `a` is denied"),
        (["a/label/x"], "denylist_channels: [a]", NOBODY, "is denied"),
        (["http://conda.anaconda.org/a"], "denylist_channels: [a]", NOBODY, "is denied"),
        (["a"], "denylist_channels: [b]\nmirrored_channels: {a: [b]}", NOBODY, "is denied"),
        (["pkgs/r"], "denylist_channels: [defaults]", NOBODY, "is denied"),
        (["nodefaults"], "", NOBODY, "no channel is left"),
        (["local"], "", NOBODY, "the channel `local` is another one on every machine"),
        (["ours"], "custom_multichannels: {ours: []}", NOBODY, "the multichannel `ours` has no channels"),
        (["ours"], "custom_multichannels: {ours: [defaults]}", NOBODY, "`ours` names the multichannel `defaults`"),
        (["conda forge"], "", NOBODY, "`conda forge` is no channel"),
        ([""], "", NOBODY, "`` is no channel"),
        (["a::b"], "", NOBODY, "`a::b` is no channel"),
        (["a/../b"], "", NOBODY, "`a/../b` is no channel"),
        (["https://a.org/t/$TOKEN/x"], "", NOBODY, "needs the variable `TOKEN`, which is not set"),
        (["ours"], "custom_channels: {ours: 'https://$U:$P@a.org'}", NOBODY, "/.condarc:1:25: a channel needs the variable `P`"),
        (["x"], "channel_alias: https://$U@a.org", NOBODY, "needs the variable `U`"),
        (["https://"], "", NOBODY, "the URL of a channel is malformed"),
        (["https://a.org/x?token=y"], "", NOBODY, "malformed"),
        (["https://a.org/../x"], "", NOBODY, "malformed"),
        (["https://a.org/%2E%2e/x"], "", NOBODY, "malformed"),
        (["https://a.org\\@b.org/x"], "", NOBODY, "malformed"),
        (["https://a.org/t/one/t/two/x"], "", NOBODY, "malformed"),
    ],
)  # fmt: skip
def test_what_is_refused(listed: list[str], condarc: str, rules: ChannelRules, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(listed, condarc, rules)
    assert words in caught.value.message
    assert all(caught.value.hints)


def test_what_is_unused_needs_no_variables() -> None:
    condarc = (
        "custom_channels: {ours: 'https://$U:$P@a.org'}\nchannel_alias: https://$U@a.org\n"
        "custom_multichannels: {more: ['https://a.org/t/$T/x']}\n"
    )
    assert urls(resolve(["https://b.org/x"], condarc)) == ["https://b.org/x"]


def test_allow_and_deny_lists_name_multichannels_too() -> None:
    condarc = "allowlist_channels: [defaults, 'https://u:p@a.org/x']\ndenylist_channels: [b]"
    assert len(resolve(["defaults", "https://a.org/x"], condarc)) == 4


def test_offline_every_source_stays_for_what_was_fetched_before() -> None:
    condarc = (
        "offline: true\nmirrored_channels: {conda-forge: ['https://a.org/x', 'file:///srv/x']}"
    )
    (channel,) = resolve(["conda-forge"], condarc)
    assert sources(channel) == ["https://a.org/x", "file:///srv/x"]


LEAKS = (
    f"https://u:{CANARY}@a.org/x",
    f"https://{CANARY}@a.org/x",
    f"https://a.org/t/{CANARY}/x",
    f"https://u:{CANARY}@a.org/t/{CANARY}/x",
    f"https://u:{CANARY}/x@a.org/x",
    f"https://u:{CANARY}#x@a.org/x",
    f"https://a.org/t/x/t/{CANARY}/x",
    f"https://a.org/x?token={CANARY}",
    f"u:{CANARY}@a.org",
)


@pytest.mark.parametrize("text", [*LEAKS, "https://$U:$C@a.org/x", "https://a.org/t/${C}/x"])
@pytest.mark.parametrize("condarc", ["", "denylist_channels: ['https://a.org']"])
def test_no_credential_is_ever_shown(text: str, condarc: str) -> None:
    try:
        channels = resolve([text], condarc, variables={"C": CANARY, "U": CANARY})
    except EnvtoolError as error:
        seen = f"{error} {error!r} {error.hints}"
    else:
        seen = f"{channels} {channels!r} {[(each.name, each.url) for each in channels]}"
    assert CANARY not in seen


WORDS = st.sampled_from(
    ["https://", "http://", "file://", "u", ":", "@", "/", "/t/", "tk-1", "a.org", "$A", "${B}",
     "label", "linux-64", "?", "#", "\\", "..", "%2e", " ", "ö", "defaults", "x"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=9).map("".join))
def test_what_resolves_holds_no_credential(text: str) -> None:
    with suppress(EnvtoolError):
        for channel in resolve([text], variables={"A": "aa", "B": "b:b"}):
            texts = [channel.name, channel.url, *(each.url for each in channel.sources)]
            # In the path of a file, as URL or as it is, `/t/` is a folder.
            schemes = [(each.partition("://")[0], each) for each in texts if "://" in each]
            shown = [each for scheme, each in schemes if scheme.isalpha() and scheme != "file"]
            assert not [each for each in shown if secrets_in(f"{each}/")]
