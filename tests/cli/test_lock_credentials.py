"""Credentials open channels, and show up nowhere."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from envtool.adapters.channel_builder.channels import Channel
from tests.channel.faults import Altered, Basic, Bearer, Fault, Reset, Status, Token, Truncated
from tests.channel.server import ChannelServer
from tests.conftest import Envtool
from tests.served import bare_user, flat, project

CANARY = "canary-8c1f0e7d"
SEEN = (CANARY, base64.b64encode(f"me:{CANARY}".encode()).decode())
USER = Basic("me", CANARY)
TOKEN = Token(CANARY)
BEARER = Bearer(CANARY)


class Store(NamedTuple):
    """Where a credential stands: files below the home, variables, and the channel of the spec.

    `{host}` is the server, `{s}` the credential.
    """

    auth: Basic | Bearer | Token
    channels: str
    files: dict[str, str] = {}  # noqa: RUF012 - nobody changes it
    variables: dict[str, str] = {}  # noqa: RUF012
    locked: str = "http://{host}/demo"


URL = "http://{host}/demo"
KNOWN = json.dumps({"127.0.0.1": {"BasicHTTP": {"username": "me", "password": CANARY}}})
KNOWN_TOKEN = json.dumps({"127.0.0.1": {"CondaToken": CANARY}})
KNOWN_BEARER = json.dumps({"127.0.0.1": {"BearerToken": CANARY}})
OAUTH = {"access_token": CANARY, "token_endpoint": "http://127.0.0.1:9/", "client_id": "me"}
KNOWN_OAUTH = json.dumps({"127.0.0.1": {"OAuth": OAUTH}})
SECRETS = {"ME": "me", "SECRET": CANARY}
STORES = {
    "url": Store(USER, "http://me:{s}@{host}/demo"),
    "url-token": Store(TOKEN, "http://{host}/t/{s}/demo"),
    "url-variables": Store(
        USER,
        "http://${{ME}}:$SECRET@{host}/demo",
        variables=SECRETS,
        locked="http://${{ME}}:${{SECRET}}@{host}/demo",
    ),
    "url-token-variable": Store(
        TOKEN,
        "http://{host}/t/$SECRET/demo",
        variables=SECRETS,
        locked="http://{host}/t/${{SECRET}}/demo",
    ),
    "condarc-channels": Store(USER, "", {".condarc": "channels: ['http://me:{s}@{host}/demo']"}),
    "condarc-variables": Store(
        USER,
        "",
        {".condarc": "channels: ['http://me:${{SECRET}}@{host}/demo']"},
        variables=SECRETS,
    ),
    "custom-channels": Store(
        USER, "demo", {".condarc": "custom_channels: {{demo: 'http://me:{s}@{host}'}}"}, locked="demo"
    ),
    "custom-token": Store(
        TOKEN, "demo", {".condarc": "custom_channels: {{demo: 'http://{host}/t/{s}'}}"}, locked="demo"
    ),
    "channel-alias": Store(
        TOKEN, "demo", {".condarc": "channel_alias: http://{host}/t/{s}"}, locked="demo"
    ),
    "multichannel": Store(
        USER,
        "many",
        {".condarc": "custom_multichannels: {{many: ['http://me:{s}@{host}/demo']}}"},
        locked="many",
    ),
    "default-channels": Store(
        USER,
        "defaults",
        {".condarc": "default_channels: ['http://me:{s}@{host}/demo']"},
        locked="defaults",
    ),
    "mirror": Store(
        USER,
        "conda-forge",
        {".condarc": "mirrored_channels: {{conda-forge: ['http://me:{s}@{host}/demo']}}"},
        locked="conda-forge",
    ),
    "mirror-token": Store(
        TOKEN,
        "conda-forge",
        {".condarc": "mirrored_channels: {{conda-forge: ['http://{host}/t/{s}/demo']}}"},
        locked="conda-forge",
    ),
    "netrc": Store(USER, URL, {".netrc": "machine 127.0.0.1 login me password {s}\n"}),
    "netrc-named": Store(
        USER,
        URL,
        {"my.netrc": "machine 127.0.0.1\nlogin me\npassword {s}\n"},
        {"NETRC": "{home}/my.netrc"},
    ),
    "anaconda": Store(
        TOKEN, URL, {"tokens/data/http%3A%2F%2F{quoted}.token": "{s}"}, {"BINSTAR_CONFIG_DIR": "{home}/tokens"}
    ),
    "rattler": Store(USER, URL, {".rattler/credentials.json": KNOWN}),
    "rattler-token": Store(TOKEN, URL, {".rattler/credentials.json": KNOWN_TOKEN}),
    "rattler-named": Store(USER, URL, {"auth.json": KNOWN}, {"RATTLER_AUTH_FILE": "{home}/auth.json"}),
    "rattler-bearer": Store(BEARER, URL, {".rattler/credentials.json": KNOWN_BEARER}),
    "rattler-oauth": Store(BEARER, URL, {".rattler/credentials.json": KNOWN_OAUTH}),
    "two-tokens": Store(
        TOKEN, "http://{host}/t/{s}/demo", {".rattler/credentials.json": KNOWN_TOKEN}
    ),
}  # fmt: skip
Laid = Callable[[Store, ChannelServer], str]


@pytest.fixture
def laid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Laid:
    """Lays a store and a project down; answers with the server's address."""
    home = tmp_path / "home"
    bare_user(home, monkeypatch)

    def lay(store: Store, server: ChannelServer) -> str:
        host = server.bare_url.partition("//")[2].partition("/")[0]
        words = {"host": host, "quoted": host.replace(":", "%3A"), "s": CANARY, "home": home}
        for name, text in store.files.items():
            path = home / name.format(**words)
            path.parent.mkdir(parents=True, exist_ok=True)
            # JSON has braces of its own.
            path.write_text(text if text.startswith('{"') else text.format(**words))
        for name, text in store.variables.items():
            monkeypatch.setenv(name, text.format(**words))
        project(tmp_path / "here", *[each.format(**words) for each in store.channels.split()])
        return host

    return lay


def leaks(tmp_path: Path, given: set[Path], *texts: str) -> Iterator[str]:
    """Where a credential stands besides the files that were there before."""
    for path in tmp_path.rglob("*"):
        if path.is_file() and path not in given:
            texts += (f"{path}: {path.read_bytes().decode('latin-1')}",)
    for text in texts:
        yield from (text[:300] for each in SEEN if each in text)


def given(tmp_path: Path) -> set[Path]:
    return {path for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", STORES)
def test_each_store_opens_a_channel(
    envtool: Envtool, tmp_path: Path, channel: Channel, laid: Laid, name: str
) -> None:
    store = STORES[name]
    with ChannelServer(channel.folder, store.auth) as server:
        host = laid(store, server)
        before = given(tmp_path)
        run = envtool("lock", "here", "-o", "text", "-o", "json=a.json", "-o", "markdown=a.md")
        assert (run.code, run.err) == (0, "")
        lock = (tmp_path / "here" / "conda-lock.yml").read_text(encoding="utf-8")
        record = (tmp_path / "here" / "recovery" / "records.lock").read_text(encoding="utf-8")
        assert f"  - url: {store.locked.format(host=host)}\n" in lock
        variables = [
            each for each in ("ME", "SECRET") if f"${{{each}}}" in store.locked.format(host=host)
        ]
        assert ("used_env_vars: []" in lock) is not bool(variables)
        assert all(f"    - {each}\n" in lock for each in variables)
        is_mirror = name.startswith("mirror")
        place = "https://conda.anaconda.org/conda-forge" if is_mirror else f"http://{host}/demo"
        assert f"url: {place}/noarch/click-" in lock
        assert f"conda: {place}/noarch/click-" in record
        assert envtool("lock", "here", "--check").code == 0
    assert not [*leaks(tmp_path, before, run.out, run.err)]


FAULTS = (
    None,
    Status(code=404),
    Status(code=429),
    Status(code=403),
    Status(code=500),
    Truncated(keep=30),
    Reset(),
    Altered(at=30),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("name", ["url", "url-token", "mirror-token", "netrc", "rattler-token"])
def test_no_fault_shows_a_credential(
    envtool: Envtool,
    tmp_path: Path,
    in_shards: str,
    laid: Laid,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    fault: Fault | None,
) -> None:
    store = STORES[name]
    # Without a fault it is the wrong credential.
    wrong = Basic("me", "other") if store.auth is USER else Token("other")
    with ChannelServer(in_shards, store.auth if fault else wrong) as server:
        laid(store, server)
        monkeypatch.setenv("CONDA_REMOTE_MAX_RETRIES", "0")
        before = given(tmp_path)
        if fault:
            server.fail("*", fault)
        run = envtool("lock", "here", "--debug")
        assert run.code == 5
        assert "Traceback" in run.err
        assert envtool("lock", "here", "-o", "json=a.json", "-o", "markdown=a.md").code == 5
    assert not [*leaks(tmp_path, before, run.out, run.err)]
    assert not (tmp_path / "here" / "recovery").exists()


@pytest.mark.parametrize("name", ["url", "url-token"])
def test_a_mistake_in_the_middle_shows_no_credential(
    tmp_path: Path, channel: Channel, laid: Laid, name: str
) -> None:
    crash = (
        "import sys\n"
        "from envtool.workflows import lock\n"
        "from envtool.cli import main\n"
        "def crash(tools, inputs, solved, held):\n"
        "    sources = [each for one in inputs.channels.production for each in one.sources]\n"
        "    raise RuntimeError(f'{inputs} {[each.with_credential.reveal() for each in sources]}')\n"
        "lock.with_pip = crash\n"
        "main(sys.argv[1:])\n"
    )
    with ChannelServer(channel.folder, STORES[name].auth) as server:
        laid(STORES[name], server)
        before = given(tmp_path)
        done = subprocess.run(
            [sys.executable, "-c", crash, "lock", "here", "--debug", "-o", "json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 70
    assert "RuntimeError" in done.stderr
    assert "RuntimeError" in done.stdout
    assert not [*leaks(tmp_path, before, done.stdout, done.stderr)]


def test_a_variable_that_is_not_set(envtool: Envtool, tmp_path: Path, laid: Laid) -> None:
    del laid
    project(tmp_path / "here", "http://$ME_NOT:${SECRET}@127.0.0.1:9/demo")
    assert "SECRET" not in os.environ
    run = envtool("lock", "here")
    assert run.code == 2
    assert "a channel needs the variable `ME_NOT`, which is not set" in flat(run.err)
    assert "hint: set it: `export ME_NOT=...`" in run.err
