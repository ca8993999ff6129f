"""Makes the generated parts of the README; `python -m tests.readme` writes them.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`. `tests/test_readme.py`
fails when what stands there is not what the code says.
"""

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from envtool.adapters import connect_demo
from envtool.cli import run
from envtool.domain.auditing.sources import FILES, PUBLISHED
from envtool.domain.demo import Played, Scene
from envtool.domain.mends import MENDERS
from envtool.domain.patterns import PATTERNS
from envtool.domain.policy.model import options
from envtool.domain.policy.records import Profile
from envtool.domain.rules import RULES
from envtool.errors import ExitCode
from envtool.workflows.demo import DemoRequest, demo
from envtool.workflows.policy import as_json
from tests.channels import record, write_records
from tests.running import make_prefix, started

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_PART = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)

_MEANINGS = {
    ExitCode.YES: "yes: passed",
    ExitCode.NO: "the answer is no: a finding at or above `--fail-on`",
    ExitCode.UNREADABLE: "usage, policy or file can not be read, or there is nothing to judge",
    ExitCode.UNSATISFIABLE: "no set of packages satisfies the spec",
    ExitCode.TOOL_FAILED: "an external tool failed",
    ExitCode.UNAVAILABLE: "network or data unavailable",
    ExitCode.INTEGRITY: "bytes are not the ones that were promised (hash, chain)",
    ExitCode.BUG: "a bug in envtool",
    ExitCode.NOT_EXECUTABLE: "`envtool run`: the program can not be executed",
    ExitCode.NOT_FOUND: "`envtool run`: the program was not found",
    ExitCode.INTERRUPTED: "interrupted",
}


def refreshed(text: str) -> str:
    """`text` with every generated part made anew."""
    return _PART.sub(lambda part: part[1] + _made(part[2]) + part[3], text)


def _made(name: str) -> str:
    if name.startswith("envtool "):
        return f"```console\n$ {name}\n{_output(name)}```\n"
    return _PARTS[name]()


def _output(command: str, folder: Path = ROOT) -> str:
    """What `command` prints, run in `folder`; the exit status behind it when it is not 0."""
    return _said(tuple(command.split()), folder)


def _said(words: tuple[str, ...], folder: Path) -> str:
    out = io.StringIO()
    before = Path.cwd()
    os.chdir(folder)
    try:
        with redirect_stdout(out), redirect_stderr(out):
            code = run(words[1:])
    finally:
        os.chdir(before)
    shown = out.getvalue()
    return shown + (f"$ echo $?\n{int(code)}\n" if code else "")


def _init() -> str:
    """A new repository with the everyday example, once its credential is gone."""
    text = (ROOT / "examples/everyday/environment.yml").read_text(encoding="utf-8")
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".git").mkdir()
        (folder / "environment.yml").write_text(text.partition("variables:")[0], encoding="utf-8")
        shown = f"$ envtool init\n{_output('envtool init', folder)}"
        first = _output("envtool verify", folder).partition("\n")[0]
    return f"```console\n{shown}$ envtool verify\n{first}\n...\n```\n"


def _baseline() -> str:
    """The everyday example without its credential, before and after somebody adds a line."""
    text = (ROOT / "examples/everyday/environment.yml").read_text(encoding="utf-8")
    text = text.partition("variables:")[0]
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".git").mkdir()
        spec = folder / "environment.yml"
        spec.write_text(text, encoding="utf-8")
        shown = _typed("envtool baseline create", folder)
        entries = (folder / "envtool-baseline.json").read_text(encoding="utf-8").splitlines()
        entry = next(each for each in entries if "numpy" in each)
        shown += f"$ grep numpy envtool-baseline.json\n{entry}\n" + _typed(_ONLY_NEW, folder)
        spec.write_text(text.replace("  - numpy\n", "  - scipy\n  - numpy\n"), encoding="utf-8")
        shown += "$ sed -i 's/^  - numpy$/  - scipy\\n&/' environment.yml\n" + _typed(
            _ONLY_NEW, folder
        )
    return f"```console\n{shown}```\n"


def _merge() -> str:
    """Two branches that each add a package and move the same one; what the driver says of it."""
    from tests.locking import Entry, lock_text
    from tests.merging import LOCK, Repository

    numpy, old = Entry("numpy", "2.1.3"), lock_text(Entry("numpy", "2.0.0"))
    ours = lock_text(numpy, Entry("flask")).replace("a" * 64, "b" * 64)
    theirs = lock_text(numpy._replace(version="2.2.6"), Entry("redis")).replace("a" * 64, "c" * 64)
    with TemporaryDirectory() as name:
        repository = Repository(Path(name))
        repository.fork({LOCK: old}, {LOCK: ours}, {LOCK: theirs})
        done = repository.git("merge", "theirs")
    return f"```console\n$ git merge topic\n{done.err}...\n```\n"


def _lock() -> str:
    """A project before and after a package is added; both platforms were locked last year."""
    records = [
        record("python", version, subdir=subdir)
        for version in ("3.12.4", "3.12.9")
        for subdir in ("linux-64", "osx-arm64")
    ]
    for name, versions, *depends in _OFFERED:
        records += [record(name, version, *depends) for version in versions]
    with TemporaryDirectory() as name:
        folder = Path(name)
        spec = folder / "environment.yml"
        spec.write_text(_SPEC, encoding="utf-8")
        write_records(folder / "channel", [each for each in records if each["version"] < "3.12.5"])
        shown = _typed("envtool lock", folder)
        write_records(folder / "channel", records)
        spec.write_text(_SPEC.replace("  - pandas", "  - httpx\n  - pandas"), encoding="utf-8")
        shown += "$ sed -i 's/^  - pandas/  - httpx\\n&/' environment.yml\n"
        shown += _typed("envtool lock", folder) + _typed("envtool lock --check", folder)
    return f"```console\n{shown}```\n"


def _unsatisfiable() -> str:
    """Two lines that can not be together, and a name that is misspelled."""
    records = [record(name, version, *depends) for name, version, *depends in _APART]
    with TemporaryDirectory() as name:
        folder = Path(name)
        text = _SPEC.replace("  - pandas=2.2\n", "  - numpy=1.26\n  - geoplot\n  - reqeusts\n")
        (folder / "environment.yml").write_text(text, encoding="utf-8")
        write_records(folder / "channel", records)
        return f"```console\n{_typed('envtool lock', folder)}```\n"


_APART = (
    ("python", "3.12.9"),
    ("numpy", "1.26.4", "python"),
    ("numpy", "2.1.0", "python"),
    ("pandas", "3.0.1", "numpy >=2", "python"),
    ("geoplot", "0.8", "pandas >=3"),
    ("requests", "2.32.5", "python"),
)
_SPEC = """\
channels:
  - ./channel
platforms:
  - linux-64
  - osx-arm64
dependencies:
  - python=3.12
  - pandas=2.2
"""
_OFFERED = (
    ("pandas", ("2.2.1", "2.2.3"), "numpy >=1.26", "python"),
    ("numpy", ("1.26.4", "2.1.0"), "python"),
    ("httpx", ("0.28.1",), "python >=3.9", "idna"),
    ("idna", ("3.10",), "python >=3.9"),
)


def _update() -> str:
    """A project that was locked before the last releases; one update tried, another accepted."""
    records = [record(name, version, *depends) for name, version, *depends in _RELEASED]
    with TemporaryDirectory() as name:
        folder = Path(name)
        spec = folder / "environment.yml"
        spec.write_text(_UPDATED, encoding="utf-8")
        write_records(folder / "channel", records[:_RELEASED_BEFORE])
        _output("envtool lock", folder)
        write_records(folder / "channel", records)
        shown = "".join(
            _typed(command, folder)
            for command in ("envtool update --all", "envtool export", "envtool update --all")
        )
    return f"```console\n{shown}```\n"


def _export() -> str:
    """A project that was locked, what is made of its lock, and the environment made of that."""
    from tests.installing import small_channel
    from tests.stand_in_micromamba import install

    with TemporaryDirectory() as name, _machine(Path(name)):
        folder = Path(name).resolve() / "service"
        folder.mkdir()
        channel = small_channel(folder / "channel")
        lines = "platforms: [linux-64]\ndependencies:\n- python=3.12.0\n- app=2.0\n"
        (folder / "environment.yml").write_text(f"channels: [{channel.url}]\n{lines}")
        _output("envtool lock", folder)
        shown = _typed("envtool export", folder)
        install(Path(name) / "tools")
        done = subprocess.run(
            ["sh", "recovery/recover.sh"],  # noqa: S607
            cwd=folder,
            env={"PATH": f"{name}/tools:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        shown += f"$ sh recovery/recover.sh\n{done.stderr}{done.stdout}"
        return f"```console\n{_timeless(shown, folder)}```\n"


def _run() -> str:
    """A project whose environment is installed, with a package that has a script of activation."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve() / "orders"
        make_prefix(folder / ".envtool/envs/production", scripts=_GDAL)
        (folder / "environment.yml").write_text(_USED, encoding="utf-8")
        (folder / ".git").mkdir()
        shown = "".join(_started(folder, *words) for words in _STARTED)
    return f"```console\n{shown.replace(str(folder), '/home/ada/orders')}```\n"


def _started(folder: Path, *words: str) -> str:
    """As `_output`, of a process of its own, which becomes another program."""
    done = started(*words, cwd=folder, PATH="/usr/bin:/bin", COLUMNS="120")
    code = f"$ echo $?\n{done.returncode}\n" if done.returncode else ""
    return f"$ envtool {shlex.join(words)}\n{done.stdout}{done.stderr}{code}"


_USED = "dependencies: [python]\nvariables:\n  STAGE: trial\n"
_GDAL = {"activate.d/gdal.sh": 'export GDAL_DATA="$CONDA_PREFIX/share/gdal"\n'}
_STARTED = (
    ("run", "sh", "-c", 'echo "$GDAL_DATA" "$STAGE"'),
    ("run", "-e", "development", "--", "pytest", "-x"),
    ("shell-hook", "--shell", "bash"),
)

_UPDATED = """\
channels:
  - ./channel
platforms:
  - linux-64
dependencies:
  - python=3.12      # the oldest that we support
  - pandas ==2.2.1
  - fastapi>=0.110,<0.111
  - sqlalchemy
"""
_RELEASED = (
    ("python", "3.12.4", "openssl"),
    ("openssl", "3.3.1"),
    ("pandas", "2.2.1", "numpy", "python"),
    ("numpy", "1.26.4", "python"),
    ("fastapi", "0.110.0", "python"),
    ("sqlalchemy", "2.0.30", "python"),
    # Since then.
    ("python", "3.12.9", "openssl"),
    ("openssl", "3.3.2"),
    ("pandas", "2.3.0", "numpy", "python", "tzdata"),
    ("numpy", "2.1.0", "python"),
    ("tzdata", "2025b"),
    ("fastapi", "0.115.2", "python"),
    ("sqlalchemy", "2.0.36", "python"),
)
_RELEASED_BEFORE = 6


def _demo() -> str:
    """The story of the demo: what is typed, and the first line that each command answers with."""
    shown: list[str] = []

    def show(scene: Scene, played: Played) -> None:
        lines = [each for each in (played.out + played.err).splitlines() if each[:2] != "- "]
        # Of a traceback the last line says it.
        first = lines[-1] if played.code > 0 and scene.typed[0] == "run" else lines[0]
        typed = " ".join(scene.typed)
        shown.append(f"# {scene.told.rstrip(':')}\n$ envtool {typed}\n{first}\n")

    with TemporaryDirectory() as name:
        folder = Path(name).resolve() / "envtool-demo"
        request = DemoRequest(folder=str(folder), clock=lambda: 0.0, tell=lambda _: None, show=show)
        demo(connect_demo(), request)
        text = "".join(shown)
        text = re.sub(r" \('?/.*\)( \(and 1 more\))?$", r"\1", text, flags=re.MULTILINE)
        return f"```console\n{_timeless(text, folder).replace('/home/me/service', '/home/me/envtool-demo')}```\n"


def _recreate() -> str:
    """A service that is installed; an update of its interpreter that does not start; the way back."""
    from tests.installing import small_channel

    with TemporaryDirectory() as name:
        folder = Path(name).resolve() / "service"
        folder.mkdir()
        channel = small_channel(folder / "channel")
        spec = folder / "environment.yml"
        text = f"channels: [{channel.url}]\nplatforms: [linux-64]\ndependencies:\n"
        shown = ""
        with _machine(folder.parent):
            for lines in (("python=3.12.0", "app=1.0"), ("python=3.12.0", "app=2.0")):
                spec.write_text(text + "".join(f"- {each}\n" for each in lines), encoding="utf-8")
                _output("envtool lock", folder)
                shown += _typed("envtool recreate", folder)
            spec.write_text(f"{text}- python=3.12.1\n- app=2.0\n", encoding="utf-8")
            _output("envtool lock", folder)
            for command in ("envtool recreate", "envtool rollback", "envtool rollback --list"):
                shown += _typed(command, folder)
        return f"```console\n{_timeless(shown, folder)}```\n"


def _cache() -> str:
    """A cache after an update whose old environment is gone, then with a file that is damaged."""
    from tests.installing import small_channel

    with TemporaryDirectory() as name:
        folder = Path(name).resolve() / "service"
        folder.mkdir()
        channel = small_channel(folder / "channel")
        text = f"channels: [{channel.url}]\nplatforms: [linux-64]\ndependencies:\n"
        cache = folder.parent / "cache"
        with _machine(folder.parent):
            for lines in (("app=1.0",), ("app=2.0", "module")):
                spec = text + "".join(f"- {each}\n" for each in lines)
                (folder / "environment.yml").write_text(spec, encoding="utf-8")
                _output("envtool lock", folder)
                _output("envtool recreate --keep 0 --keep-archives", folder)
            shown = _typed("envtool cache", folder) + _typed("envtool cache prune", folder)
            (cache / "packages/app-2.0-h0_0/share/app/2.0").write_bytes(b"?")
            shown += "# somebody edits a file of an environment, which is a hard link\n"
            shown += _typed("envtool cache verify", folder)
            shown += _typed("envtool cache verify --fix", folder)
            shown += _typed("envtool cache clean", folder)
        shown = shown.replace(str(cache), "/home/me/.cache/envtool")
        return f"```console\n{_timeless(shown, folder)}```\n"


def _signed() -> str:
    """An environment of which one package is signed, and the policy requires it of both."""
    from tests.installing import small_channel
    from tests.signed_channels import demand, sign
    from tests.signing import LocalSigstore

    sigstore = LocalSigstore()
    with TemporaryDirectory() as name:
        folder = Path(name).resolve() / "service"
        folder.mkdir()
        channel = small_channel(folder / "channel")
        text = (
            f"channels: [{channel.url}]\nplatforms: [linux-64]\ndependencies: [app=1.0, pytest]\n"
        )
        (folder / "environment.yml").write_text(text, encoding="utf-8")
        demand(folder, sigstore, channel.url)
        shown = ""
        with _machine(folder.parent):
            for names in (("app", "base-files"), ("app", "base-files", "pytest")):
                sign(channel, channel.url, sigstore, *names)
                _output("envtool lock", folder)
                shown += _typed("envtool recreate", folder)
        return f"```console\n{_timeless(shown, folder)}```\n"


@contextmanager
def _machine(home: Path) -> Iterator[None]:
    """A user with an empty home and an empty cache, below `home`."""
    values = {
        "HOME": str(home / "home"),
        "ENVTOOL_CACHE_DIR": str(home / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _timeless(text: str, folder: Path) -> str:
    """`text` as it is on any day in a folder of any name, without what is told of the progress."""
    text = re.sub(r"^- .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\d\d\d\d-\d\d-\d\d \d\d:\d\d", "2026-11-23 09:00", text)
    text = re.sub(r"\b\d+\.(\d+) s\b", lambda each: f"0.{'1' * len(each[1])} s", text)
    text = re.sub(r"\d+ files hashed", "14 files hashed", text)
    text = re.sub(r"lock [0-9a-f]{12}", "lock 5f0c2ab91d7e", text)
    text = re.sub(r"Lock: [0-9a-f]{64}", f"Lock: {'5f0c2ab91d7e' * 5}5f0c", text)
    text = re.sub(r"evidence/[0-9a-f]{12}", "evidence/5f0c2ab91d7e", text)
    text = re.sub(r"Committed [0-9a-f]{12}", "Committed 3d1f2c0a9b84", text)
    text = re.sub(r"tree [0-9a-f]{12}", "tree 8c4e7d5b1a02", text)
    text = re.sub(r"\d+ MB", "14 MB", text)
    return text.replace(str(folder), "/home/me/service")


def _testing() -> str:
    """A project whose two packages have updates, of which one is major, and its own command."""
    from tests.merging import Repository
    from tests.trying import try_channel

    with TemporaryDirectory() as name:
        folder = Path(name).resolve() / "service"
        repository = Repository(folder, driver=False)
        channel = try_channel(folder.parent / "channel")
        spec = f"channels: [{channel.url}]\nplatforms: [linux-64]\ndependencies:\n"
        text = f"{spec}- app=1.0\n- lib=1.0\n"
        repository.write({"environment.yml": text, "envtool.toml": _COMMANDS})
        repository.git("config", "user.name", "Ada")
        repository.git("config", "user.email", "ada@example.org")
        with _machine(folder.parent):
            _output("envtool lock", folder)
            repository.commit({})
            shown = ""
            for words in _TESTED:
                said = _said(words, folder)
                if words[1] == "update":
                    said = f"{said.partition(chr(10))[0]}\n...\n"
                shown += f"$ {shlex.join(words)}\n{said}"
        # What commands say goes to the screen as it comes.
        shown = re.sub(r"^  (?:app|lib|/bin/sh|sh|/tmp)\b.*\n", "", shown, flags=re.MULTILINE)
        return f"```console\n{_timeless(shown, folder)}```\n"


_COMMANDS = """\
[[test.commands]]
name = "the old data"
command = "lib | grep -q lib"
"""
_TESTED = (
    ("envtool", "update", "--all", "--level", "major"),
    ("envtool", "test"),
    ("envtool", "update", "lib", "--level", "major"),
    ("envtool", "test"),
    ("envtool", "export"),
    ("envtool", "commit"),
    ("envtool", "approve", "lib", "extra", "--reason", "read the notes, no API of ours"),
    ("envtool", "commit"),
)


def _deploy() -> str:
    """A service that is deployed, an update of it that does not answer, and what runs then."""
    from tests.deploying import LINUX, deploy_channel
    from tests.ports import free_port

    port = free_port()
    with TemporaryDirectory() as name, _machine(Path(name)):
        folder = Path(name).resolve() / "service"
        folder.mkdir()
        channel = deploy_channel(folder.parent / "channel")
        (folder / "token").write_text("secret", encoding="utf-8")
        (folder / "envtool.toml").write_text(_SERVICE.format(port=port), encoding="utf-8")
        head = f"channels: [{channel.url}]\nplatforms: [{LINUX}]\ndependencies:\n"
        shown = ""
        for version in ("1.0", "4.0"):
            (folder / "environment.yml").write_text(f"{head}- web={version}\n", encoding="utf-8")
            _output("envtool lock", folder)
            shown += _typed("envtool deploy --to production", folder)
        shown += _typed("envtool deploy --to production --status", folder)
        _output("envtool deploy --to production --stop", folder)
        shown = re.sub(r"process \d+", "process 4711", shown.replace(str(port), "8000"))
        shown = re.sub(r"\d\d:\d\d:\d\d UTC", "09:00:00 UTC", shown)
        return f"```console\n{_timeless(shown, folder)}```\n"


_SERVICE = """\
[[deploy.services]]
name = "web"
command = ["web", "{port}"]
http = "http://127.0.0.1:{port}/health"
timeout = 10

[deploy.profiles.production]
variables = {{ WEB_TOKEN = {{ file = "token" }} }}
"""
_ONLY_NEW = "envtool verify --new-only --fail-on warning"


def _typed(command: str, folder: Path) -> str:
    return f"$ {command}\n{_output(command, folder)}"


def _prefix() -> str:
    """An environment in which somebody was at work, against the lock that it was made from."""
    from tests.locking import Entry, lock_text
    from tests.made_prefixes import SITE, distribution, install

    with TemporaryDirectory() as name:
        folder = Path(os.path.realpath(name))
        locked = ("flask", "3.1.0"), ("jinja2", "3.1.4"), ("openssl", "3.4.0"), ("python", "3.12.4")
        (folder / "conda-lock.yml").write_text(
            lock_text(*(Entry(*each) for each in locked)), encoding="utf-8"
        )
        prefix = folder / ".envtool/envs/production"
        module = f"{SITE}/jinja2/utils.py"
        install(prefix, "flask", "3.1.0", depends=["jinja2 >=3.1.2"])
        install(prefix, "jinja2", "3.1.4", files={module: b"x", "bin/jinja2": b"x"})
        install(prefix, "openssl", "3.3.1")
        distribution(prefix, "ipdb", "0.13.13", "decorator; python_version > '3.11'")
        install(prefix, "python", "3.12.4")
        (prefix / module).write_text("y", encoding="utf-8")
        shown = _typed("envtool verify --environment production", folder)
        shown = shown.replace(str(folder), "/srv/app")
    return f"```console\n{shown}```\n"


def _audit() -> str:
    """A project with old packages: audited, asked about one, mended by half, audited again."""
    from tests.audits import LOCKED, audited_project, database

    mended = [e._replace(version="3.0.15") if e.name == "openssl" else e for e in LOCKED]
    with TemporaryDirectory() as name, _machine(Path(name)):
        folder = Path(name) / "orders"
        audited_project(folder)
        database(Path(name) / "cache", fetched=datetime.now(tz=UTC))
        shown = _typed("envtool audit --offline", folder)
        shown += _typed("envtool audit --offline --explain urllib3", folder)
        audited_project(folder, *mended)
        after = _typed("envtool audit --offline", folder).splitlines(keepends=True)
        shown += "# openssl was updated\n" + "".join(after[:5]) + "...\n"
    return f"```console\n{re.sub(r'since [-0-9]{10}', 'since 2026-11-23', shown)}```\n"


def _fix() -> str:
    """Two old packages of which one can be mended: the other has a line in its way."""
    from tests.audits import URLLIB3, X400, database

    records = [
        record("python", "3.12.9", "openssl"),
        *(record("openssl", each) for each in ("3.0.7", "3.0.8", "3.3.2")),
        *(record("urllib3", each, "python") for each in ("1.26.4", "1.26.18", "2.2.3")),
        record("requests", "2.31.0", "python", "urllib3 <2"),
        record("oldlib", "1.0", "python", "urllib3 <1.26.5"),
    ]
    head = "channels:\n  - ./channel\nplatforms:\n  - linux-64\ndependencies:\n"
    lines = "  - python=3.12\n  - requests=2.31\n  - oldlib=1.0\n"
    with TemporaryDirectory() as name, _machine(Path(name)):
        folder = Path(name) / "orders"
        folder.mkdir()
        write_records(folder / "channel", records)
        for more in ("  - openssl=3.0.7\n", "  - openssl\n"):
            (folder / "environment.yml").write_text(head + lines + more, encoding="utf-8")
            _output("envtool lock", folder)
        database(Path(name) / "cache", (URLLIB3, X400), fetched=datetime.now(tz=UTC))
        shown = _typed("envtool audit --fix --offline", folder)
    return f"```console\n{shown}```\n"


def _patterns() -> str:
    rows = ["| pattern | answered by |", "|---|---|"]
    for each in PATTERNS:
        there = [f"`envtool {command}`" for command in each.commands]
        there += [f"`{rule}`" for rule in each.rules]
        rows.append(f"| **{each.section}**: {each.pattern} | {', '.join(there)} |")
    return "\n".join(rows) + "\n"


def _rules() -> str:
    rows = ["| rule | recommended | strict | what it reports |", "|---|---|---|---|"]
    rows += [
        f"| `{each.id}` | {each.recommended} | {each.strict} | {each.title} |" for each in RULES
    ]
    return "\n".join(rows) + "\n"


def _mends() -> str:
    rows = ["| rule | mended by | how |", "|---|---|---|"]
    for each in MENDERS:
        option = "`--fix`" if each.safe else "`--unsafe-fixes`"
        how = (each.plan.__doc__ or "").partition("\n")[0].rstrip(".")
        rows.append(f"| `{each.rule}` | {option} | {how} |")
    return "\n".join(rows) + "\n"


def _policy() -> str:
    rows = ["| key | recommended | strict | meaning |", "|---|---|---|---|"]
    for each in options().values():
        low, high = (_shown(each.default(profile)) for profile in Profile)
        rows.append(f"| `{'.'.join(each.key)}` | {low} | {high} | {each.doc} |")
    return "\n".join(rows) + "\n"


def _shown(value: object) -> str:
    data = as_json(value)
    if isinstance(data, list):
        return ", ".join(f"`{each}`" for each in data) or "-"
    if isinstance(data, dict):
        return ", ".join(f"`{key}`: `{each}`" for key, each in data.items()) or "-"
    return "-" if data is None else f"`{str(data).lower() if isinstance(data, bool) else data}`"


def _sources() -> str:
    """Where advisories are published, and under which names a folder has them."""
    files: dict[str, list[str]] = {file.key: [] for file in FILES.values()}
    for file in FILES.values():
        files[file.key].append(f"`{file.name}`")
    rows = [
        "| key of `audit.sources` | what it is | where | file for `--from` |",
        "|---|---|---|---|",
    ]
    for key, each in PUBLISHED.items():
        names = ", ".join(files.get(key, ["-"]))
        rows.append(f"| `{key}` | {each.holds} | `{each.url}` | {names} |")
    return "\n".join(rows) + "\n"


def _exit_codes() -> str:
    rows = ["| status | meaning |", "|---|---|"]
    rows += [f"| {int(code)} | {_MEANINGS[code]} |" for code in ExitCode]
    return "\n".join(rows) + "\n"


_PARTS: dict[str, Callable[[], str]] = {
    "init": _init,
    "baseline": _baseline,
    "merge": _merge,
    "lock": _lock,
    "unsatisfiable": _unsatisfiable,
    "update": _update,
    "export": _export,
    "testing": _testing,
    "deploy": _deploy,
    "prefix": _prefix,
    "demo": _demo,
    "recreate": _recreate,
    "cache": _cache,
    "signed": _signed,
    "audit": _audit,
    "fix": _fix,
    "run": _run,
    "patterns": _patterns,
    "rules": _rules,
    "mends": _mends,
    "policy": _policy,
    "sources": _sources,
    "exit codes": _exit_codes,
}


def main() -> None:
    """Rewrite the README."""
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"Updated {README.name}\n")


if __name__ == "__main__":
    main()
