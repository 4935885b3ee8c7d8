"""Gradient providers behind one protocol, chosen by a spec.

`protocol` says what a provider is, `registry` finds one by name, `spec` reads a name with options;
`checked` compares two. `evaluators` and `differenced` belong to `finite_difference`; each other
module is one provider.
"""

from difflab.providers.protocol import (
    GradientProvider,
    Loss,
    Preparation,
    Prepared,
    PreparedGradient,
    Stopwatch,
)
from difflab.providers.registry import (
    ALIASES,
    ENTRY_POINT_GROUP,
    estimators,
    find,
    get,
    names,
    options,
    summary,
)

__all__ = [
    "ALIASES",
    "ENTRY_POINT_GROUP",
    "GradientProvider",
    "Loss",
    "Preparation",
    "Prepared",
    "PreparedGradient",
    "Stopwatch",
    "estimators",
    "find",
    "get",
    "names",
    "options",
    "summary",
]
