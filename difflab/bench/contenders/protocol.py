"""What a contender is: something that turns a problem into a call to be timed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Protocol

from difflab.bench.cases import Problem

Call = Callable[[], tuple[Any, list[tuple[Any, Any]]]]
"""Returns the value of the loss, and per layer the gradients of weights and bias.

The numbers may be of the library's own types, as long as ``float`` and ``numpy.asarray`` read them.
"""


class Contender(Protocol):
    """A way to differentiate that takes part in the benchmark."""

    @property
    def name(self) -> str:
        """Heads its column."""
        ...

    def unavailable(self) -> str | None:
        """Return why it cannot run here, and what to type; None when it can."""
        ...

    def make(self, problem: Problem) -> Call:
        """Prepare: convert the inputs, build what can be built before the first gradient."""
        ...


def missing(module: str, extra: str) -> str | None:
    """Return what to type where a module is not installed; does not import it.

    Examples
    --------
    >>> missing("numpy", "bench")
    >>> missing("no_such_module", "bench")
    "not installed: pip install 'difflab[bench]'"
    """
    if find_spec(module) is None:
        return f"not installed: pip install 'difflab[{extra}]'"
    return None
