"""difflab's own providers, called as a trainer calls them: prepared once, checks included."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from difflab import providers
from difflab.bench.cases import Problem
from difflab.bench.contenders.protocol import Call
from difflab.errors import UnknownNameError
from difflab.providers import GradientProvider

EAGER = "autodiff"
COMPILED = "autodiff:compiled"
MATRIX = "symbolic:matrix"


@dataclass(frozen=True)
class Provider:
    """A registered provider by its spec, without its safety net where it has one to take away.

    Examples
    --------
    >>> Provider("autodiff").unavailable()
    >>> Provider("autodif").unavailable()
    "there is no provider 'autodif'"
    """

    spec: str

    @property
    def name(self) -> str:
        """Heads its column."""
        return self.spec

    def unavailable(self) -> str | None:
        """Ask the registry, then the provider."""
        try:
            return providers.find(self.spec).unavailable()
        except UnknownNameError as error:
            return error.what

    def make(self, problem: Problem) -> Call:
        """Prepare the gradient of the plain NumPy loss."""
        params, x, y = problem.params, problem.x, problem.y
        prepared = without_safety(providers.get(self.spec)).prepare(problem.loss, params, x, y)
        gradient = prepared.value_and_gradient
        return lambda: gradient(params, x, y)


def without_safety(provider: GradientProvider) -> GradientProvider:
    """Return the provider with ``safe=False`` where it has that option.

    Examples
    --------
    >>> without_safety(providers.get("finite-difference"))
    FiniteDifference(scheme='central')
    """
    record: Any = provider
    options: list[str] = [field.name for field in fields(record)] if is_dataclass(provider) else []
    return replace(record, safe=False) if "safe" in options else provider
