"""Writing files so that nothing is ever half-written: temporary name, fsync, rename."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from difflab.errors import OutputError


def write_atomically(path: Path, text: str) -> None:
    """Write text to ``path`` in one step: a reader sees the old file or the new one, never a part.

    Devices and pipes, as /dev/stdout, are written to and never replaced; a link keeps its target.

    Raises
    ------
    OutputError
        When the folder cannot be written; the old file, if any, stays.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_atomically(folder / "a.txt", "hello")
    >>> (folder / "a.txt").read_text()
    'hello'
    """
    write_bytes_atomically(path, text.encode())


def write_bytes_atomically(path: Path, data: bytes) -> None:
    """Write bytes to ``path`` in one step, as `write_atomically` does with text.

    Raises
    ------
    OutputError
        When the folder cannot be written, or has no room; the old file, if any, stays.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_bytes_atomically(folder / "a.bin", b"hello")
    >>> (folder / "a.bin").read_bytes()
    b'hello'
    """
    temporary: str | None = None
    path = Path(os.path.realpath(path))
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            path.write_bytes(data)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes it private; a report is to be read
        os.replace(temporary, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)  # also after Ctrl-C


def cannot_write(path: Path, error: OSError) -> OutputError:
    """Build the error for a path that cannot be written."""
    return OutputError(
        f"cannot write {path}",
        error.strerror or str(error),
        "a place that you may write and that has room; --out, --svg and --json name one",
    )
