"""Archives: nests of arrays and plain values as one npz file, without pickle.

The arrays are npz members; everything around them is JSON, in which an array is named by its
number. So a file can be read anywhere NumPy is, and reading one never runs code.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from difflab.errors import DataError

_FRAME = "frame"
"""The member that holds the JSON, as bytes."""

UNREADABLE = (
    *(ValueError, LookupError, TypeError, AttributeError, EOFError, OSError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, RuntimeError),
)
"""What reading raises on bytes that are no archive: ZipFile, json, NumPy, an unexpected nesting."""


def pack(value: Any) -> bytes:
    """Turn a nest into the bytes of an npz file.

    Parameters
    ----------
    value : nest
        Dicts whose keys are text or integers, lists, tuples, arrays, numbers, text, truth values
        and None.

    Raises
    ------
    TypeError
        For anything else, which is a fault of the caller.

    Examples
    --------
    >>> unpack(pack({"weights": [np.eye(2)], "steps": 3, "pair": (1.5, None)}))
    {'weights': [array([[1., 0.],
           [0., 1.]])], 'steps': 3, 'pair': (1.5, None)}
    """
    arrays: list[np.ndarray] = []
    frame = json.dumps(_framed(value, arrays))
    stream = io.BytesIO()
    members = {f"array{number}": array for number, array in enumerate(arrays)}
    np.savez(stream, **{_FRAME: np.frombuffer(frame.encode(), np.uint8)}, **members)  # type: ignore[arg-type]
    return stream.getvalue()


def unpack(data: bytes, name: str = "the archive") -> Any:
    """Return the nest that `pack` was given.

    Raises
    ------
    DataError
        When the bytes are not a whole archive, with ``name`` for what was read.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as members:
            frame = json.loads(members[_FRAME].tobytes())
            return _unframed(frame, members)
    except UNREADABLE as error:
        raise DataError(
            f"{name} is not a whole archive of difflab",
            f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no detail'}",
            "another file; one that was cut off while copying has to be copied again",
        ) from error


def read_archive(path: Path | str) -> Any:
    """Return the nest in a file.

    Raises
    ------
    DataError
        When there is no such file, or it is not a whole archive.
    """
    place = Path(path)
    try:
        data = place.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot read {place}", error.strerror or str(error), "the path of a file that exists"
        ) from error
    return unpack(data, str(place))


def _framed(value: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):  # first: NumPy's float64 is a float as well
        arrays.append(np.asarray(value))
        return {"array": len(arrays) - 1, "scalar": isinstance(value, np.generic)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {"dict": [[_key(key), _framed(member, arrays)] for key, member in value.items()]}
    if isinstance(value, (list, tuple)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_framed(member, arrays) for member in value]}
    raise TypeError(f"an archive holds no {type(value).__name__}")


def _key(key: Any) -> str | int:
    if not isinstance(key, (str, int)) or isinstance(key, bool):
        raise TypeError(f"an archive holds no dict with the key {key!r}")
    return key


def _unframed(frame: Any, members: Any) -> Any:
    if not isinstance(frame, dict):
        return frame
    if "array" in frame:
        array = members[f"array{frame['array']}"]
        return array[()] if frame["scalar"] else array
    if "dict" in frame:
        return {key: _unframed(member, members) for key, member in frame["dict"]}
    (kind, parts), *_ = frame.items()
    made = [_unframed(part, members) for part in parts]
    return tuple(made) if kind == "tuple" else made
