"""Schedules against torch's own schedulers, their text form, and optimizers that follow one."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from difflab.errors import UnknownNameError, UsageError
from difflab.nn.optimizers import (
    SCHEDULES,
    SGD,
    Adam,
    Constant,
    Cosine,
    Optimizer,
    Schedule,
    Scheduled,
    StepDecay,
    Warmup,
    optimizer,
    schedule_of,
)

RUN = 60


def rates_of_torch(make: Callable[[Any, Any], Any], lr: float = 0.1) -> list[float]:
    """Learning rates of the first steps under one of torch's schedulers."""
    torch = pytest.importorskip("torch")
    rule = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler, seen = make(torch.optim.lr_scheduler, rule), []
    for _ in range(RUN):
        seen.append(rule.param_groups[0]["lr"])
        rule.step()
        scheduler.step()
    return seen


def warm(module: Any, rule: Any, steps: int, then: Any) -> Any:
    rise = module.LinearLR(rule, start_factor=1 / steps, end_factor=1.0, total_iters=steps - 1)
    return module.SequentialLR(rule, [rise, then], milestones=[steps])


PAIRS: list[tuple[Schedule, Callable[[Any, Any], Any]]] = [
    (Constant(0.1), lambda m, rule: m.LambdaLR(rule, lambda epoch: 1.0)),
    (StepDecay(0.1, 7, 0.5), lambda m, rule: m.StepLR(rule, 7, 0.5)),
    (StepDecay(0.1, 13), lambda m, rule: m.StepLR(rule, 13)),
    (Cosine(0.1, RUN), lambda m, rule: m.CosineAnnealingLR(rule, RUN)),
    (Cosine(0.1, RUN, 0.01), lambda m, rule: m.CosineAnnealingLR(rule, RUN, 0.01)),
    (Warmup(10, Constant(0.1)), lambda m, rule: m.LinearLR(rule, 1 / 10, 1.0, 9)),
    (
        Warmup(10, Cosine(0.1, RUN - 10)),
        lambda m, rule: warm(m, rule, 10, m.CosineAnnealingLR(rule, RUN - 10)),
    ),
    (
        Warmup(10, StepDecay(0.1, 7, 0.5)),
        lambda m, rule: warm(m, rule, 10, m.StepLR(rule, 7, 0.5)),
    ),
]


@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step")  # torch's own call
@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=[str(ours) for ours, _ in PAIRS])
def test_learning_rates_are_those_of_torch(ours: Schedule, theirs: Any) -> None:
    mine = [ours(step) for step in range(1, RUN + 1)]
    np.testing.assert_allclose(mine, rates_of_torch(theirs), rtol=1e-12, atol=1e-16)


def test_the_comparison_with_torch_catches_a_schedule_that_is_one_step_late() -> None:
    late = [StepDecay(0.1, 7, 0.5)(max(1, step - 1)) for step in range(1, RUN + 1)]
    theirs = rates_of_torch(lambda m, rule: m.StepLR(rule, 7, 0.5))
    assert np.max(np.abs(np.array(late) - theirs)) > 0.01


def test_a_cosine_stays_at_its_floor_after_the_run() -> None:
    schedule = Cosine(0.1, 10, floor=0.02)
    assert [schedule(step) for step in (11, 12, 1000)] == [pytest.approx(0.02)] * 3


def test_a_scheduled_optimizer_takes_the_steps_of_the_rates() -> None:
    schedule = Warmup(2, StepDecay(0.4, 1, 0.5))
    chosen, w, by_hand = Scheduled(SGD(), schedule), 1.0, 1.0
    state = chosen.init(w)
    for rate in (0.2, 0.4, 0.4, 0.2, 0.1):
        w, state = chosen.step(w, w, state)
        by_hand -= rate * by_hand
        assert w == pytest.approx(by_hand, rel=1e-14)
    assert state.steps == 5
    assert chosen.lr == 0.2


def test_moments_live_on_while_the_rate_changes() -> None:
    torch = pytest.importorskip("torch")
    p, ours = np.ones(3), Scheduled(Adam(), StepDecay(0.1, 3, 0.5))
    theirs = torch.ones(3, dtype=torch.float64, requires_grad=True)
    rule = torch.optim.Adam([theirs], lr=0.1, foreach=False)
    scheduler = torch.optim.lr_scheduler.StepLR(rule, 3, 0.5)
    state, rng = ours.init(p), np.random.default_rng(0)
    for _ in range(20):
        g = rng.normal(size=3)
        p, state = ours.step(p, g, state)
        theirs.grad = torch.tensor(g)
        rule.step()
        scheduler.step()
    np.testing.assert_allclose(p, theirs.detach().numpy(), rtol=1e-13)


def test_a_constant_schedule_changes_no_bit() -> None:
    p, g = np.array([0.3, -0.7]), np.array([1.0, 2.0])
    plain, scheduled = Adam(0.1), optimizer("adam", lr=Constant(0.1))
    a, s = plain.step(p, g, plain.init(p))
    b, t = scheduled.step(p, g, scheduled.init(p))
    assert a.tobytes() == b.tobytes()
    assert t.inner.means.tobytes() == s.means.tobytes()


def test_optimizers_take_a_schedule_for_a_learning_rate() -> None:
    chosen = optimizer("momentum", lr=Cosine(0.1, 100), weight_decay=0.5)
    assert chosen == Scheduled(SGD(0.1, momentum=0.9, weight_decay=0.5), Cosine(0.1, 100))
    assert isinstance(chosen, Optimizer)
    assert pickle.loads(pickle.dumps(chosen)) == chosen
    assert eval(repr(chosen)) == chosen


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("constant", Constant(0.1)),
        ("step:every=500,factor=0.5", StepDecay(0.1, 500, 0.5)),
        ("step:every=500", StepDecay(0.1, 500, 0.1)),
        ("step,every=500", StepDecay(0.1, 500, 0.1)),
        ("cosine", Cosine(0.1, 2000)),
        ("cosine:floor=1e-3", Cosine(0.1, 2000, 1e-3)),
        ("cosine,warmup=100", Warmup(100, Cosine(0.1, 1900))),
        ("cosine: floor=0.01, warmup=100", Warmup(100, Cosine(0.1, 1900, 0.01))),
        ("warmup=100", Warmup(100, Constant(0.1))),
        ("step:every=5,warmup=2", Warmup(2, StepDecay(0.1, 5))),
    ],
)
def test_the_text_form(text: str, wanted: Schedule) -> None:
    assert schedule_of(text, 0.1, 2000) == wanted


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("step", "after how many steps"),
        ("step:every=0", "counts steps"),
        ("step:every=2.5", "counts steps"),
        ("step:every=few", "holds no number"),
        ("step:every", "holds no number"),
        ("step:every=5,factor=-1", "0 or more"),
        ("step:every=5,factor=nan", "0 or more"),
        ("step:every=5,every=6", "given twice"),
        ("cosine:floor=0.5", "above the learning rate"),
        ("warmup=2000", "no warm-up in a run of 2000"),
        ("warmup=0", "no warm-up"),
        ("warmup=1.5", "no warm-up"),
    ],
)
def test_texts_that_make_no_schedule_are_refused(text: str, match: str) -> None:
    with pytest.raises(UsageError, match=match) as caught:
        schedule_of(text, 0.1, 2000)
    assert caught.value.instead


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("cosin", "try: 'cosine'"),
        ("", "constant, cosine, step"),
        ("step:evry=5", "try: 'every'"),
        ("constant:floor=0.1", "the known ones are warmup"),
    ],
)
def test_unknown_words_are_answered_with_the_nearest(text: str, match: str) -> None:
    with pytest.raises(UnknownNameError, match=match):
        schedule_of(text, 0.1, 2000)


def test_every_named_schedule_can_be_written() -> None:
    texts = {"constant": "constant", "step": "step:every=3", "cosine": "cosine"}
    assert set(texts) == set(SCHEDULES)
    assert all(isinstance(schedule_of(text, 0.1, 10), Schedule) for text in texts.values())


@pytest.mark.parametrize(
    "make",
    [
        lambda: Constant(-0.1),
        lambda: Constant(True),
        lambda: Constant("0.1"),  # type: ignore[arg-type]
        lambda: StepDecay(0.1, True),
        lambda: Cosine(0.1, 0),
        lambda: Warmup(3, 0.1),  # type: ignore[arg-type]
        lambda: optimizer("lbfgs", lr=Constant(1.0)),
        lambda: optimizer("adam", lr=Constant),
        lambda: Scheduled(SGD(), 0.1),  # type: ignore[arg-type]
        lambda: Scheduled(optimizer("newton"), Constant(1.0)),
    ],
)
def test_settings_out_of_range_are_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(UsageError):
        make()


def test_what_has_no_learning_rate_of_its_own_follows_no_schedule() -> None:
    with pytest.raises(UsageError, match="no optimizer that can be used here"):
        Scheduled(Scheduled(SGD(), Constant(0.1)), Constant(0.1))
