"""`envtool test`: a lock is tried in environments of its own, and the evidence is kept."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from envtool.adapters import connect
from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH, Channel, write_channel
from envtool.adapters.channel_builder.packages import File, Package
from envtool.adapters.trials import WatchedTrials
from envtool.domain.activation import Activation
from envtool.ports_testing import Trial, Tried
from envtool.workflows.test_rig import Order, Rig
from tests.ports import free_port
from tests.running import Recorder, is_running, started
from tests.served import flat
from tests.trying import LINUX, LOCK, POLICY, Workshop, try_channel


def policy(*commands: str, more: str = "") -> str:
    return "".join(f"[[test.commands]]\n{each}\n" for each in commands) + more


def test_a_lock_is_tried_and_nothing_of_the_project_changes(workshop: Workshop) -> None:
    workshop.lock("app=1.0", "lib=1.0")
    before = workshop.tree()
    done = workshop.run("test")
    assert done.code == 0
    assert done.first == "Passed: 5 checks of production, from conda-lock.yml"
    assert workshop.tree() == before
    assert not (workshop.folder / ".envtool/envs/production").exists()
    assert workshop.checks() == [
        "production build 2 packages passed",
        "production environment as locked passed",
        "production dependencies 2 packages passed",
        "production smoke app: app --version passed",
        "production smoke lib: lib --version passed",
    ]
    assert "app 1.0" in workshop.log()
    (path,) = workshop.evidence
    found = json.loads(path.read_text())
    assert path.name == f"{found['lock']}-{LINUX}.json"
    assert found["tree"] == workshop.git("rev-parse", "HEAD^{tree}")
    assert found["dirty"] is False
    assert workshop.git("status", "--porcelain") == ""
    # Nor does conda get to know of environments that are nobody's.
    assert not (Path.home() / ".conda/environments.txt").exists()


def test_production_runs_without_what_development_adds(workshop: Workshop) -> None:
    workshop.write("devtool", name="environment-dev.yml")
    workshop.policy(policy('command = ["devtool"]', "command='devtool'\nenvironment='production'"))
    workshop.lock("lib=1.0")
    done = workshop.run("test")
    assert done.code == 1
    assert (
        done.first
        == (
            "Failed: command of production: devtool: ended with 127: hint: have its package in"
            " `environment.yml`, then `envtool lock` and `envtool recreate`"
        )
        or "command of production: devtool: ended with 127" in done.first
    )
    assert [each for each in workshop.checks() if " command " in each] == [
        "production command devtool failed",
        "development command devtool passed",
    ]


def test_the_candidate_goes_first(workshop: Workshop) -> None:
    workshop.lock("app>=1.0,<2")
    workshop.lock("app=1.0")
    workshop.write("app=1.0")
    workshop.ok("update", "--all", "--level", "major")
    before = workshop.tree()
    done = workshop.run("test")
    assert done.code == 1
    assert "smoke of production: app: app --version: ended with 12" in flat(done.out)
    assert workshop.tree() == before
    assert workshop.ok("test", "--current").first.endswith("from conda-lock.yml")
    assert len(workshop.evidence) == 2
    assert workshop.run("test", "--candidate").first.startswith("Failed: ")


def test_a_candidate_that_no_longer_fits_is_not_taken(workshop: Workshop) -> None:
    """`export` would refuse it, and `commit` wants the lock tested."""
    workshop.lock("app=1.0", "lib=1.0")
    workshop.ok("update", "lib")
    assert workshop.ok("test").first.endswith("from candidate")
    workshop.lock("app=1.0", "lib=1.0", "devtool", commit=False)
    done = workshop.ok("test")
    assert done.first == "Passed: 6 checks of production, from conda-lock.yml"
    edits = "`environment.yml`, `recovery/records.lock`, `conda-lock.yml` are not what"
    again = "the candidate was made from; make it again: `envtool update lib`"
    assert f"not from the candidate: {edits} {again}" in flat(done.out)
    assert "evidence.untested" not in workshop.run("commit").out
    done = workshop.run("test", "--candidate")
    assert done.code == 2
    assert "hint: make it again: `envtool update lib`" in flat(done.err)
    assert "not from the candidate" not in flat(workshop.ok("test", "--current").out)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--candidate",), "there is no candidate hint: make one: `envtool update --all`"),
        (("-e", "docs"), "the lock has no environment `docs`"),
        (("nolock",), "there is no `nolock/conda-lock.yml` hint: make it: `envtool lock`"),
    ],
)
def test_what_can_not_be_tested(workshop: Workshop, arguments: tuple[str, ...], words: str) -> None:
    workshop.lock("app=1.0")
    (workshop.folder / "nolock").mkdir()
    (workshop.folder / "nolock/environment.yml").write_text("dependencies: [app]\n")
    done = workshop.run("test", *arguments)
    assert (done.code, words in flat(done.err)) == (2, True)


@pytest.mark.parametrize("policy", ["", 'files.development = ["extra.yml"]\n'])
@pytest.mark.parametrize("lines", [("lib",), ()])
def test_a_development_that_adds_nothing_is_production(
    workshop: Workshop, lines: tuple[str, ...], policy: str
) -> None:
    workshop.policy(policy)
    name = "extra.yml" if policy else "environment-dev.yml"
    workshop.write(*lines, name=name)
    if not lines:
        path = workshop.folder / name
        path.write_text(path.read_text().replace("dependencies:", "dependencies: []"))
    workshop.lock("app=1.0", "lib=1.0")
    workshop.ok("recreate", "-e", "development")
    workshop.ok("verify", "--prefix", ".envtool/envs/development", "--environment", "development")
    done = workshop.ok("test")
    assert "of production and development, from conda-lock.yml" in done.first
    assert "Nothing to commit" in workshop.ok("commit").first
    assert workshop.ok("test", "-e", "development").first.startswith("Passed")


def test_environments_one_by_one_make_one_evidence(workshop: Workshop) -> None:
    workshop.write("devtool", name="environment-dev.yml")
    workshop.lock("lib=1.0")
    workshop.ok("test", "-e", "development")
    workshop.ok("test", "-e", "production", "-e", "production")
    (path,) = workshop.evidence
    names = [each["environment"] for each in json.loads(path.read_text())["environments"]]
    assert names == ["development", "production"]
    path.write_text("{")
    workshop.ok("test", "-e", "production")
    assert len(json.loads(path.read_text())["environments"]) == 1


# A command of the policy -> what is said of it.
HOSTILE = {
    "hangs": ("command = 'sleep 300'\ntimeout = 0.5", "did not end within 0.5 s"),
    "forks daemons": ("command = '(setsid sleep 300 >/dev/null 2>&1 &); exit 0'", "it left 1 process behind, now ended"),
    "daemons and fails": ("command = '(setsid sleep 300 >/dev/null 2>&1 &); (setsid sleep 300 >/dev/null 2>&1 &); exit 1'", "ended with 1; it left 2 processes behind, now ended"),
    "floods": ("command = 'yes'\ntimeout = 0.5", "did not end within 0.5 s: y"),
    "exits 137": ("command = 'exit 137'", "was killed (137), often for want of memory"),
    "is killed": ("command = 'kill -9 $$'", "was killed (-9), often for want of memory"),
    "ends by a signal": ("command = 'kill -15 $$'", "was ended by signal 15"),
    "wants a terminal": ("command = 'exec 2>&1; : < /dev/tty'", "No such device or address"),
    "is not there": ("command = ['nosuch']", "ended with 127: `nosuch` was not found"),
    "fails twice": ("command = 'echo no; exit 3'\nretries = 1", "ended with 3: no (2 tries)"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_commands_that_do_anything(workshop: Workshop, name: str) -> None:
    command, words = HOSTILE[name]
    workshop.lock("lib=1.0")
    workshop.policy(policy(command))
    (said,) = workshop.said("command")
    assert words in said
    expected = "passed" if name == "forks daemons" else "failed"
    assert workshop.checks()[-1].endswith(expected)
    if name == "floods":
        assert len(workshop.log()) < 3 << 20


def test_a_command_may_fail_now_and_then(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    workshop.policy(policy("command = 'test -e once || { touch once; exit 1; }'\nretries = 2"))
    assert workshop.said("command") == ["at the 2. try"]


def test_what_a_command_sees(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment, its variables and folder; nothing from elsewhere that would help it."""
    for name in ("PYTHONPATH", "PYTHONHOME", "R_LIBS"):
        monkeypatch.setenv(name, "/elsewhere")
    workshop.lock("lib=1.0")
    with (workshop.folder / "environment.yml").open("a") as file:
        file.write("variables: {STAGE: trial}\n")
    (workshop.folder / "sub").mkdir()
    show = "pwd; echo $STAGE $MORE $PYTHONNOUSERSITE ${PYTHONPATH-none} $CONDA_DEFAULT_ENV; lib"
    workshop.policy(policy(f"command = '{show}'\ncwd = 'sub'\nvariables = {{ MORE = 'a b' }}"))
    workshop.ok("test")
    prefix = workshop.folder / ".envtool/envs/test-production"
    assert workshop.log().splitlines()[-3:] == [
        str(workshop.folder / "sub"),
        "trial a b 1 none test-production",
        "lib 1.0",
    ]
    assert (prefix / "bin/lib").exists()


def test_scripts_of_packages_run_first(workshop: Workshop) -> None:
    workshop.lock("hooked", "lib=1.0")
    workshop.policy(policy("command = 'echo $HOOKED $TOKEN'\nvariables = {TOKEN = 'canary-99'}"))
    workshop.ok("test")
    prefix = workshop.folder / ".envtool/envs/test-production"
    assert workshop.log().splitlines()[-1] == f"yes in {prefix} ***"


CANARY = "canary-7f3a9c"


def test_a_credential_is_found_nowhere(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in files nor in reports, nor in the arguments of a process while it runs."""
    monkeypatch.setenv("DB_TOKEN", f"{CANARY}-outer")
    workshop.lock("hooked", "lib=1.0")
    look = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\\\0' '\\\\n' | grep -c 'canary[-]7f3a9c'"
    command = f'command = "echo $APP_PASSWORD $DB_TOKEN; {look}; exit 1"'
    variables = f"variables = {{ APP_PASSWORD = '{CANARY}-inner' }}"
    workshop.policy(policy(f"{command}\n{variables}"))
    reports = ("-o", "json=../r.json", "-o", "junit=../r.xml", "-o", "text")
    done = workshop.run("test", *reports)
    assert done.code == 1
    assert workshop.log().splitlines()[-2:] == ["*** ***", "0"]
    shown = workshop.run("policy", "show", "-o", "text")
    assert CANARY not in done.out + done.err + shown.out
    texts = [path for path in workshop.folder.parent.rglob("*") if path.is_file()]
    holding = {path.name for path in texts if CANARY.encode() in path.read_bytes()}
    assert holding == {POLICY}


def service(port: int, probe: str, command: str = "", seconds: float = 120) -> str:
    serve = command or f"{sys.executable} -m http.server {port} --bind 127.0.0.1"
    return f'[[test.services]]\nname = "web site"\ncommand = "exec {serve}"\ntimeout = {seconds}\n{probe}\n'


@pytest.mark.parametrize(
    "probe",
    [
        'http = "http://127.0.0.1:{port}/"',
        'tcp = "127.0.0.1:{port}"',
        "probe = ['" + sys.executable + "', '-c', 'import socket; socket.create_connection((\"127.0.0.1\", {port}))']",
    ],
)  # fmt: skip
def test_a_service_is_there_while_the_commands_run(workshop: Workshop, probe: str) -> None:
    port = free_port()
    workshop.lock("lib=1.0")
    ask = f"command = ['{sys.executable}', '-c', 'import urllib.request as r; r.urlopen(\"http://127.0.0.1:{port}/\")']"
    workshop.policy(policy(ask) + service(port, probe.replace("{port}", str(port))))
    done = workshop.run("test")
    assert done.code == 0, done.out
    assert workshop.checks()[-2].endswith("service web site passed")
    assert "GET / HTTP/1.1" in workshop.log("production-web_site")
    with closing(socket.socket()) as sock:
        assert sock.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize(
    ("command", "probe", "seconds", "words"),
    [
        ("sh -c 'echo no port; exit 4'", 'tcp = "127.0.0.1:{port}"', 120, "it ended with 4: no port; it has to stay in the foreground"),
        ("sleep 300", 'tcp = "127.0.0.1:{port}"', 0.5, "it does not answer within 0.5 s: `127.0.0.1:"),
        ("sleep 300", 'http = "http://127.0.0.1:{port}/"', 0.5, "it does not answer within 0.5 s: `http:"),
        ("sleep 300", "probe = 'exit 5'", 0.5, "it does not answer within 0.5 s: the probe ended with 5"),
        ("sleep 300", "probe = 'true'", 0.5, "something answers there before it is started"),
    ],
)  # fmt: skip
def test_a_service_that_is_not_there(
    workshop: Workshop, command: str, probe: str, seconds: float, words: str
) -> None:
    workshop.lock("lib=1.0")
    probe = probe.replace("{port}", str(free_port()))
    workshop.policy(policy("command = 'true'") + service(0, probe, command, seconds))
    (said,) = workshop.said("service")
    assert words in said
    done = workshop.run("test")
    assert done.code == 1
    assert "skipped: `true` in production (a service is not there)" in flat(done.out)


def test_a_service_that_dies_under_load(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    # What has started the shell writes down how it ended, and is waited for: only a zombie is left.
    serve = "sh -c 'echo $PPID > up; while test -e up; do sleep 0.05; done; exit 6'"
    load = "above=$(cat up); rm up; while test -e /proc/$above/exe; do sleep 0.05; done"
    workshop.policy(policy(f"command = '{load}'") + service(0, "probe = 'test -s up'", serve))
    assert workshop.said("service") == ["", "it answered, and then it ended with 6"]


def benchmark(command: str, more: str = "") -> str:
    return f"[[test.benchmarks]]\ncommand = '{command}'\nruns = 3\nslower = 2\n{more}\n"


def test_what_becomes_slower_is_a_failure(workshop: Workshop) -> None:
    workshop.lock("slow=1.0")
    workshop.policy(benchmark("slow", "name = 'the load'"))
    (said,) = workshop.said("benchmark")
    assert said == "nothing is installed to measure it against: `envtool recreate`"
    workshop.ok("recreate")
    assert workshop.said("benchmark") == ["what is installed is of the same lock"]
    workshop.ok("update", "--all")
    done = workshop.run("test")
    assert done.code == 1
    said = r"Failed: benchmark of production: the load: [\d.]+ s, [\d.]+ s in what is installed: "
    assert re.match(said, done.first)


def test_what_stays_as_fast_is_none(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    workshop.ok("recreate")
    workshop.ok("update", "--all")
    # Whatever else the machine does meanwhile.
    workshop.policy(benchmark("lib").replace("slower = 2", "slower = 100"))
    assert workshop.checks()[-1] == "production benchmark lib passed"


@pytest.mark.parametrize(
    ("command", "outcome", "words"),
    [
        ('case "$(lib)" in *1.0) exit 3; esac', "skipped", "in what is installed it ended with 3"),
        ('case "$(lib)" in *1.1) exit 3; esac', "failed", "ended with 3"),
    ],
)
def test_a_benchmark_that_does_not_run(
    workshop: Workshop, command: str, outcome: str, words: str
) -> None:
    workshop.lock("lib=1.0")
    workshop.ok("recreate")
    workshop.ok("update", "--all")
    workshop.policy(benchmark(command))
    assert workshop.said("benchmark") == [words]
    assert workshop.checks()[-1].endswith(outcome)


def test_packages_that_are_skipped(workshop: Workshop) -> None:
    workshop.lock("app=2.0")
    assert workshop.run("test").code == 1
    workshop.policy("test.skip = ['APP*']")
    assert [each for each in workshop.checks() if "smoke" in each] == []


def test_a_report_for_ci(workshop: Workshop) -> None:
    workshop.lock("app=2.0", "extra")
    left = "command = '(setsid sleep 300 >/dev/null 2>&1 &)'"
    workshop.policy(policy("command = 'true'", "command = 'exit 1'\nname = 'a<b'", left))
    done = workshop.run("test", "-o", "junit")
    root = ET.fromstring(done.out)
    (suite,) = root
    counts = {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "8", "failures": "2", "errors": "0", "skipped": "1"}
    names = {each.get("name"): each for each in suite}
    assert names["a<b"].find("failure") is not None
    outs = [each.text for each in root.iter("system-out")]
    assert outs == ["0 from the cache", "it left 1 process behind, now ended"]
    assert names["true"].get("classname") == "production.command"


def test_one_who_is_interrupted_leaves_nothing(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    mark = f"300.{os.getpid()}"
    workshop.policy(policy(f"command = 'touch up; sleep {mark}'"))
    # Whatever the tests themselves were started with: in the background it is ignored.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from envtool.cli import main; main(['test'])"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not (workshop.folder / "up").exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        process.communicate()
        assert process.returncode == 130
    assert not is_running(f"sleep {mark}")
    assert workshop.evidence == []


def test_what_can_not_be_built_says_why(workshop: Workshop, tmp_path: Path) -> None:
    own = try_channel(tmp_path / "channel")
    workshop._replace(channel=own).lock("lib=1.0")
    for path in tmp_path.glob("channel/noarch/lib-1.0*"):
        path.unlink()
    done = started("test", cwd=workshop.folder, ENVTOOL_CACHE_DIR=str(tmp_path / "other"))
    assert done.returncode == 5
    assert workshop.evidence == []


def test_what_does_not_start_is_not_tried_further(
    workshop: Workshop, small_packages: Channel
) -> None:
    workshop._replace(channel=small_packages).lock("python=3.12.1", "app")
    assert workshop.checks() == ["production build 3 packages failed"]
    (said,) = workshop.said("build")
    assert said.startswith("the layer `core-system` does not work: `bin/python -c import")


def test_what_lacks_a_package_is_not_tried_further(workshop: Workshop) -> None:
    workshop.lock("lib=2.0", commit=False)
    path = workshop.folder / LOCK
    head, *packages = path.read_text().split("\n- ")
    path.write_text("\n- ".join([head, *(each for each in packages if "name: extra" not in each)]))
    assert workshop.checks()[1:] == [
        "production environment as locked passed",
        "production dependencies 1 package failed",
    ]
    assert workshop.said("dependencies") == ["`lib 2.0` needs `extra`, which is not installed"]


def test_without_a_repository(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    shutil.rmtree(workshop.folder / ".git")
    done = workshop.ok("test")
    assert "the evidence names no state of the files" in flat(done.out)
    assert json.loads(workshop.evidence[0].read_text())["tree"] == ""


def test_files_that_differ_from_the_commit_are_told(workshop: Workshop) -> None:
    workshop.lock("lib=1.0")
    workshop.write("lib<2")
    done = workshop.ok("test")
    assert "files differ from the commit that is checked out" in flat(done.out)
    assert json.loads(workshop.evidence[0].read_text())["dirty"] is True


class Told(WatchedTrials):
    """The port `Trials` that only notes what it is asked to run."""

    def __init__(self) -> None:
        self.trials: list[Trial] = []

    def run(self, trial: Trial, hear: Callable[[str], None]) -> Tried:
        hear("said")
        self.trials.append(trial)
        return Tried(0, 0, 0, 0, ())


@pytest.mark.parametrize("scripts", [(), ("C:\\p\\etc\\a.bat",)])
def test_on_windows_a_line_is_for_its_shell(scripts: tuple[str, ...]) -> None:
    told = Told()
    recorder = Recorder({"PATH": "C:\\x"}, is_windows=True)
    tools = replace(connect(), processes=lambda: recorder, trials=lambda: told)
    export = {"CONDA_PREFIX": "C:\\p"}
    rig = Rig(
        tools=tools,
        folder=".",
        prefix="C:\\p",
        activation=Activation((), (), export, scripts),
        own={"STAGE": "trial"},
        log="x.log",
        hear=lambda _: None,
        clock=time.monotonic,
    )
    assert rig.run(Order("dir", 1)).code == 0
    (trial,) = told.trials
    line = ("cmd.exe", "/D", "/S", "/C", "dir")
    assert trial.variables["STAGE"] == "trial"
    if scripts:
        assert trial.command[1:] == line
        assert '@CALL "C:\\p\\etc\\a.bat"' in trial.command[0]
    else:
        assert trial.command == line
        assert trial.variables["CONDA_PREFIX"] == "C:\\p"


def _noarch(name: str, code: str, *needs: str) -> Package:
    module = File(path=f"site-packages/{name}/__init__.py", content=code.encode())
    return Package(
        name=name, version="1.0", noarch="python", depends=("python", *needs), files=(module,)
    )


def test_a_production_module_that_needs_a_dev_tool(
    workshop: Workshop, python_channel: Channel, tmp_path: Path
) -> None:
    """Its import is caught in production, and works in development where the tool is."""
    leaky = _noarch("leaky", "import devmodule\n")
    more = write_channel(
        str(tmp_path / "more"),
        (leaky, _noarch("sound", "import json\n"), _noarch("devmodule", "")),
        DEFAULT_EPOCH,
    )
    channels = f"channels: [{more.url}, {python_channel.url}]\nplatforms: [{LINUX}]\n"
    (workshop.folder / "environment.yml").write_text(
        f"{channels}dependencies: [python, leaky, sound]\n"
    )
    (workshop.folder / "environment-dev.yml").write_text(f"{channels}dependencies: [devmodule]\n")
    workshop.ok("lock")
    done = workshop.run("test")
    assert done.code == 1
    assert done.first == (
        "Failed: smoke of production: leaky: import leaky: ended with 1:"
        " ModuleNotFoundError: No module named 'devmodule'"
    )
    smokes = [each for each in workshop.checks() if " smoke " in each and "python" not in each]
    assert smokes == [
        "production smoke leaky: import leaky failed",
        "production smoke sound: import sound passed",
        "development smoke leaky: import leaky passed",
        "development smoke sound: import sound passed",
        "development smoke devmodule: import devmodule passed",
    ]
    assert os.path.isdir(workshop.folder / ".envtool/envs/test-development")
