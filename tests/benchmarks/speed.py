"""`python -m tests.benchmarks.speed`: every figure that installing is held to, one after the other.

Each against its floor in the same run: `recreate` over bare linking and hashing, `rollback` before
its hash, the first byte-compilation over `compileall`, `verify --prefix` over hashing, `run` over
a bare interpreter. Takes some minutes; the load of the machine is told before and after.
"""

import os
import subprocess
import sys

ALL = ("installing", "byte_code", "checking_prefix", "running")


def main() -> None:
    """Run all of them."""
    # Who has envtool installed has its byte-code, too.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for name in ALL:
        load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
        print(f"--- {name}, load {load}", flush=True)
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=True)


if __name__ == "__main__":
    main()
