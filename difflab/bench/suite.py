"""The suites: which cases are run, and what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from difflab.bench.cases import CHAIN, chosen
from difflab.bench.process import CIRCUMSTANCES, chain_alone, measure_alone
from difflab.bench.record import ChainRow, Row
from difflab.bench.targets import Target, targets
from difflab.clock import SAMPLE_SECONDS
from difflab.errors import OutputError
from difflab.lab.files import write_atomically
from difflab.lab.machine import environment

SCHEMA = 1
"""Version of the file's layout."""

SAMPLES = 40
"""Per contender and case; at least 15 make a minimum that can be trusted."""

COMPARED_PACKAGES = ("autograd", "jaxlib")
"""Packages of contenders whose version `difflab.lab.machine` does not state."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What a suite measured.

    Attributes
    ----------
    rows : tuple of Row
    chain : ChainRow or None
        None where it was not asked for.
    samples : int
        Asked for, per contender and case.
    """

    rows: tuple[Row, ...]
    chain: ChainRow | None
    samples: int

    @property
    def targets(self) -> list[Target]:
        """The targets, with what was measured."""
        return targets(self.rows, self.chain)

    def as_json(self) -> dict[str, Any]:
        """Return everything a reader needs: measurements, settings, machine and versions."""
        return {
            "schema": SCHEMA,
            "suite": "autodiff",
            "machine": {**environment(), **_versions()},
            "settings": {
                "samples": self.samples,
                "sample seconds": SAMPLE_SECONDS,
                "environment": CIRCUMSTANCES,
                "process": "a fresh one per case, on one CPU, contenders in turn, collector off",
            },
            "rows": [asdict(row) for row in self.rows],
            "chain": None if self.chain is None else asdict(self.chain),
            "targets": [{**asdict(target), "reached": target.reached} for target in self.targets],
        }


def autodiff(
    cases: Sequence[str] = (),
    samples: int = SAMPLES,
    tell: Callable[[str, int], None] | None = None,
) -> Benchmark:
    """Measure the tape against hand-written NumPy and other libraries.

    Parameters
    ----------
    cases : sequence of str
        By name; all where none is given.
    samples : int
        Per contender and case.
    tell : callable, optional
        ``tell(event, done)`` after each case.

    Raises
    ------
    UnknownNameError
        When there is no such case.
    """
    rows: list[Row] = []
    chain = None
    for done, name in enumerate(chosen(cases), start=1):
        if name == CHAIN:
            chain = chain_alone()
        else:
            rows += measure_alone(name, samples)
        if tell is not None:
            tell(name, done)
    return Benchmark(tuple(rows), chain, samples)


def write(benchmark: Benchmark, path: Path) -> None:
    """Write a benchmark as JSON, in one step.

    Raises
    ------
    OutputError
    """
    try:
        write_atomically(path, json.dumps(benchmark.as_json(), indent=1, allow_nan=False) + "\n")
    except OutputError as error:
        raise OutputError(error.what, error.why, "--json with a file that you may write") from error


SUITES: dict[str, Callable[..., Benchmark]] = {"autodiff": autodiff}
"""By name."""


def _versions() -> dict[str, str]:
    found = {}
    for name in COMPARED_PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
