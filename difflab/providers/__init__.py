"""Gradient providers behind one protocol, chosen by a spec.

`protocol` says what a provider is, `registry` finds one by name; each other module is one provider.
"""

from difflab.providers.protocol import (
    GradientProvider,
    Loss,
    Preparation,
    Prepared,
    PreparedGradient,
    Stopwatch,
)
from difflab.providers.registry import ALIASES, ENTRY_POINT_GROUP, find, get, names, summary

__all__ = [
    "ALIASES",
    "ENTRY_POINT_GROUP",
    "GradientProvider",
    "Loss",
    "Preparation",
    "Prepared",
    "PreparedGradient",
    "Stopwatch",
    "find",
    "get",
    "names",
    "summary",
]
