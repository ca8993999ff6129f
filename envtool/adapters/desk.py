"""The settings and the machine of the user who runs envtool."""

import os
import platform
from dataclasses import replace

from envtool.adapters.condarc import read_condarcs
from envtool.adapters.credentials import StoredCredentials
from envtool.adapters.user import User
from envtool.domain.channel_names import Machine
from envtool.domain.condarc import Setting, Settings, read_condarc
from envtool.ports import Credentials, Files, Yaml

_SYSTEMS = {"linux": "linux", "darwin": "osx", "win32": "win"}
_MACHINES = {"x86_64": "64", "amd64": "64", "aarch64": "aarch64", "arm64": "arm64"}


class UserDesk:
    """The port `Desk`; files are read when they are first asked for.

    `offline` is what the command line says, which goes before the settings.
    """

    def __init__(self, files: Files, yaml: Yaml, user: User, *, offline: bool = False) -> None:
        self._files = files
        self._yaml = yaml
        self._user = user
        self._offline = offline
        self._settings: Settings | None = None

    def machine(self, folder: str) -> Machine:
        """See `ports.Desk.machine`."""
        return Machine(
            settings=self._read(),
            variables=self._user.variables,
            folder=folder,
            home=self._user.home,
        )

    def credentials(self) -> Credentials:
        """See `ports.Desk.credentials`."""
        tokens = self._read().add_anaconda_token.value
        return StoredCredentials(self._files, self._user, anaconda_tokens=tokens)

    def platform(self) -> str:
        """See `ports.Desk.platform`."""
        system = _SYSTEMS.get(self._user.system, self._user.system)
        machine = platform.machine().lower()
        return f"{system}-{_MACHINES.get(machine, machine)}"

    def _read(self) -> Settings:
        if self._settings is None:
            texts = read_condarcs(self._files, self._user)
            found = read_condarc(texts, self._user.variables, self._yaml.parse, os.pathsep)
            said = Setting(value=True, origin="--offline")
            self._settings = replace(found, offline=said) if self._offline else found
        return self._settings
