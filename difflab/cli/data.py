"""``difflab data``: get the published data sets, and see which files are used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

data = typer.Typer(
    name="data",
    help="Get MNIST or Fashion-MNIST, and see which files are used.\n\n\b\nExamples:\n"
    "  difflab data fetch mnist\n"
    "  difflab data where mnist",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(help="mnist or fashion-mnist.")]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Folder of data sets; else the environment's DIFFLAB_DATA, else your cache folder.",
    ),
]


@data.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@data.command()
def fetch(
    name: Name,
    data_dir: Folder = None,
    mirror: Annotated[
        list[str] | None,
        typer.Option("--mirror", help="Web folder to use in place of the published mirrors."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also in place of files of other content.")
    ] = False,
) -> None:
    """Download the files that are not here yet.

    A file gets its name when it is whole and has the published hash. What an interrupted
    download left is used by the next.

    \b
    Examples:
      difflab data fetch mnist
      difflab data fetch fashion-mnist --data-dir ~/data
      difflab data fetch mnist --mirror https://example.org/mnist
    """
    from difflab.datasets import fetch as fetch_files

    with _progress() as progress:
        results = fetch_files(
            name, data_dir, mirrors=mirror or (), replace=replace, progress=progress
        )
    for result in results:
        words = {
            "downloaded": f"downloaded from {result.source}",
            "here": "was here already",
            "kept": "kept, though it is not the published file; --replace downloads that",
        }
        typer.echo(f"{result.path}: {words[result.how]}")


@data.command()
def where(name: Name, data_dir: Folder = None) -> None:
    """Show which files are used, and if they are as published.

    \b
    Examples:
      difflab data where mnist
      difflab data where mnist --data-dir ~/data
    """
    from difflab import console
    from difflab.datasets.locate import folders, located, missing
    from difflab.datasets.published import published

    source = published(name)
    files = located(source, data_dir)
    words = {
        "missing": "missing",
        "published": "as published",
        "differs": "not the published file; used with a warning",
    }
    rows = [
        {
            "file": one.file.name,
            "holds": one.file.holds,
            "found": str(one.path or ""),
            "state": words.get(one.state) or f"refused: holds the {one.is_really}",
        }
        for one in files
    ]
    typer.echo(console.table(rows))
    typer.echo(f"looked in {', '.join(map(str, folders(source, data_dir)))}")
    absent = missing(source, data_dir, files)
    if absent is not None:
        raise absent


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int | None], None]]:
    """Bytes of each file: bars on a terminal, a line per file elsewhere."""
    if not sys.stderr.isatty():
        begun: set[str] = set()

        def tell(name: str, _done: int, total: int | None) -> None:
            if name not in begun:
                begun.add(name)
                sys.stderr.write(f"{name}: {'' if total is None else f'{total:,} '}bytes\n")
                sys.stderr.flush()

        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    )  # fmt: skip
    bars = Progress(*columns, console=Console(stderr=True))
    handles = {}

    def move(name: str, done: int, total: int | None) -> None:
        if name not in handles:
            handles[name] = bars.add_task(name, total=total)
        bars.update(handles[name], completed=done, total=total)

    with bars:
        yield move
