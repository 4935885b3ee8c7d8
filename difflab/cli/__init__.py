"""The command line: parses, calls, prints. Everything that computes is elsewhere.

One module per command; each imports the lab inside its function, so that ``difflab --help`` answers
at once. `main` turns every error into three parts and an exit status.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from difflab.cli.ask import ask
from difflab.cli.bench import bench
from difflab.cli.coverage import coverage
from difflab.cli.data import data
from difflab.cli.derive import derive
from difflab.cli.inventory import doctor, providers, tasks
from difflab.cli.report import report
from difflab.cli.slides import slides
from difflab.cli.status import INTERRUPTED
from difflab.cli.swell import swell
from difflab.cli.tape import tape
from difflab.cli.train import train
from difflab.cli.truncation import truncation
from difflab.errors import DataWarning, DifflabError, OutputError, UsageError

app = typer.Typer(
    name="difflab",
    help="Differentiate plain NumPy functions symbolically, numerically or automatically; "
    "compare accuracy, cost and convergence.",
    epilog="Start with: difflab report",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        import difflab

        typer.echo(f"difflab {difflab.__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


for _command in (
    report, train, ask, slides, swell, truncation, tape, derive, bench, tasks, providers, coverage,
    doctor,
):  # fmt: skip
    app.command()(_command)
app.add_typer(data)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; turn every error into three parts and an exit status."""
    sys.exit(_status(list(sys.argv[1:] if arguments is None else arguments)))


def _status(arguments: list[str]) -> int:
    from difflab.console import print_error

    try:
        with _plain_warnings():
            return int(app(arguments, standalone_mode=False) or 0)
    except DifflabError as error:
        print_error(error)
        return error.exit_status
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError as error:
        print_error(
            DifflabError(
                "there is not enough memory",
                str(error) or "an array could not be allocated",
                "smaller --set width=..., or --set batch_size=64",
            )
        )
        return 1
    except OSError as error:
        print_error(
            OutputError(
                f"the system refused: {error.strerror or error}",
                f"it was about {error.filename}" if error.filename else "while reading or writing",
                "another file or folder, with room and permission",
            )
        )
        return 1
    except Exception as error:
        if hasattr(error, "format_message"):  # the parser's own complaints
            print_error(_misuse(error, arguments))
            return 2
        if os.environ.get("DIFFLAB_DEBUG"):
            raise
        print_error(
            DifflabError(
                f"difflab failed: {type(error).__name__}: {error}",
                "this was not foreseen, and is a fault of difflab rather than yours",
                "the same command with DIFFLAB_DEBUG=1 in front shows where, for a bug report",
            )
        )
        return 1


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show warnings about data in one line, without the line of code that gave them."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(message: Any, category: type[Warning], *place: Any) -> None:
            if issubclass(category, DataWarning):
                sys.stderr.write(f"warning: {message}\n")
            else:
                usual(message, category, *place)

        warnings.showwarning = show  # type: ignore[assignment]
        yield


def _misuse(error: Any, arguments: list[str]) -> UsageError:
    """Word the parser's error in our three parts."""
    known = [command.name or command.callback.__name__ for command in app.registered_commands]  # type: ignore[union-attr]
    known += [str(data.info.name)]
    if arguments and arguments[0] in known:
        why, command = f"difflab {arguments[0]} cannot be called like this", f" {arguments[0]}"
    else:
        why, command = f"the commands are {', '.join(map(str, known))}", ""
    what = error.format_message().rstrip(".")
    return UsageError(what[:1].lower() + what[1:], why, f"difflab{command} --help shows what fits")
