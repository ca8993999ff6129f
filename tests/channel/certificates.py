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
        subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=600)

    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout")
    authority = ("-subj", "/CN=tests", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl(*new, "ca.key", "-x509", "-out", "ca.pem", "-days", "30", *authority)
    openssl(*new, "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    # Python 3.13 asks for all that RFC 5280 does.
    more = (
        "subjectAltName=IP:127.0.0.1,DNS:channel.invalid",
        "basicConstraints=CA:FALSE",
        "keyUsage=critical,digitalSignature",
        "subjectKeyIdentifier=hash",
        "authorityKeyIdentifier=keyid",
    )
    (folder / "more").write_text("\n".join((*more, "")), encoding="ascii")
    openssl(
        *("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key"),
        *("-CAcreateserial", "-out", "server.pem", "-days", "30", "-extfile", "more"),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return Certificates(folder / "ca.pem", context)
