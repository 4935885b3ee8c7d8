"""Whether this installation works: versions, and one known gradient through every provider."""

from __future__ import annotations

from dataclasses import dataclass

from difflab import providers, tasks
from difflab.errors import DifflabError
from difflab.lab.machine import environment
from difflab.tree import flatten, ravel

GRADIENT = (0.03828454614565866, 0.07656909229131735, -0.1546279934597754, -0.2812266869920346)
"""dL/dw1, dL/db1, dL/dw2, dL/db2 of the simplest network, computed by hand (lecture's errata)."""

TOLERANCE = 1e-6
"""Wide enough for forward differences, narrow enough for every control."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination.

    Attributes
    ----------
    subject, result : str
    healthy : bool or None
        None for plain information and for providers that are not installed.
    """

    subject: str
    result: str
    healthy: bool | None = None


def examine() -> list[Finding]:
    """Examine the installation.

    Examples
    --------
    >>> all(finding.healthy is not False for finding in examine())
    True
    """
    findings = [Finding(name, value) for name, value in environment().items()]
    return findings + [
        _examine_provider(name) for name in providers.names() if not name.startswith("control:")
    ]


def _examine_provider(name: str) -> Finding:
    """Differentiate the simplest network and compare with the derivative done by hand."""
    provider = providers.find(name)
    reason = provider.unavailable()
    if reason is not None:
        return Finding(name, f"not available: {reason}")
    task = tasks.get("simplest")
    data, params = task.data(), task.parameters(task.settings)
    try:
        prepared = provider.prepare(task.objective(task.settings), params, data.x, data.y)
        _, gradient = prepared.value_and_gradient(params, data.x, data.y)
    except DifflabError as error:
        return Finding(name, error.what, healthy=False)
    largest = max(abs(g - known) for g, known in zip(ravel(flatten(gradient)[0]), GRADIENT))
    return Finding(
        name,
        f"gradient of the simplest network is off by {largest:.1e} at most",
        healthy=bool(largest < TOLERANCE),
    )
