"""The course's runs: what each chapter of the report shows, reduced for the quick profile."""

from __future__ import annotations

from dataclasses import dataclass

from difflab.lab.cell import Cell, Options
from difflab.tasks import get

COMPILED = "autodiff:compiled"


@dataclass(frozen=True)
class Run:
    """One run of a task.

    Attributes
    ----------
    name : str
        The task with the settings that make it another run, see `difflab.studies.course.measure`.
    provider : str
    quick : tuple of str or None
        Settings that make it cheap enough for the quick profile; None where nothing does.
    full : tuple of str
        Settings that make it cheap enough for the full profile.
    """

    name: str
    provider: str = COMPILED
    quick: tuple[str, ...] | None = ()
    full: tuple[str, ...] = ()

    @property
    def task(self) -> str:
        """Name of the task alone.

        Examples
        --------
        >>> Run("sincos activation=sigmoid").task
        'sincos'
        """
        return self.name.split()[0]

    @property
    def where(self) -> dict[str, str]:
        """Columns that tell its measurements from others."""
        return {"kind": "course", "task": self.name, "provider": self.provider}

    def cell(self, reduced: tuple[str, ...]) -> Cell:
        """The cell that measures it, in the task's own precision."""
        options: Options = (("reduced", reduced),) if reduced else ()
        dtype = get(self.task).settings.dtype
        return Cell("course", self.name, self.provider, dtype=dtype, options=options)


SIMPLEST = (
    Run("simplest", "autodiff"),
    Run("simplest", "symbolic:matrix"),
    Run("simplest", "finite-difference:central"),
)
CLOSED_FORM = (Run("linear-regression"), Run("linear-regression", "symbolic:matrix"))
COLLAPSE = (Run("linear-collapse", quick=("compared=64", "optimizers=sgd,adam")),)
TWIN = (Run("sincos-small"), Run("sincos-small", "torch", quick=None))
SURFACES = (
    Run("sincos activation=identity", quick=("steps=400",)),
    Run("sincos activation=sigmoid", quick=("steps=600",)),
    Run("sincos"),
)
"""The fits that the slide draws; the last one as the lecture has it."""
OTHER_FITS = (
    Run("sincos activation=tanh", quick=None),
    Run("sincos optimizer=sgd lr=0.05", quick=None),
    Run("sincos activation=sigmoid optimizer=sgd lr=0.05", quick=None),
)
UNIVERSAL = (Run("universal", quick=("compared=1,2,4,8,16,32", "starts=2", "steps=300")),)
MANY_POINTS = (Run("sincos-100k steps=10000", quick=None),)
BOUNDARIES = (
    Run("logistic widths=2-1", quick=("steps=200",)),
    Run("logistic", quick=("steps=200",)),
)
HINGE = (Run("hinge", quick=("steps=600",)),)
CROSS_ENTROPY = (Run("cross-entropy"),)
DIGITS = (
    Run("digits"),
    Run("digits", "symbolic:matrix"),
    Run("digits widths=64-10"),
)
MNIST = (Run("mnist", quick=None),)
OPTIMIZERS = (Run("optimizers", quick=("rates=0.001,0.003,0.01,0.03,0.1", "steps=200")),)
LOCAL_OPTIMA = (Run("local-optima"),)
OVERFITTING = (Run("overfitting", quick=("compared=2,8,32", "steps=1000")),)
BIAS_VARIANCE = (Run("bias-variance", quick=("sets=50", "steps=500")),)
VANISHING = (Run("vanishing"),)
KINKS = (Run("kinks"),)

RUNS: tuple[Run, ...] = (
    *SIMPLEST, *CLOSED_FORM, *COLLAPSE, *TWIN, *SURFACES, *OTHER_FITS, *UNIVERSAL, *MANY_POINTS,
    *BOUNDARIES, *HINGE, *CROSS_ENTROPY, *DIGITS, *MNIST, *OPTIMIZERS, *LOCAL_OPTIMA, *OVERFITTING,
    *BIAS_VARIANCE, *VANISHING, *KINKS,
)  # fmt: skip
"""All runs, in the order of the report."""


def quick_cells() -> list[Cell]:
    """Cells of the quick profile.

    Examples
    --------
    >>> any(cell.task == "mnist" for cell in quick_cells())
    False
    """
    return [run.cell(run.quick) for run in RUNS if run.quick is not None]


def full_cells() -> list[Cell]:
    """Cells of the full profile: every run as its task has it."""
    return [run.cell(run.full) for run in RUNS]
