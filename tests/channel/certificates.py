"""Certificates for servers of the tests, made by openssl."""

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple


class Certificates(NamedTuple):
    """Who vouches for a server at 127.0.0.1, and what that server shows."""

    authority: Path
    context: ssl.SSLContext


def certificates(folder: Path) -> Certificates:
    """Made in `folder`, which is there."""

    def openssl(*arguments: str) -> None:
        command = ["openssl", *arguments]
        subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=60)

    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout")
    openssl(*new, "ca.key", "-x509", "-out", "ca.pem", "-days", "30", "-subj", "/CN=tests")
    openssl(*new, "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    more = "subjectAltName=IP:127.0.0.1,DNS:channel.invalid\nbasicConstraints=CA:FALSE\n"
    (folder / "more").write_text(more, encoding="ascii")
    openssl(
        *("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key"),
        *("-CAcreateserial", "-out", "server.pem", "-days", "30", "-extfile", "more"),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return Certificates(folder / "ca.pem", context)
