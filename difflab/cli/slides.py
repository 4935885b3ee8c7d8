"""``difflab slides``: every formula of the lecture by three engines, and where it is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

COLOURS = {
    "holds": "green",
    "wrong on the slide": "red",
    "unclear as typed": "yellow",
    "needs the MNIST files": "yellow",
}
"""Of verdicts, on a terminal."""


def slides(
    errata: Annotated[
        bool, typer.Option("--errata", help="Only what is wrong on the slides.")
    ] = False,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Also write the page into this file.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option("--json", help="Also write rows and errata into this file.")
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", help="Folder of MNIST's files; DIFFLAB_DATA by default."),
    ] = None,
) -> None:
    """Evaluate every formula of the lecture symbolically, numerically and automatically.

    A verdict is computed: the slide's formula beside what the engines give for the same thing.

    \b
    Examples:
      difflab slides
      difflab slides --errata
      difflab slides --data-dir ../shared/data/mnist
      difflab slides --markdown slides.md --json slides.json
    """
    from difflab.course import page
    from difflab.course.checks_mnist import read
    from difflab.course.evaluate import evaluate_all
    from difflab.files import write_atomically

    files = read(data_dir)
    evaluated = evaluate_all(files)
    shown = page.show_errata(evaluated, files)
    written = []
    if markdown is not None:
        write_atomically(markdown, page.markdown(evaluated, shown))
        written.append(markdown)
    if json is not None:
        write_atomically(json, page.as_json(evaluated, shown))
        written.append(json)
    if not errata:
        typer.echo(page.plain(evaluated, _paint))
    typer.echo(page.errata_plain(shown))
    if not isinstance(files, str) and files.remark:
        typer.echo(f"MNIST: {files.remark}")
    typer.echo(page.summary(evaluated))
    for path in written:
        typer.echo(f"written: {path}")


def _paint(text: str, verdict: str) -> str:
    """Colour a text; `typer.echo` takes colours out again where nobody would see them."""
    return typer.style(text, fg=COLOURS.get(verdict))
