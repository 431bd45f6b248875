"""Inputs that cover what no case of a page asks: what they are, what they catch, what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from grader.course.page import Arguments, Case, Page
from grader.judging.findings import findings, passes
from grader.judging.scoring import score
from grader.keymaking.coverage.covering import covering
from grader.keymaking.coverage.credit import credited
from grader.keymaking.coverage.drawing import called_with
from grader.keymaking.coverage.partition import Partition, goals
from grader.keymaking.coverage.partitions import partitions
from grader.keymaking.coverage.plan import plan_of
from grader.keymaking.expected import asker
from grader.keymaking.keymaker import make_exercise_key
from grader.keymaking.questions import question_of
from grader.model.errors import PageError
from grader.model.keys.key import COVERING, GRADIENT_COVERING, ExerciseKey
from grader.report.explanation import explanation
from tests.helpers.course import page as course_page
from tests.helpers.pages import Write, page_of
from tests.helpers.pages import write as write

TOTAL = """
    exercise = Exercise(gradients=True)

    @reference
    def total(X, dim, keepdim=False):
        return X.sum(dim, keepdim=keepdim)

    @case
    def rows(draw):
        return draw.normal(3, 4), 1

    @domain(dtypes=("float64", "float32"))
    def any_axis(draw):
        X = draw.any(axes=(1, 4), without="inf huge tiny")
        return X, draw.axis(X), draw.flag()
"""


@pytest.fixture(scope="module")
def total(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """A sum along an axis, of which a case asks little."""
    return page_of(tmp_path_factory.mktemp("total"), TOTAL)


@pytest.fixture(scope="module")
def keys(total: Page) -> dict[int, ExerciseKey]:
    """Its keys with the public seed and with another."""
    return {seed: make_exercise_key(total, seed) for seed in (1, 2)}


def failed(page: Page, key: ExerciseKey, function: Callable[..., object]) -> set[str]:
    answers = tuple(map(asker(page, function), key.questions))
    return {check.name for check in key.checks} - passes(key, answers)


def texts(page: Page, *args: object, dtype: str = "float32", **kwargs: object) -> set[str]:
    case = Case("c", lambda _: None)
    question = question_of(page, case, 1, Arguments(args, kwargs), dtype, ())
    return {each.text for each in partitions(question, *called_with(page))}


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda X, dim, keepdim=False: X.sum(dim if X.dim() < 4 else 1, keepdim), id="four axes"),
        pytest.param(lambda X, dim, keepdim=False: X.sum(max(dim, 0), keepdim), id="a negative axis"),
        pytest.param(
            lambda X, dim, keepdim=False: (
                X.sum(dim).unsqueeze(dim % 9 - 8 if dim < 0 else dim) if keepdim else X.sum(dim)
            ),
            id="kept in the wrong place, for a negative axis",
        ),
        pytest.param(
            lambda X, dim, keepdim=False: X.transpose(dim, 0).sum(0) if dim != -X.dim() or X.dim() < 3 else X.sum(1),
            id="the first of three axes, counted from behind",
        ),
        pytest.param(
            lambda X, dim, keepdim=False: X.sum(dim, keepdim) if dim % X.dim() < 2 or keepdim else X.sum(dim).mT,
            id="the last of three axes",
        ),
        pytest.param(lambda X, dim, keepdim=False: X.sum(dim, keepdim).clamp(max=400), id="large numbers"),
        pytest.param(lambda X, dim, keepdim=False: X.sum(dim, keepdim) if X.any() else None, id="zeros"),
    ],
)
def test_what_is_wrong_where_no_case_looks_is_caught(
    total: Page, keys: dict[int, ExerciseKey], wrong: Callable[..., object]
) -> None:
    """At home and in class: with the public seed and with another."""
    for key in keys.values():
        assert COVERING in failed(total, key, wrong)


def test_a_gradient_that_is_wrong_where_no_case_looks_is_caught(total: Page, keys: dict[int, ExerciseKey]) -> None:
    """A check of its own, which weighs what gradients weigh."""
    key = keys[1]

    def wrong(X: torch.Tensor, dim: int, keepdim: bool = False) -> torch.Tensor:
        return X.sum(dim, keepdim) if X.dim() == 2 else (X.detach() + 0 * X).sum(dim, keepdim)

    assert GRADIENT_COVERING in failed(total, key, wrong)
    assert not failed(total, key, total.reference)
    weights = {check.name: check.weight for check in key.checks}
    assert (weights[COVERING], weights[GRADIENT_COVERING]) == (weights["rows"], weights["rows.gradient"])


def test_the_same_partitions_at_home_and_in_class_with_other_numbers(write: Write) -> None:
    """Whatever the seed, an input shows what it was chosen for."""
    page = write(TOTAL)
    one, other = (covering(page, seed).pairs for seed in (1, 48_151_623))
    assert [entry.special for entry, _ in one] == [entry.special for entry, _ in other]
    assert all(
        a.question != b.question for (a, _), (b, _) in zip(one, other, strict=True) if a.special != ("X is zero",)
    )


def test_a_student_reads_what_is_special_about_the_input(total: Page, keys: dict[int, ExerciseKey]) -> None:
    """Beside the call, in the words of the partition."""
    key = keys[1]
    answers = map(asker(total, lambda X, dim, keepdim=False: X.sum(dim if X.dim() < 4 else 1, keepdim)), key.questions)
    (check,) = (each for each in score(key, findings(key, tuple(answers))).checks if each.name == COVERING)
    assert re.search(r"   where X has .* and ", explanation(check))


def test_what_the_cases_ask_is_not_asked_again(total: Page) -> None:
    """Two axes are the case's."""
    plan = plan_of(total)
    assert plan.by[frozenset(["X has 2 axes"])] == "rows"
    assert not any("X has 2 axes" in chosen.new for chosen in plan.chosen)
    assert all(plan.by[frozenset([f"X has {n} axes"])] == "covering" for n in (3, 4))


def test_inputs_that_a_right_solution_fails_are_drawn_again(write: Write) -> None:
    """They are counted, with who failed where, and never asked."""
    page = write(TOTAL.replace("@case", "@alternative\n    def rough(X, dim, keepdim=False):\n"
                               "        Y = X.sum(dim, keepdim=keepdim)\n"
                               "        return Y + (Y.abs().max() > 900 if Y.numel() else 0)\n\n    @case"))  # fmt: skip
    made = covering(page, 1)
    assert any("rough fails value.covering" in reason for reason in made.refused)
    assert len(made.pairs) > 5


@pytest.mark.parametrize("seed", [3, 4, 13, 14])
def test_numbers_that_show_it_seldom_are_drawn_until_they_do(seed: int) -> None:
    """Of a small tensor all numbers may be zero or negative, or not: luck must not decide what a key covers."""
    center = course_page("broadcasting.center")
    assert any("no number in X is positive" in chosen.new for chosen in plan_of(center).chosen)
    assert covering(center, seed).missing == ()


def test_a_promised_error_is_asked_for(write: Write) -> None:
    """Where the domain says so, no answer is right."""
    page = write(
        """
        @reference
        def root(x, p):
            if p < 0:
                raise ValueError
            return x * p

        @case
        def usual(draw):
            return draw.normal(3), 0.5

        @domain(dtypes=("float32",))
        def any_p(draw):
            p = draw.pick(0.5, 1.0, -1.0)
            draw.raises("ValueError", p < 0)
            return draw.any(axes=(1, 2), without="inf"), p
        """
    )
    assert COVERING in failed(page, make_exercise_key(page, 1), lambda x, p: x * p)


@pytest.mark.parametrize(
    ("returned", "says"),
    [("draw.any(axes=(1, 1), without='nonsense'), 0", "cannot be drawn"), ("draw.normal(3)", "none goes together")],
)
def test_a_domain_that_cannot_be_drawn_is_refused(write: Write, returned: str, says: str) -> None:
    """With its name, for its author."""
    page = write(TOTAL.replace("X, draw.axis(X), draw.flag()", returned))
    with pytest.raises(PageError, match=f"domain any_axis.*{says}|{says}"):
        plan_of(page)


def test_a_page_without_a_domain_is_asked_its_cases_alone(total: Page) -> None:
    """Nothing is drawn."""
    page = replace(total, domain=None)
    assert not any(entry.special for entry in make_exercise_key(page, 1).entries)


def test_partitions_are_clauses(total: Page) -> None:
    """What is special about arguments, in words."""
    X = torch.tensor([[1.0, 1.0, 0.0], [1e30, 2.0, -torch.inf]])
    assert texts(total, X.T, -1) >= {
        "X has 2 axes", "X is float32", "X is transposed", "X holds -inf", "X holds zeros", "X holds equal numbers",
        "numbers in X are so large that squares overflow", "numbers in X lie far apart", "dim is negative",
        "dim is the last axis", "keepdim is left out",
    }  # fmt: skip
    assert not any("more than 2 axes" in text for text in texts(total, X, 0) | texts(total, X[None], 1))
    assert texts(total, X[None], 0) >= {"dim is the first axis", "dim is the first of more than 2 axes"}
    assert texts(total, X[None], -1) >= {"dim is the last axis", "dim is the last of more than 2 axes"}
    assert texts(total, torch.zeros(3, 1), 1, keepdim=True) >= {
        "X is zero", "the size along dim is 1", "keepdim is True", "dim is not negative",
    }  # fmt: skip


def test_pairs_that_hide_mistakes_are_goals() -> None:
    """A flag with a thin axis, a magnitude with a precision, sign x place x flag; not a layout with a sign."""
    flag, sign = Partition("keepdim is True", "flag", "keepdim"), Partition("dim is negative", "sign", "sign")
    place, thin = Partition("dim is the last axis", "place", "place"), Partition("X has size 1", "thin", "X")
    layout = Partition("X is transposed", "other", "X layout")
    found = goals([flag, sign, place, thin, layout])
    assert {frozenset([flag.text, thin.text]), frozenset([sign.text, place.text, flag.text])} <= found
    assert frozenset([layout.text, sign.text]) not in found


def test_what_is_not_judged_is_not_covered() -> None:
    """An empty answer, half precision, zeros, a thin axis count for little else than themselves."""
    axes, empty = Partition("X has 4 axes", "other", "axes"), Partition("X has an axis of size 0", "thin", "0")
    thin, half = Partition("X has an axis of size 1", "thin", "1"), Partition("X is float16", "other", "dtype")
    assert credited([axes, empty], "float32", "none") == {frozenset([empty.text])}
    assert credited([axes, half], "float16", "full") == {frozenset([half.text])}
    assert frozenset([axes.text]) not in credited([axes, thin], "float32", "full")
    assert frozenset([axes.text]) not in credited([axes], "float32", "flat")
    assert frozenset([axes.text]) in credited([axes], "float32", "full")
