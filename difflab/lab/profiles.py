"""Profiles: the grids of cells that a report is made of.

``quick`` fits into a coffee's time on two cores; ``full`` adds seeds, float32, larger runs and
patience. The controls take part in every correctness suite, which has to reject them.
"""

from __future__ import annotations

from itertools import product

from difflab.errors import unknown_name
from difflab.lab.cell import Cell, Options
from difflab.lab.course import full_cells, quick_cells

PROVIDERS = (
    "autodiff",
    "autodiff:compiled",
    "symbolic:expanded",
    "symbolic:cse",
    "symbolic:staged",
    "symbolic:matrix",
    "finite-difference:forward",
    "finite-difference:central",
    "finite-difference:central:node",
    "finite-difference:central:loop",
    "complex-step",
    "torch",
)
"""Providers that are compared, in the order of the report."""

DRAWN = (
    "autodiff",
    "autodiff:compiled",
    "symbolic:cse",
    "symbolic:matrix",
    "finite-difference:central",
    "torch",
)
"""Providers in figures: six lines are as many as a reader can follow; the tables have all."""

CONTROLS = ("control:zeros", "control:flipped-sign", "control:noise")
"""Providers that are wrong on purpose."""

TASKS = ("simplest", "linear-regression", "sincos-small", "sincos", "digits")
OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")
SCHEMES = ("forward", "central", "central-4", "central-6", "central-8", "complex-step")
METHOD_EXHIBITS = ("methods", "error bars")
NETWORK_EXHIBITS = ("coordinates", "kinks", "hardships", "directions")
"""Exhibits of the truncation study beside its V curves."""

SWELL: dict[str, tuple[Options, ...]] = {
    "chain": tuple((("depth", depth),) for depth in range(1, 9)),
    "mlp": tuple((("width", 4), ("depth", depth)) for depth in range(1, 7)),
    "logistic-map": tuple((("n", n),) for n in range(2, 11)),
    "product": tuple((("n", n),) for n in range(2, 9)),
    "helmholtz": tuple((("n", n),) for n in (1, 2, 4, 6)),
}
"""Families of functions and their members; what is too large is predicted instead."""

SIMPLIFIED: tuple[Options, ...] = tuple((("n", n),) for n in range(2, 8))
"""Members of the logistic map whose derivatives are simplified, and evaluated at x = 0.9."""

TOWER = ("1-1-1", "1-4-1", "2-4-4-1", "2-8-8-1", "2-16-16-1", "2-64-64-1", "784-128-10")
"""Networks that are derived in every symbolic form."""

SATURATED = ("sigmoid", "softplus", "tanh", "swish")
"""Activations that are evaluated where exponentials overflow."""

MATRIX_LOSSES = (
    "least squares",
    "least squares with ridge, as traces",
    "sum of sigmoids of X w",
    "two layers of tanh",
)
"""Losses that SymPy's own matrix calculus is shown."""

LECTURE = "lecture"
"""What `difflab slides` evaluates, row by row."""

TWIN = "sincos-small"
"""The task that every provider can train."""


def quick() -> list[Cell]:
    """The grid of the quick profile; the longest cells of the parallel lane come first."""
    return [
        *quick_cells(),
        *_accuracy(seeds=(0,)),
        *_swell(budget=2.5),
        Cell("slides", LECTURE),
        *_truncation(network="simplest"),
        *_cost(patience=1.0, budget=0.2),
        *_convergence(patience=20.0, steps=120),
    ]


def full() -> list[Cell]:
    """The grid of the full profile: more seeds, float32, and patience; some minutes."""
    return [
        *full_cells(),
        *_accuracy(seeds=(0, 1, 2, 3, 4)),
        *_accuracy(seeds=(0,), dtype="float32"),
        *_swell(budget=30.0),
        Cell("slides", LECTURE),
        *_truncation(network="sincos"),
        *(Cell("truncation", "simplest", scheme, dtype="float32") for scheme in SCHEMES[:3]),
        *_cost(patience=30.0, budget=5.0),
        *_convergence(patience=120.0, steps=2000),
    ]


PROFILES = {"quick": quick, "full": full}
"""Profiles by name."""


def cells(profile: str) -> list[Cell]:
    """Return the cells of a profile.

    Raises
    ------
    UnknownNameError
        When there is no such profile.

    Examples
    --------
    >>> len({cell.label for cell in cells("quick")}) > 50
    True
    """
    if profile not in PROFILES:
        raise unknown_name("profile", profile, PROFILES, "difflab report --help")
    return PROFILES[profile]()


def _accuracy(seeds: tuple[int, ...], dtype: str = "float64") -> list[Cell]:
    grid = product(TASKS, (*PROVIDERS, *CONTROLS), seeds)
    return [
        Cell("accuracy", task, provider, seed=seed, dtype=dtype) for task, provider, seed in grid
    ]


def _swell(budget: float) -> list[Cell]:
    """Families in every form, simplified derivatives, and the tower, which is timed alone."""
    asked: Options = (("budget_seconds", budget),)
    arms: Options = (("at", 0.9), ("forms", ()), ("arms", ("expand", "horner")))
    return [
        *(
            Cell("swell", family, options=(*member, *asked))
            for family, members in SWELL.items()
            for member in members
        ),
        *(Cell("swell", "logistic-map", options=(*member, *arms)) for member in SIMPLIFIED),
        *(Cell("tower", name, options=(("budget_seconds", 2 * budget),)) for name in TOWER),
        *(Cell("saturation", name) for name in SATURATED),
        *(Cell("matrices", name) for name in MATRIX_LOSSES),
        Cell("paper", TWIN),
    ]


def _truncation(network: str) -> list[Cell]:
    """V curves and methods on the slide's chain; the other exhibits on a task's network."""
    return [
        *(Cell("truncation", "simplest", name) for name in (*SCHEMES, *METHOD_EXHIBITS)),
        *(Cell("truncation", network, name) for name in NETWORK_EXHIBITS),
    ]


def _cost(patience: float, budget: float) -> list[Cell]:
    options: Options = (("patience", patience), ("budget", budget))
    tasks = ("simplest", TWIN, "digits", "sincos")
    return [
        Cell("cost", task, provider, options=options, timeout=900)
        for task, provider in product(tasks, PROVIDERS)
        if is_timed(task, provider)
    ]


def is_timed(task: str, provider: str) -> bool:
    """Whether the cost of a provider is shown on a task: two networks are enough for node.

    Examples
    --------
    >>> is_timed("digits", "autodiff"), is_timed("digits", "finite-difference:central:node")
    (True, False)
    """
    return not provider.endswith(":node") or task in (TWIN, "sincos")


def _convergence(patience: float, steps: int) -> list[Cell]:
    """Every provider on the twin."""
    options: Options = (("patience", patience), ("steps", steps))
    return [Cell("convergence", TWIN, name, "adam", options=options) for name in PROVIDERS]
