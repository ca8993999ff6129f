"""What `envtool verify --fix` writes where.

As ruff has it: with `--diff` the diff is the answer, with standard input the mended text is;
then what else there is to say goes to stderr.
"""

from envtool.cli.options import FixMode
from envtool.cli.session import Session
from envtool.domain.results import Result
from envtool.errors import UsageError
from envtool.formats.lines import Line
from envtool.workflows.fix import FixRequest, fix
from envtool.workflows.spec_files import STDIN
from envtool.workflows.verify import VerifyRequest


def mend(run: Session, request: VerifyRequest, mode: FixMode) -> None:
    """Mend the findings of `request` and leave with the exit status of what remains."""
    from envtool.formats import mended

    def as_text(result: Result, width: int) -> list[Line]:
        return mended.render(result, width=width, expand=run.expand)

    has_stdin = STDIN in request.paths and not mode.dry_run
    if has_stdin and not run.has_text:
        raise UsageError(
            "the mended text goes to standard output, and so does the report",
            hints=("write the report to a file: `--output json=FILE`",),
        )
    fixed = fix(run.tools, FixRequest(verify=request, unsafe=mode.unsafe, dry_run=mode.dry_run))
    if mode.dry_run:
        run.pour(fixed.result, fixed.diff.encode("utf-8"), mended.summary)
    elif has_stdin:
        run.pour(fixed.result, fixed.stdin or b"", as_text)
    else:
        run.finish(fixed.result, as_text)
