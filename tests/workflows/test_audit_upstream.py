"""Channels are asked what they list today: over `file://`, over HTTP, and when they can not be."""

from pathlib import Path
from typing import Any

import pytest

from envtool.domain.auditing.subjects import Artifact, Subject
from envtool.domain.auditing.upstream import Presence, Rival, Upstream
from envtool.domain.findings import Place
from envtool.domain.policy.model import Policy
from envtool.ports import Tools
from envtool.workflows.audit_upstream import UpstreamFound, UpstreamRequest, upstream_of
from tests.audited_channels import LINUX, auditor, entries, milliseconds, sha256, subject
from tests.channel.faults import Status
from tests.channel.server import ChannelServer
from tests.channels import record, write_records
from tests.judging import policy


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    return auditor(tmp_path, monkeypatch)


@pytest.fixture
def main(tmp_path: Path) -> str:
    """A channel with two versions of `app`, and `old`, whose newest version is far ahead."""
    return write_records(
        tmp_path / "main",
        [
            record("app", "1.0", timestamp=milliseconds("2026-11-01")),
            record("app", "1.1"),
            record("old", "1.0"),
            record("old", "4.0", subdir=LINUX),
            record("old", "9.0", subdir="osx-arm64"),
        ],
    )


def looked(
    tools: Tools, *subjects: Subject, channels: tuple[str, ...] = (), **more: Any
) -> UpstreamFound:
    request = UpstreamRequest(
        folder=".",
        policy=more.pop("policy", policy().policy),
        subjects=subjects,
        channels=entries(channels),
        **more,
    )
    return upstream_of(tools, request)


def only(found: UpstreamFound) -> Upstream:
    (each,) = found.upstream
    return each


def test_what_is_listed_has_an_age_and_a_newest_version(tools: Tools, main: str) -> None:
    found = looked(
        tools, subject(main, "app", "1.0"), subject(main, "old", "1.0"), channels=(main,)
    )
    app, old = found.upstream
    assert (app.presence, app.channel, app.newest, app.behind) == (Presence.LISTED, main, "1.1", 0)
    assert app.built is not None
    assert app.built.date().isoformat() == "2026-11-01"
    # Only what there is for the platform counts.
    assert (old.newest, old.behind) == ("4.0", 1)
    assert found.skipped == ()
    assert [each.url for each in found.channels] == [main]


def test_every_platform_is_asked_for_itself(tools: Tools, main: str) -> None:
    both = subject(main, "old", "1.0", LINUX, "osx-arm64")
    found = looked(tools, both, channels=(main,))
    assert [each.newest for each in found.upstream] == ["4.0", "9.0"]


def test_what_is_altered_or_gone_is_seen(tools: Tools, main: str) -> None:
    altered = subject(main, "app", "1.0")
    one = altered.artifacts[0]._replace(sha256="0" * 64)
    found = looked(
        tools,
        altered._replace(artifacts=(one,)),
        subject(main, "app", "0.9"),
        subject(main, "never", "1.0"),
        channels=(main,),
    )
    assert [each.presence for each in found.upstream] == [
        Presence.ALTERED,
        Presence.REMOVED,
        Presence.REMOVED,
    ]
    assert found.skipped == ()


def test_what_is_gone_may_be_marked_as_broken(tools: Tools, main: str, tmp_path: Path) -> None:
    write_records(tmp_path / "main/label/broken", [record("app", "0.9")])
    broken, gone = looked(
        tools, subject(main, "app", "0.9"), subject(main, "app", "0.8"), channels=(main,)
    ).upstream
    assert (broken.presence, gone.presence) == (Presence.BROKEN, Presence.REMOVED)
    assert broken.record is not None
    # From a label nothing is moved on.
    label = write_records(tmp_path / "main/label/test", [record("app", "0.1")])
    assert only(looked(tools, subject(label, "app", "0.9"))).presence is Presence.REMOVED
    url = f"{main}/label/broken"
    assert only(looked(tools, subject(url, "app", "0.9"))).presence is Presence.BROKEN


def test_the_label_of_broken_builds_may_be_denied(tools: Tools, main: str, tmp_path: Path) -> None:
    write_records(tmp_path / "main/label/broken", [record("app", "0.9")])
    (tmp_path / "home/.condarc").write_text(f"denylist_channels: ['{main}/label/broken']\n")
    found = looked(tools, subject(main, "app", "0.9"), channels=(main,))
    assert (only(found).presence, found.skipped) == (Presence.REMOVED, ())


def test_a_lower_channel_may_have_more(tools: Tools, main: str, tmp_path: Path) -> None:
    lower = write_records(tmp_path / "lower", [record("app", "99.0"), record("own", "1.0")])
    app = subject(main, "app", "1.0")
    found = looked(tools, app, subject(lower, "own", "1.0"), channels=(main, lower))
    assert [each.rival for each in found.upstream] == [Rival(lower, "99.0"), None]
    assert only(looked(tools, app, channels=(lower, main))).rival is None
    # A channel that is in no order has nothing below it.
    assert only(looked(tools, app, channels=(lower,))).rival is None
    unordered = looked(tools, app)
    assert only(unordered).rival is None
    assert [str(each.what) for each in unordered.skipped] == ["channels.shadowed"]


def test_packages_of_pip_and_of_nowhere(tools: Tools, main: str) -> None:
    wheel = Artifact(LINUX, "https://example.org/a-1.0-py3-none-any.whl")
    pip = Subject("pip", "a", "1.0", (wheel,), Place("conda-lock.yml"))
    nowhere = subject(main, "app", "1.0")
    lost = nowhere._replace(artifacts=(Artifact(LINUX, ""),))
    found = looked(tools, pip, lost, channels=(main,))
    assert (only(found).presence, only(found).reason) == (
        Presence.UNKNOWN,
        "nobody recorded where it came from",
    )
    nothing = looked(tools, pip)
    assert (nothing.upstream, nothing.skipped) == ((), ())


def test_a_channel_that_is_not_there_is_skipped_with_the_reason(
    tools: Tools, main: str, tmp_path: Path
) -> None:
    gone = (tmp_path / "gone").as_uri()
    known = tools.solver().listed(_resolved(tools, main), LINUX, ["app"])
    recorded = {f"{gone}/noarch/app-1.0-0.conda": known[0]}
    found = looked(
        tools,
        subject(gone, "app", "1.0", LINUX, "osx-64"),
        subject(main, "app", "1.0"),
        channels=(gone, main),
        known=recorded,
    )
    assert [each.presence for each in found.upstream] == [
        Presence.UNKNOWN,
        Presence.UNKNOWN,
        Presence.LISTED,
    ]
    # What was recorded when it was locked still tells the age.
    assert found.upstream[0].record is known[0]
    (skip,) = found.skipped
    assert skip.what == "channel check"
    assert skip.reason.startswith(f"`{gone}`: ")
    assert found.upstream[0].reason in skip.reason


def _resolved(tools: Tools, url: str) -> Any:
    return looked(tools, channels=(url,)).channels


def test_what_was_recorded_stands_in_for_what_was_removed(tools: Tools, main: str) -> None:
    known = tools.solver().listed(_resolved(tools, main), LINUX, ["app"])[0]
    recorded = {f"{main}/noarch/app-0.9-0.conda": known}
    found = looked(tools, subject(main, "app", "0.9"), channels=(main,), known=recorded)
    assert (only(found).presence, only(found).record) == (Presence.REMOVED, known)


def test_a_channel_that_may_not_be_used_is_skipped(tools: Tools, main: str) -> None:
    strict = policy("[channels]\nallowed = ['conda-forge']").policy
    found = looked(tools, subject(main, "app", "1.0"), policy=strict)
    assert only(found).presence is Presence.UNKNOWN
    assert "is not allowed by the policy" in only(found).reason
    assert found.skipped[0].reason.startswith(f"`{main}`: conda-lock.yml:1:1: the channel `")
    twice = looked(tools, subject(main, "app", "1.0"), channels=(main,), policy=strict)
    assert [each.reason[:40] for each in twice.skipped] == [found.skipped[0].reason[:40]]


def test_a_word_of_conda_is_no_channel_and_a_credential_is_never_told(
    tools: Tools, main: str
) -> None:
    found = looked(tools, subject(main, "app", "1.0"), channels=(main, "nodefaults"))
    assert (only(found).presence, found.skipped) == (Presence.LISTED, ())
    strict = policy(f"[channels]\nallowed = ['{main}']").policy
    written = "https://me:hunter2@example.org/private"
    for subjects, channels in (
        ((subject(main, "app", "1.0"),), (main, written)),
        ((subject(written, "app", "1.0"),), (main,)),
    ):
        found = looked(tools, *subjects, channels=channels, policy=strict)
        (skip,) = found.skipped
        assert "is not allowed by the policy" in skip.reason
        told = f"{skip.reason} {only(found).reason} {only(found).channel}"
        assert "hunter2" not in told
        assert "nobody recorded" not in told


def test_a_mirror_is_read_as_its_channel(tools: Tools, main: str) -> None:
    url = "https://example.org/published"
    mirrored: Policy = policy(f"[channels]\nmirrors = {{ '{url}' = ['{main}'] }}").policy
    for place in (url, main):
        for channels in ((url,), (main,), ()):
            found = looked(tools, subject(place, "app", "1.0"), policy=mirrored, channels=channels)
            assert (only(found).presence, only(found).channel) == (Presence.LISTED, url)
            assert len(found.channels) == 1


def test_a_channel_over_http_is_asked_and_may_fail(
    tools: Tools, main: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del main
    with ChannelServer(str(tmp_path / "main")) as server:
        app = subject(server.url, "app", "1.0")
        found = looked(tools, app, channels=(server.url,))
        assert only(found).presence is Presence.LISTED
        asked = len(server.log)
        offline = auditor(tmp_path, monkeypatch, offline=True)
        assert only(looked(offline, app, channels=(server.url,))).presence is Presence.LISTED
        other = subject(server.url, "app", "1.0", "win-64")
        away = looked(offline, other, channels=(server.url,))
        assert "this is offline" in away.skipped[0].reason
        assert len(server.log) == asked
        server.fail("*", Status(code=403))
        refused = looked(auditor(tmp_path, monkeypatch), other, channels=(server.url,))
        assert "does not admit you" in refused.skipped[0].reason


def test_each_channel_is_asked_once_for_each_platform(tools: Tools, tmp_path: Path) -> None:
    packages = [record(f"p{number}", "1.0") for number in range(50)]
    write_records(tmp_path / "many", packages)
    with ChannelServer(str(tmp_path / "many")) as server:
        names = [subject(server.url, each["name"], "1.0", LINUX, "win-64") for each in packages]
        found = looked(tools, *names, channels=(server.url,))
        assert {each.presence for each in found.upstream} == {Presence.LISTED}
        assert len(server.requests("noarch/repodata.json")) <= 1


def test_the_hash_of_the_tests_is_that_of_their_channels() -> None:
    assert record("app", "1.0")["sha256"] == sha256("app", "1.0")
