"""Which changes of an accepted lock mend vulnerabilities, for whoever commits it.

It lies in `.envtool/`, which may be deleted: then each change is judged as one without a reason.
"""

import json
import posixpath
from hashlib import sha256

from envtool.domain.plan import Security
from envtool.errors import UnreadableError
from envtool.ports import Tools
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT

FILE = ".envtool/security.json"


def note_of(lock: str, security: Security) -> str:
    """The text of the note on a lock."""
    data = {
        "lock": sha256(lock.encode()).hexdigest(),
        "fixes": [
            {"manager": manager, "name": name, "ids": [*ids]}
            for (manager, name), ids in sorted(security.items())
        ],
    }
    return json.dumps(data, indent=2) + "\n"


def noted(tools: Tools, folder: str) -> Security:
    """What the note says of the lock that is there; nothing when it is of another one."""
    try:
        lock = tools.files.read(posixpath.normpath(f"{folder}/{LOCK_FILE}"), LOCK_LIMIT)
        data = json.loads(tools.files.read(posixpath.normpath(f"{folder}/{FILE}"), LOCK_LIMIT))
        if data["lock"] != sha256(lock).hexdigest():
            return {}
        return {
            (str(each["manager"]), str(each["name"])): tuple(map(str, each["ids"]))
            for each in data["fixes"]
        }
    except (UnreadableError, ValueError, KeyError, TypeError):
        return {}
