"""Lists of sizes as people type them: ``1..5``, ``1,2,4,8``, ``2..10..2``."""

from __future__ import annotations

import re

from difflab.errors import UsageError

MOST = 1000
"""Members of one list."""

LARGEST = 10**9
"""Size of one member."""

_PART = re.compile(r"(\d+)(?:\.\.(\d+)(?:\.\.(\d+))?)?")


def sizes(text: str) -> tuple[int, ...]:
    """Read a list of sizes.

    Parameters
    ----------
    text : str
        Parts with commas between them: a number, ``first..last`` with both ends included, or
        ``first..last..step``.

    Returns
    -------
    tuple of int
        Positive, increasing, each once.

    Raises
    ------
    UsageError
        For anything else, for ranges that run backwards, and for more than `MOST` members.

    Examples
    --------
    >>> sizes("1..5"), sizes("1,2,4,8"), sizes("3"), sizes("2..10..2,12")
    ((1, 2, 3, 4, 5), (1, 2, 4, 8), (3,), (2, 4, 6, 8, 10, 12))
    """
    found: set[int] = set()
    for part in text.split(","):
        members = _members(part.strip())
        if len(found) + len(members) > MOST:
            raise UsageError(
                f"{_shown(part)} brings the list to more than {MOST:,} sizes",
                "every size is a function that is built and differentiated",
                "a step: 10..1000..10; or single sizes: 1,10,100,1000",
            )
        found.update(members)
    return tuple(sorted(found))


def _members(part: str) -> range:
    match = _PART.fullmatch(part)
    if match is None or not part.isascii():
        raise UsageError(
            f"{_shown(part)} is no list of sizes",
            "sizes are whole numbers from 1 on",
            "3; or 1,2,4,8; or 1..5; or 2..10..2",
        )
    too_long = [number for number in match.groups() if len(number or "") > 10]
    if too_long:  # before int(), which refuses thousands of digits with an error of its own
        raise _too_large(too_long[0])
    first, last, step = (None if number is None else int(number) for number in match.groups())
    assert first is not None
    last = first if last is None else last
    step = 1 if step is None else step
    if max(first, last, step) > LARGEST:
        raise _too_large(str(max(first, last, step)))
    if first == 0:
        raise UsageError(f"{_shown(part)} begins at 0", "the smallest size is 1", f"1..{last or 5}")
    if step == 0:
        raise UsageError(f"{_shown(part)} has step 0", "it would never end", f"{first}..{last}..1")
    if last < first:
        raise UsageError(
            f"{_shown(part)} runs backwards", "ranges go from small to large", f"{last}..{first}"
        )
    return range(first, last + 1, step)


def _too_large(number: str) -> UsageError:
    return UsageError(
        f"{_shown(number)} is too large a size", f"sizes go up to {LARGEST:,}", "a smaller one"
    )


def _shown(part: str) -> str:
    return repr(part if len(part) <= 40 else f"{part[:37]}...")
