"""What a task says it has learned is true of the numbers at hand, whatever the settings were."""

from __future__ import annotations

import pytest

from difflab import tasks
from difflab.errors import UsageError
from tests.tasks.running import run

SHORT = ("descent_steps=20", "bisections=1", "shares=0.5", "steps=5")


def learned(name: str, **measured: float) -> str:
    """A task's lesson for numbers given by words in place of their names."""
    found = {key.replace("_", " "): value for key, value in measured.items()}
    return tasks.get(name).learned(found)


@pytest.mark.parametrize("name", tasks.names())
def test_every_task_says_what_was_learned(name: str) -> None:
    assert callable(tasks.get(name).lesson)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("linear-regression", "loss=absolute"),
        ("linear-regression", "widths=2-4-1"),
        ("linear-regression", "output=sigmoid"),
        ("linear-regression", "l2=1"),
        ("linear-collapse", "lr=1"),
        ("linear-collapse", "optimizer=sgd"),
        ("linear-collapse", "loss=huber"),
        ("cross-entropy", "widths=2-1"),
        ("cross-entropy", "loss=hinge"),
        ("cross-entropy", "dtype=float32"),
        ("hinge", "loss=squared-error"),
        ("hinge", "output=tanh"),
        ("simplest", "widths=1-4-1"),
        ("universal", "loss=absolute"),
        ("overfitting", "loss=absolute"),
        ("optimizers", "batch_size=10"),
        ("optimizers", "epochs=3"),
        ("local-optima", "epochs=3"),
    ],
)
def test_a_setting_that_makes_the_lesson_untrue_is_refused(name: str, wrong: str) -> None:
    with pytest.raises(UsageError, match=f"{name} has no use for .* = ") as caught:
        run(name, "autodiff", wrong)
    assert caught.value.instead


def test_what_a_task_fixes_are_settings() -> None:
    names = tasks.Settings.__dataclass_fields__
    for task in map(tasks.get, tasks.names()):
        assert set(task.fixed) <= set(names)
        assert bool(task.fixed) == bool(task.instead)


def test_simplest_tells_the_derivatives_of_the_provider_that_ran() -> None:
    right = run("simplest", "finite-difference")
    assert [check.within for check in right.checks] == [True] * 5
    assert "0.038285, 0.076569, -0.154628, -0.281227" in right.lesson
    zeros = run("simplest", "control:zeros")
    assert [check.within for check in zeros.checks] == [False] * 5
    assert not any(check.within for check in run("simplest", "control:flipped-sign").checks)


def test_networks_with_a_nonlinearity_are_not_called_a_linear_regression() -> None:
    small = ("compared=4", "optimizers=adam", "steps=5")
    straight = run("linear-collapse", "autodiff", *small).lesson
    bent = run("linear-collapse", "autodiff", "activation=relu", *small).lesson
    assert straight.endswith("they are a linear regression.")
    assert bent.endswith("they are no linear regression.")
    single = run("linear-collapse", "autodiff", "dtype=float32", *small).lesson
    assert single.endswith("they are a linear regression.")


def test_a_descent_that_never_diverges_has_found_no_rate() -> None:
    lesson = run("linear-regression", "control:zeros", *SHORT).lesson
    assert lesson.endswith("no rate diverged here.")
    assert "inf" not in lesson


def test_a_wrong_engine_is_not_said_to_give_p_less_y() -> None:
    wrong = run("cross-entropy", "control:zeros", "points=1")
    assert wrong.lesson.startswith("Of 4 engines at least one is wrong, by 1:")
    one = run("cross-entropy", "autodiff", "engines=autodiff", "points=1")
    assert "from it by 1 engine is" in one.lesson


def test_starts_that_are_still_on_their_way_are_not_said_to_be_stuck_in_the_valley() -> None:
    few = run("local-optima", "autodiff", "starts=2", "steps=20").lesson
    assert "not the valley at 0.125" in few
    solved = learned("local-optima", stuck_with_4_hidden_units=0.0)
    assert solved.endswith("None ended in a valley that leads nowhere.")


def test_a_hinge_descent_that_has_not_arrived_says_so() -> None:
    lesson = run("hinge", "autodiff", "steps=3").lesson
    assert lesson.startswith("Descent has not come to the weights of LinearSVC")


def test_a_fit_no_better_than_a_plane_is_not_credited_to_the_hidden_layer() -> None:
    plane = learned("sincos", loss=0.95, validation_loss=0.96)
    assert plane.endswith("little better than a plane, or no better.")
    assert learned("sincos", loss=0.008, validation_loss=0.003).endswith("make the difference.")
    noisy = learned("sincos-100k", loss=0.88, validation_loss=0.9)
    assert "not yet met better than its noise" in noisy
    met = learned("sincos-100k", loss=0.0115, validation_loss=0.0018)
    assert "average the noise away" in met


def test_a_rule_alone_is_neither_the_best_nor_the_worst() -> None:
    lesson = run("optimizers", "autodiff", "compared=adam", "rates=0.01", "n=9", "steps=3").lesson
    assert "on sincos adam ends at" in lesson
    assert "highest" not in lesson


@pytest.mark.parametrize("depths", ["depths=3", "depths=1,2", "depths=1"])
def test_networks_too_shallow_have_no_slope_and_no_nan(depths: str) -> None:
    lesson = run("vanishing", "autodiff", depths, "starts=1", "n=5", "widths=2-3-1").lesson
    assert "nan" not in lesson
    assert lesson.endswith(".")


@pytest.mark.parametrize(
    ("name", "small", "falling", "rising"),
    [
        ("universal", ("n=9", "starts=1", "steps=5"), "compared=4,1", "compared=1,4"),
        ("overfitting", ("few=4", "many=9", "steps=5"), "compared=4,2", "compared=2,4"),
        ("bias-variance", ("sets=3", "steps=5", "degrees=2"), "compared=4,1", "compared=1,4"),
        ("vanishing", ("n=5", "starts=1", "widths=2-3-1"), "depths=6,3", "depths=3,6"),
        ("kinks", ("starts=1", "widths=2-3-1", "h=0.1"), "compared=9,3", "compared=3,9"),
    ],
)
def test_the_order_of_what_is_compared_does_not_matter(
    name: str, small: tuple[str, ...], falling: str, rising: str
) -> None:
    one, other = (run(name, "autodiff", *small, order) for order in (falling, rising))
    assert str(dict(one.measured)) == str(dict(other.measured))
    assert one.lesson == other.lesson


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("kinks", "compared=5,0", "0 samples have no gradient"),
        ("bias-variance", "noise=-1", "noise = -1 is no standard deviation"),
        ("bias-variance", "noise=nan", "noise = nan is no standard deviation"),
    ],
)
def test_counts_and_noise_that_make_no_sense_are_refused(
    name: str, wrong: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        run(name, "autodiff", wrong)
