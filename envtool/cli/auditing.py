"""What `envtool audit` does with its answer: reports, then the webhook."""

import os
import re
from functools import partial

import typer

from envtool.adapters import connect_webhook
from envtool.cli.session import Session
from envtool.errors import EnvtoolError, UsageError, worst
from envtool.formats import audit as text
from envtool.formats import audit_explained, envelope
from envtool.workflows.audit import AuditRequest, audit
from envtool.workflows.audit_explain import explain

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Sent as `Authorization: Bearer`, where it is set.
TOKEN = "ENVTOOL_WEBHOOK_TOKEN"  # noqa: S105 - the name of a variable


def tell(run: Session, request: AuditRequest, webhook: str | None) -> None:
    """Audit, write the reports, tell the webhook, and leave with the exit status."""
    address = None if webhook is None else _address(webhook)
    if address is not None:
        connect_webhook().check(address)
    result = audit(run.tools, request)
    run.show(result, partial(text.render, expand=run.expand))
    causes = result.causes
    if address is not None:
        try:
            body = envelope.render(result)
            connect_webhook().post(address, body, os.environ.get(TOKEN))
        except EnvtoolError as error:
            lines = (f"error: {error.message}", "", *(f"hint: {each}" for each in error.hints))
            typer.echo("\n".join(lines), err=True)
            causes |= {error.exit_code}
    raise typer.Exit(worst(causes))


def _address(webhook: str) -> str:
    """The URL that is meant: of a variable its value, which is a secret.

    Raises `UsageError` when the variable is not set.
    """
    if not _VARIABLE.fullmatch(webhook):
        return webhook
    if not os.environ.get(webhook):
        hint = f"set it to a URL: `export {webhook}=https://...`"
        raise UsageError(f"the variable `{webhook}` for the webhook is not set", hints=(hint,))
    return os.environ[webhook]


def explain_package(run: Session, request: AuditRequest, package: str) -> None:
    """Say what an audit knows of one package."""
    run.finish(explain(run.tools, request, package), audit_explained.render)
