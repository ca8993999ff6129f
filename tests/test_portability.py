"""Every module can be loaded on a system that is not POSIX."""

import subprocess
import sys

# All is loaded once as it is, and with it what it needs of others; then envtool alone again, where
# nothing is left of what Windows does not have (`os`, `signal` and the modules that are "Unix" in
# the documentation of Python).
_SCRIPT = """
import importlib, os, pkgutil, signal, sys, types

import envtool

names = [
    each.name
    for each in pkgutil.walk_packages(envtool.__path__, "envtool.")
    if not each.name.endswith("__main__")
]
for name in names:
    importlib.import_module(name)
for name in [each for each in sys.modules if each.split(".")[0] == "envtool"]:
    del sys.modules[name]
for module, missing in {
    os: "chown fchmod fork getgid getpgid getuid killpg lchown mkfifo O_CLOEXEC O_DIRECTORY"
    " O_NOFOLLOW O_NONBLOCK P_ALL setsid statvfs sysconf waitid WEXITED WNOHANG WNOWAIT",
    signal: "SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGUSR1 SIGUSR2 SIGXFSZ",
}.items():
    for name in missing.split():
        if hasattr(module, name):
            delattr(module, name)
for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios"):
    sys.modules[name] = None
sys.modules["msvcrt"] = types.ModuleType("msvcrt")
sys.platform = "win32"
for name in names:
    try:
        importlib.import_module(name)
    except Exception as error:
        print(name, repr(error))
sys.stdout.flush()
os._exit(0)
"""


def test_no_module_needs_posix_to_be_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
