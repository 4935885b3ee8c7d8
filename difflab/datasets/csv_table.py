"""A CSV file as a header and rows of text: its encoding, its separator, its form."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from difflab.errors import DataError, UsageError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
SAMPLE_ROWS = 50
END = "\x1cend"
"""A last line that no file has; a quotation mark that is not closed swallows it."""
MOST_BYTES = 500_000_000
ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Marks at the beginning of a file, and what they say."""


@dataclass(frozen=True)
class Table:
    """The cells of a CSV file, as text.

    Attributes
    ----------
    path : Path
    names : tuple of str
        Of the columns; one without a name is called "column 3", by its position.
    rows : list of list of str
        Without the header.
    lines : list of int
        The line of the file on which each row ends, from 1; the header counts.
    separator : str
    unnamed : tuple of str
        Columns whose header is empty.
    notes : tuple of str
        What had to be guessed.
    """

    path: Path
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    separator: str
    unnamed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> list[str]:
        """The cells of a column."""
        at = self.names.index(name)
        return [row[at] for row in self.rows]


def read_table(path: str | os.PathLike[str], separator: str | None = None) -> Table:
    """Read the cells of a CSV file, without blanks around them.

    Parameters
    ----------
    path : path
        Of a text file in UTF-8 (with or without its mark), UTF-16 with its mark, or else
        Windows-1252, whose first row names the columns.
    separator : str, optional
        "," or ";" or tab; found out when not given.

    Raises
    ------
    DataError
        For a file that is missing, empty, no text, without a header, or whose rows differ in
        length; with the line.
    UsageError
        For another separator.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "house.csv"
    >>> _ = path.write_text("size;price\\n50,5;100\\n")
    >>> table = read_table(path)
    >>> table.names, table.rows, table.separator
    (('size', 'price'), [['50,5', '100']], ';')
    """
    path = Path(path)
    if separator is not None and separator not in SEPARATORS:
        raise UsageError(
            f"the separator {separator!r} is not known",
            f"columns are separated by {', '.join(SEPARATORS.values())}",
            'read_csv(path, target, separator=";")',
        )
    text, encoding_notes = _text(path)
    chosen = separator or _sniff(text)
    found = list(_rows(path, text, chosen))
    if not found:
        raise DataError(
            f"{path} is empty", "it has no row", "a file with a header and a row per sample"
        )
    header, rows = found[0][1], found[1:]
    _check_header(path, header)
    for line, row in rows:
        if len(row) != len(header):
            raise DataError(
                f"{path} has {len(row)} cells on line {line}, and {len(header)} column names",
                f"rows are separated by {SEPARATORS[chosen]}s; a cell that holds one has to be "
                "quoted",
                f"the same number of cells on every line; this one begins with {row[0]!r}",
            )
    names = tuple(name or f"column {at}" for at, name in enumerate(header, start=1))
    _check_names(path, names)
    return Table(
        path,
        names,
        [row for _, row in rows],
        [line for line, _ in rows],
        chosen,
        tuple(name for name, given in zip(names, header) if not given),
        encoding_notes,
    )


def _text(path: Path) -> tuple[str, tuple[str, ...]]:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise DataError(
                f"{path} has {size:,} bytes",
                f"a CSV file is read into memory, and more than {MOST_BYTES:,} bytes are refused",
                "a sample of its rows",
            )
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot read {path}",
            error.strerror or str(error),
            "the path of a CSV file that you may read",
        ) from error
    if data[:4] == b"PK\3\4":
        raise DataError(
            f"{path} is no text but an archive, such as an Excel workbook",
            "a CSV file is plain text",
            "in the spreadsheet: save as, CSV UTF-8",
        )
    encoding = next((name for mark, name in ENCODINGS if data.startswith(mark)), None)
    try:
        text, notes = data.decode(encoding or "utf-8"), []
    except UnicodeDecodeError:
        try:
            text, notes = data.decode("cp1252"), ["not UTF-8, so read as Windows-1252"]
        except UnicodeDecodeError as error:
            why = f"byte {error.start} has no meaning as UTF-8 or Windows-1252"
            raise _no_text(path, why) from error
    if "\0" in text:
        raise _no_text(path, "it holds zero bytes")
    return text, tuple(notes)


def _no_text(path: Path, why: str) -> DataError:
    return DataError(f"{path} is no text file", why, "save it as CSV in UTF-8")


def _sniff(text: str) -> str:
    """The separator by which most of the first rows have as many cells as the header; then most."""

    def quality(separator: str) -> tuple[float, int]:
        rows = [row for row, _ in zip(_reader(text, separator), range(SAMPLE_ROWS)) if row]
        if not rows or len(rows[0]) == 1:
            return 0.0, 1
        wide = len(rows[0])
        return sum(len(row) == wide for row in rows) / len(rows), wide

    try:
        return max(SEPARATORS, key=quality)
    except csv.Error:
        return ","  # reading says what is wrong


def _reader(text: str, separator: str, *more: str) -> Any:
    lines = chain(io.StringIO(text, newline=""), more)
    return csv.reader(lines, delimiter=separator, skipinitialspace=True)


def _rows(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row that is not blank."""
    reader, before = _reader(text, separator, END), 0
    try:
        for row in reader:
            if END in row[-1:]:
                return
            if row and row[-1].endswith(END):
                raise DataError(
                    f"{path} has a quotation mark on line {before + 1} that is not closed",
                    "so everything behind it is one cell",
                    'cells in double quotes, with "" for a quotation mark inside',
                )
            before = reader.line_num
            cells = [cell.strip() for cell in row]
            if any(cells):  # spreadsheets leave rows of separators behind
                yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(
            f"{path} is broken at line {reader.line_num}",
            f"{error}; a quotation mark is not closed, for instance",
            'cells in double quotes, with "" for a quotation mark inside',
        ) from error


def _check_header(path: Path, header: list[str]) -> None:
    def is_number(cell: str) -> bool:
        try:
            float(cell.replace(",", "."))
        except ValueError:
            return False
        return True

    if all(map(is_number, header)):
        shown = ", ".join(header[:5])
        raise DataError(
            f"{path} has no header",
            f"its first row holds numbers only: {shown}{', ...' if len(header) > 5 else ''}",
            "a first row that names the columns, such as size,rooms,price",
        )


def _check_names(path: Path, names: tuple[str, ...]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        places = [str(at) for at, name in enumerate(names, start=1) if name == twice[0]]
        raise DataError(
            f"{path} has two columns named {twice[0]!r}",
            f"they are columns {' and '.join(places)}; a name has to say which one is meant",
            "another name for one of them, in the first row",
        )
