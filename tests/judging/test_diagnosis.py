"""Which misconception speaks: coded otherwise it is named, and two at once never get a wrong name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from grader.judging.findings import findings
from grader.judging.scoring import score
from grader.keymaking.expected import asker
from grader.model.result import ExerciseResult
from tests.helpers.course import page
from tests.helpers.keys import exercise_key


def result_of(id: str, function: Callable[..., object]) -> ExerciseResult:
    ask = asker(page(id), function)
    return score(
        exercise_key(id), findings(exercise_key(id), [ask(question) for question in exercise_key(id).questions])
    )


def overflowing(X: Tensor, dim: int) -> Tensor:
    powers = torch.pow(torch.tensor(torch.e, dtype=X.dtype), X)
    return powers.div(powers.sum(dim=dim, keepdim=True))


def without_keepdim(X: Tensor, dim: int) -> Tensor:
    return torch.sub(X, torch.mean(X, dim))


def grand_mean(X: Tensor, dim: int) -> Tensor:
    return X - X.sum() / X.numel()


def summed(logits: Tensor, y: Tensor) -> Tensor:
    shifted = logits - logits.max(1, keepdim=True)[0]
    return (torch.log(torch.exp(shifted).sum(1)) - shifted[torch.arange(len(y)), y]).sum()


def loop(a: Tensor, b: Tensor) -> Tensor:
    S = torch.zeros(len(a), len(b), dtype=torch.promote_types(a.dtype, b.dtype))
    for i in range(len(a)):
        S[i] = a[i] + b
    return S


@pytest.mark.parametrize(
    ("id", "function", "names"),
    [
        ("softmax.softmax", overflowing, {"overflowing"}),
        ("broadcasting.center", without_keepdim, {"missing_keepdim", "without_keepdim", "keepdim_missing"}),
        ("broadcasting.center", grand_mean, {"grand_mean", "mean_of_everything"}),
        ("broadcasting.outer_sum", loop, {"one_row_at_a_time"}),
    ],
)
def test_a_mistake_coded_otherwise_is_named(id: str, function: Callable[..., object], names: set[str]) -> None:
    """The digits, the exception or the rule speak, not the code."""
    result = result_of(id, function)
    (hint,) = result.hints
    assert hint.mistake in names
    assert hint.idea


@pytest.mark.parametrize("eps", [1e-12, 1e-10, 1e-9, 1e-7, 1e-6, 1e-5])
def test_a_mistake_with_another_number_is_the_same_mistake(eps: float) -> None:
    """Whoever adds a small number adds the one that comes to mind."""

    def softmax(X: Tensor, dim: int) -> Tensor:
        E = torch.exp(X - X.max(dim, keepdim=True).values)
        return E / (E.sum(dim, keepdim=True) + eps)

    def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
        return -torch.log(torch.softmax(logits, 1)[range(len(y)), y] + eps).mean()

    assert result_of("softmax.softmax", softmax).mistakes == ("epsilon_in_the_denominator",)
    assert result_of("softmax.cross_entropy", cross_entropy).mistakes == ("epsilon_inside_the_logarithm",)


def rounded(X: Tensor, dim: int) -> Tensor:
    return torch.round(torch.softmax(X, dim), decimals=4)


def squared(X: Tensor, dim: int) -> Tensor:
    return torch.softmax(X, dim) ** 2


def of_the_negative(X: Tensor, dim: int) -> Tensor:
    return torch.softmax(-X, dim)


def overflowing_and_without_keepdim(X: Tensor, dim: int) -> Tensor:
    return X.exp() / X.exp().sum(dim)


@pytest.mark.parametrize("function", [rounded, squared, of_the_negative])
def test_an_unknown_mistake_gets_no_name(function: Callable[..., object]) -> None:
    """A wrong name is worse than none."""
    result = result_of("softmax.softmax", function)
    assert not result.passed
    assert result.mistakes == ()


def test_of_two_mistakes_none_but_these_are_named() -> None:
    """Where one alone is named, it is called a part of what is wrong."""
    result = result_of("softmax.softmax", overflowing_and_without_keepdim)
    assert set(result.mistakes) <= {"overflowing", "sum_without_keepdim"}
    assert not result.certain or len(result.mistakes) == 2


def zeros(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    return torch.zeros_like(x)


def test_nothing_but_zeros_is_no_pair_of_mistakes() -> None:
    """Whoever says the same number to everything has not made two mistakes that happen to give it."""
    result = result_of("calculus.numeric_grad", zeros)
    assert not result.passed
    assert result.mistakes == ()


def test_a_right_answer_gets_no_name() -> None:
    """Nor a hint."""
    result = result_of("softmax.softmax", page("softmax.softmax").reference)
    assert result.passed
    assert (result.hints, result.pattern) == ((), None)
