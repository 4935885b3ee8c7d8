"""One file over HTTP: a stall ends, and an interrupted download goes on where it stopped.

What has come so far lies in a file of its own until all of it has. Servers that can are asked for
the rest only (RFC 9110, section 14.2); the others send everything again.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

Report = Callable[[int, int | None], None]
"""Called with the bytes that are here, and all of them where the server says how many."""

LARGEST = 200_000_000
"""Bytes of a file; no published one comes near, so more is something else."""
SLOWEST = 100
"""Bytes per second, below which a connection counts as stalled."""
PIECE = 1 << 16


class Refused(Exception):
    """The server said no, cannot be reached, or sends what cannot be the file."""


class Broken(Exception):
    """The transfer stopped in the middle; another try may go on."""


def silent(done: int, total: int | None) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server.

    Attributes
    ----------
    connect_seconds : float
        For an answer.
    stall_seconds : float
        For the next bytes; also the time over which a connection may be nearly idle.
    attempts : int
        How often a broken transfer is taken up, the first time included.
    pause_seconds : float
        Between attempts.
    """

    connect_seconds: float = 10.0
    stall_seconds: float = 20.0
    attempts: int = 4
    pause_seconds: float = 1.0


@dataclass(frozen=True)
class ResumingDownloader:
    """What `pooch` calls to get a file; it checks the hash and gives the final name.

    Attributes
    ----------
    part : Path
        Where the bytes are kept until all are here.
    patience : Patience
    report : callable
        Told of the progress.
    """

    part: Path
    patience: Patience = Patience()
    report: Report = silent

    def __call__(self, url: str, output_file: str, _pooch: Any = None) -> None:
        """Download ``url`` to ``output_file``, from where an earlier attempt stopped.

        Raises
        ------
        Refused, Broken
            With the reason; after the latter the bytes so far are kept.
        OSError
            When the bytes cannot be written.
        """
        with _alone(self.part) as stream:
            for left in reversed(range(self.patience.attempts)):
                try:
                    self._continue(url, stream)
                    break
                except Broken:
                    if not left:
                        raise
                    time.sleep(self.patience.pause_seconds)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(self.part, output_file)

    def _continue(self, url: str, stream: BinaryIO) -> None:
        import requests  # comes with pooch
        import urllib3

        here = stream.seek(0, os.SEEK_END)
        headers = {"Accept-Encoding": "identity"}  # packed files are not to be unpacked on the way
        if here:
            headers["Range"] = f"bytes={here}-"
        patience = self.patience
        waits = (patience.connect_seconds, patience.stall_seconds)
        try:
            response = requests.get(url, headers=headers, stream=True, timeout=waits)
        except requests.RequestException as error:
            raise Refused(_reason(error)) from error
        with response:
            here, total = _begin(response, stream, here)
            self.report(here, total)
            try:
                for piece in _pieces(response.raw, patience.stall_seconds):
                    here += len(piece)
                    if here > (LARGEST if total is None else total):
                        stream.truncate(0)
                        raise Refused(f"it sends more than {here - len(piece):,} bytes")
                    stream.write(piece)
                    self.report(here, total)
            except (urllib3.exceptions.ReadTimeoutError, TimeoutError) as error:
                raise Broken(_stalled(patience.stall_seconds, here, total)) from error
            except (urllib3.exceptions.HTTPError, ConnectionError) as error:
                raise Broken(_ended(here, total)) from error
        if total is not None and here < total:
            raise Broken(_ended(here, total))


def _begin(response: Any, stream: BinaryIO, here: int) -> tuple[int, int | None]:
    """Read the head of an answer: the bytes that count as here, and all that there are."""
    status = response.status_code
    if status == 206:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
        if found is not None and int(found[1]) == here and int(found[2]) <= LARGEST:
            return here, int(found[2])
    if status in (206, 416):  # another part than was asked for, or more here than there
        stream.truncate(0)
        raise Broken(f"it cannot go on at byte {here:,}")
    if status != 200:
        raise Refused(f"HTTP {status} {response.reason}".rstrip())
    stream.seek(0)
    stream.truncate()
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdecimal() else None
    if total is not None and total > LARGEST:
        raise Refused(f"it offers {total:,} bytes, which cannot be the file")
    return 0, total


def _pieces(raw: Any, stall_seconds: float) -> Iterator[bytes]:
    """Bytes as they come; TimeoutError when hardly any do."""
    read = getattr(raw, "read1", raw.read)  # read waits for whole pieces, read1 does not
    since, came = time.monotonic(), 0
    while piece := read(PIECE, decode_content=False):
        came += len(piece)
        yield piece
        if time.monotonic() - since > stall_seconds:
            if came < SLOWEST * stall_seconds:
                raise TimeoutError
            since, came = time.monotonic(), 0


@contextmanager
def _alone(part: Path) -> Iterator[BinaryIO]:
    """The partial file, which no other process may be writing; gone again if nothing came."""
    part.parent.mkdir(parents=True, exist_ok=True)
    with open(part, "ab") as stream:
        _lock(stream, part)
        try:
            yield stream
        finally:
            if stream.seek(0, os.SEEK_END) == 0:
                part.unlink(missing_ok=True)


def _lock(stream: BinaryIO, part: Path) -> None:
    """Refuse a file that another process writes; without locks the hash finds that out."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Refused(f"another download writes {part}") from error
    except OSError:  # a file system without locks
        return


def _stalled(seconds: float, here: int, total: int | None) -> str:
    return f"stalled: hardly anything came for {seconds:g} s, {_so_far(here, total)}"


def _ended(here: int, total: int | None) -> str:
    return f"the connection ended early, {_so_far(here, total)}"


def _so_far(here: int, total: int | None) -> str:
    return f"after {here:,}{'' if total is None else f' of {total:,}'} bytes"


def _reason(error: Exception) -> str:
    """The innermost words of an error that wraps others."""
    text = str(error)
    for words in ("Name or service not known", "Temporary failure in name resolution",
                  "nodename nor servname", "getaddrinfo failed"):  # fmt: skip
        if words in text:
            return "no such server, or no network"
    for words in ("Connection refused", "Network is unreachable", "No route to host",
                  "timed out", "certificate"):  # fmt: skip
        if words.lower() in text.lower():
            return words.lower() if words != "timed out" else "no answer in time"
    return f"{type(error).__name__}: {text[:200]}"
