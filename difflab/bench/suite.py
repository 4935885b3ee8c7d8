"""The suites: which cases are run, and what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from difflab.bench import table
from difflab.bench.cases import CHAIN, COURSE, DIFFERENCES, SUITE_CASES, chosen
from difflab.bench.course.page import page as course_page
from difflab.bench.course.page import targets as course_targets
from difflab.bench.differences import page as differences_page
from difflab.bench.differences.targets import targets as differences_targets
from difflab.bench.process import (
    CIRCUMSTANCES,
    chain_alone,
    course_alone,
    differences_alone,
    measure_alone,
)
from difflab.bench.record import ChainRow, Row, best, best_chain
from difflab.bench.targets import Target, autodiff_targets, symbolic_targets
from difflab.clock import SAMPLE_SECONDS
from difflab.errors import OutputError
from difflab.files import write_atomically
from difflab.lab.machine import environment

SCHEMA = 1
"""Version of the file's layout."""

SAMPLES = 15
"""Per contender, case and process; fewer make no minimum that can be trusted."""

PROCESSES = 3
"""Per case: where a process's memory happens to lie can slow one contender in it, all along."""

COMPARED_PACKAGES = ("autograd", "jaxlib", "numdifftools")
"""Packages of contenders whose version `difflab.lab.machine` does not state."""

TARGETS: Mapping[str, Callable[[Sequence[Row], ChainRow | None], list[Target]]] = {
    "autodiff": autodiff_targets,
    "symbolic": symbolic_targets,
    DIFFERENCES: differences_targets,
    COURSE: course_targets,
}
"""Targets by suite."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What a suite measured.

    Attributes
    ----------
    rows : tuple of Row
    chain : ChainRow or None
        None where it was not asked for.
    samples : int
        Asked for, per contender, case and process.
    processes : int
        Per case.
    suite : str
        By name.
    """

    rows: tuple[Row, ...]
    chain: ChainRow | None
    samples: int
    processes: int
    suite: str = "autodiff"

    @property
    def targets(self) -> list[Target]:
        """The targets, with what was measured."""
        return TARGETS[self.suite](self.rows, self.chain)

    @property
    def page(self) -> str:
        """Everything that was measured, as text."""
        if self.suite == DIFFERENCES:
            return differences_page.page(self.rows, self.targets)
        if self.suite == COURSE:
            return course_page(self.rows, self.targets)
        return table.page(self.rows, self.chain, self.targets)

    def as_json(self) -> dict[str, Any]:
        """Return everything a reader needs: measurements, settings, machine and versions."""
        return {
            "schema": SCHEMA,
            "suite": self.suite,
            "machine": {**environment(), **_versions()},
            "settings": {
                "samples": self.samples,
                "processes": self.processes,
                "sample seconds": SAMPLE_SECONDS,
                "environment": CIRCUMSTANCES,
                "process": "fresh, one case, on one CPU, contenders in turn, collector off",
            },
            "rows": [asdict(row) for row in self.rows],
            "chain": None if self.chain is None else asdict(self.chain),
            "targets": [{**asdict(target), "reached": target.reached} for target in self.targets],
        }


def run(
    suite: str,
    cases: Sequence[str] = (),
    samples: int = SAMPLES,
    processes: int = PROCESSES,
    tell: Callable[[str, int], None] | None = None,
) -> Benchmark:
    """Measure an engine against hand-written NumPy and other libraries.

    Parameters
    ----------
    suite : str
        A name of `SUITES`: "autodiff" for the tape, "symbolic" for matrix calculus,
        "finite-difference" for the evaluators of networks, "course" for whole training loops.
    cases : sequence of str
        By name; all where none is given.
    samples : int
        Per contender, case and process.
    processes : int
        Per case. They come round by round, so that a slow spell does not hit all of a case.
    tell : callable, optional
        ``tell(event, done)`` after each process.

    Raises
    ------
    UnknownNameError
        When there is no such case.
    """
    names = chosen(cases, suite)
    found: dict[tuple[str, str], list[Row]] = {}
    chains: list[ChainRow] = []
    for done, name in enumerate(names * processes, start=1):
        if name == CHAIN:
            chains.append(chain_alone())
        else:
            first = done <= len(names)
            if suite == DIFFERENCES:
                rows = differences_alone(name, samples, slow=first)
            elif suite == COURSE:
                rows = course_alone(name, samples, memory=first)
            else:
                rows = measure_alone(name, samples, suite)
            for row in rows:
                found.setdefault((row.case, row.contender), []).append(row)
        if tell is not None:
            tell(name, done)
    chain = best_chain(chains) if chains else None
    return Benchmark(tuple(map(best, found.values())), chain, samples, processes, suite)


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


SUITES = tuple(SUITE_CASES)
"""Names of the suites."""


def _versions() -> dict[str, str]:
    found = {}
    for name in COMPARED_PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
