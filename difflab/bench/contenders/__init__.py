"""The contenders: one small file per way to differentiate, behind one protocol."""

from collections.abc import Mapping

from difflab.bench.contenders.handwritten import HandWritten
from difflab.bench.contenders.hips import HipsAutograd
from difflab.bench.contenders.jax import JaxJit
from difflab.bench.contenders.protocol import Call, Contender
from difflab.bench.contenders.provider import COMPILED, EAGER, MATRIX, Provider
from difflab.bench.contenders.textbook import Textbook
from difflab.bench.contenders.torch import TorchEager

YARDSTICK = HandWritten()
"""What every gradient is checked against, and every time divided by."""

CONTENDERS: tuple[Contender, ...] = (
    YARDSTICK,
    Textbook(),
    Provider(EAGER),
    Provider(COMPILED),
    TorchEager(),
    HipsAutograd(),
    JaxJit(),
)
"""In the order of the table's columns."""

SUITE_CONTENDERS: Mapping[str, tuple[Contender, ...]] = {
    "autodiff": CONTENDERS,
    "symbolic": (
        YARDSTICK,
        Textbook(),
        Provider(MATRIX),
        Provider(COMPILED),
        TorchEager(),
        JaxJit(),
    ),
}
"""Contenders by suite."""

__all__ = [
    "COMPILED",
    "CONTENDERS",
    "EAGER",
    "MATRIX",
    "SUITE_CONTENDERS",
    "YARDSTICK",
    "Call",
    "Contender",
    "HandWritten",
    "HipsAutograd",
    "JaxJit",
    "Provider",
    "Textbook",
    "TorchEager",
]
