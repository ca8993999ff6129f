"""`envtool lock` through TLS and proxies, as `.condarc` and the environment say."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from envtool.adapters.channel_builder.channels import Channel
from tests.channel.certificates import Certificates, certificates
from tests.channel.faults import Basic, Token
from tests.channel.proxy import Proxy
from tests.channel.server import ChannelServer
from tests.conftest import Envtool
from tests.served import bare_user, files_below, flat, project


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    bare_user(tmp_path / "home", monkeypatch)
    monkeypatch.setenv("CONDA_REMOTE_MAX_RETRIES", "0")
    return tmp_path / "home"


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, and nothing else makes certificates")
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def secure(channel: Channel, trust: Certificates) -> Iterator[ChannelServer]:
    with ChannelServer(channel.folder, tls=trust.context) as server:
        yield server


@pytest.fixture
def plain(channel: Channel) -> Iterator[ChannelServer]:
    with ChannelServer(channel.folder) as server:
        yield server


def test_an_unknown_certificate_ends_the_command(
    envtool: Envtool, tmp_path: Path, secure: ChannelServer
) -> None:
    project(tmp_path / "here", secure.url)
    run = envtool("lock", "here")
    assert run.code == 5
    assert flat(run.err).startswith(f"error: the certificate of `{secure.url}` is not trusted:")
    assert "`ssl_verify: /path/of/ca.pem`" in run.err
    assert (secure.log, files_below(tmp_path / "here")) == ((), {"environment.yml"})


@pytest.mark.parametrize(
    ("condarc", "variables"),
    [
        ("ssl_verify: {ca}", {}),
        ("ssl_verify: {folder}", {}),
        ("ssl_verify: $TRUST", {"TRUST": "{ca}"}),
        ("", {"CONDA_SSL_VERIFY": "{ca}"}),
        ("ssl_verify: {ca}", {"SSL_CERT_FILE": "/nowhere"}),
        ("ssl_verify: truststore", {"SSL_CERT_FILE": "{ca}"}),
        ("", {"SSL_CERT_FILE": "{ca}"}),
        ("", {"SSL_CERT_DIR": "{folder}"}),
        ("", {"REQUESTS_CA_BUNDLE": "{ca}"}),
        ("", {"CURL_CA_BUNDLE": "{ca}"}),
        ("", {"SSL_CERT_FILE": "{ca}", "REQUESTS_CA_BUNDLE": "/nowhere"}),
        ("ssl_verify: false", {}),
    ],
)
def test_what_is_trusted(
    envtool: Envtool,
    tmp_path: Path,
    home: Path,
    secure: ChannelServer,
    trust: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    condarc: str,
    variables: dict[str, str],
) -> None:
    folder = tmp_path / "trusted"
    folder.mkdir()
    shutil.copy(trust.authority, folder)
    places = {"ca": trust.authority, "folder": folder}
    (home / ".condarc").write_text(condarc.format(**places), encoding="utf-8")
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(**places))
    lock = project(tmp_path / "here", secure.url)
    run = envtool("lock", "here")
    assert (run.code, run.err) == (0, "")
    assert f"url: {secure.url}/noarch/click-" in lock.read_text(encoding="utf-8")


def test_that_nothing_is_checked_is_said(
    envtool: Envtool, tmp_path: Path, home: Path, secure: ChannelServer, channel: Channel
) -> None:
    (home / ".condarc").write_text("ssl_verify: false", encoding="utf-8")
    said = f"{home}/.condarc:1:13: certificates of servers are not checked"
    project(tmp_path / "here", secure.url)
    assert said in flat(envtool("lock", "here").out)
    project(tmp_path / "there", channel.url)
    assert "certificates" not in envtool("lock", "there").out


@pytest.mark.parametrize("auth", [Basic("me", "canary-1"), Token("canary-1")])
def test_nothing_is_given_to_a_server_that_nobody_checked(
    envtool: Envtool,
    tmp_path: Path,
    home: Path,
    channel: Channel,
    trust: Certificates,
    auth: Basic | Token,
) -> None:
    (home / ".condarc").write_text("ssl_verify: false", encoding="utf-8")
    with ChannelServer(channel.folder, auth, tls=trust.context) as server:
        project(tmp_path / "here", server.url)
        run = envtool("lock", "here")
        assert run.code == 2
        assert flat(run.err).startswith(f"error: {home}/.condarc:1:13: credentials for")
        assert "hint: name the certificates to trust" in run.err
        assert "canary" not in run.err
        assert server.log == ()


@pytest.mark.parametrize("auth", [Basic("me", "canary-1"), Token("canary-1")])
def test_credentials_travel_to_a_server_that_is_trusted(
    envtool: Envtool,
    tmp_path: Path,
    home: Path,
    channel: Channel,
    trust: Certificates,
    auth: Basic | Token,
) -> None:
    (home / ".condarc").write_text(f"ssl_verify: {trust.authority}", encoding="utf-8")
    with ChannelServer(channel.folder, auth, tls=trust.context) as server:
        lock = project(tmp_path / "here", server.url)
        assert envtool("lock", "here").code == 0
        assert f"url: {server.bare_url}/noarch/click-" in lock.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("condarc", "says"),
    [
        ("client_ssl_cert: /me.pem", ":1:18: rattler can not show a `client_ssl_cert`"),
        ("ssl_verify: /nowhere.pem", ":1:13: the certificates `/nowhere.pem` are missing"),
        ("proxy_servers: {{'https://{host}': 'http://a'}}", "a proxy for one host alone"),
        ("proxy_servers: {{http: 'socks5://me:canary@a:1'}}", "a proxy that does not speak HTTP"),
    ],
)
def test_what_rattler_can_not_do_is_refused(
    envtool: Envtool,
    tmp_path: Path,
    home: Path,
    secure: ChannelServer,
    channel: Channel,
    condarc: str,
    says: str,
) -> None:
    (home / ".condarc").write_text(condarc.format(host="127.0.0.1"), encoding="utf-8")
    project(tmp_path / "here", secure.url)
    run = envtool("lock", "here")
    assert run.code == 2
    assert flat(run.err).startswith(f"error: {home}/.condarc:1:")
    assert says in flat(run.err)
    assert "canary" not in run.err
    assert "hint: " in run.err
    # Where no server is asked it does not matter.
    project(tmp_path / "there", channel.url)
    assert envtool("lock", "there").code == 0


NAMED = "http://channel.invalid/demo"


def port(server: ChannelServer) -> int:
    return int(server.bare_url.rpartition(":")[2].partition("/")[0])


@pytest.mark.parametrize(
    ("condarc", "variables"),
    [
        ("proxy_servers: {{http: '{proxy}'}}", {}),
        ("proxy_servers: {{all: '{proxy}', 'http://other': 'http://127.0.0.1:9', ftp: x}}", {}),
        ("", {"http_proxy": "{proxy}"}),
        ("", {"HTTP_PROXY": "{proxy}"}),
        ("", {"ALL_PROXY": "{proxy}"}),
        ("proxy_servers: {{http: 'http://127.0.0.1:9'}}", {"HTTP_PROXY": "{proxy}"}),
        ("proxy_servers: {{http: '{proxy}'}}\nssl_verify: false", {}),
    ],
)
@pytest.mark.parametrize("user", [None, "me:canary-1"])
def test_proxies(
    envtool: Envtool,
    tmp_path: Path,
    home: Path,
    plain: ChannelServer,
    monkeypatch: pytest.MonkeyPatch,
    condarc: str,
    variables: dict[str, str],
    user: str | None,
) -> None:
    with Proxy(port(plain), user) as proxy:
        (home / ".condarc").write_text(condarc.format(proxy=proxy.url), encoding="utf-8")
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(proxy=proxy.url))
        lock = project(tmp_path / "here", NAMED)
        run = envtool("lock", "here")
        assert (run.code, run.err) == (0, "")
        assert set(proxy.seen) == {"channel.invalid"}
    assert f"url: {NAMED}/noarch/click-" in lock.read_text(encoding="utf-8")


def test_tls_goes_through_a_proxy_in_a_tunnel(
    envtool: Envtool, tmp_path: Path, home: Path, secure: ChannelServer, trust: Certificates
) -> None:
    with Proxy(port(secure), "me:canary-1") as proxy:
        condarc = f"ssl_verify: {trust.authority}\nproxy_servers: {{https: '{proxy.url}'}}"
        (home / ".condarc").write_text(condarc, encoding="utf-8")
        project(tmp_path / "here", "https://channel.invalid/demo")
        run = envtool("lock", "here")
        assert (run.code, run.err) == (0, "")
        assert set(proxy.seen) == {"channel.invalid:443"}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses(
    envtool: Envtool, tmp_path: Path, home: Path, plain: ChannelServer, scheme: str
) -> None:
    with Proxy(port(plain), "me:canary-1") as proxy:
        wrong = proxy.url.replace("canary-1", "canary-2")
        text = f"proxy_servers: {{http: '{wrong}', https: '{wrong}'}}"
        (home / ".condarc").write_text(text, encoding="utf-8")
        project(tmp_path / "here", f"{scheme}://channel.invalid/demo")
        run = envtool("lock", "here")
    assert run.code == 5
    assert flat(run.err).startswith("error: a proxy does not let you through to")
    assert "hint: look at `proxy_servers` in your `.condarc`" in run.err
    assert "canary" not in run.err
