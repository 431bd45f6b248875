"""What is said where no known mistake fits: what is true of all wrong answers, or of their shapes, word for word."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from grader.judging.shape_patterns import RELATIONS
from grader.model.keys.seeds import PUBLIC_SEED
from grader.report.hints import hints_of
from tests.helpers.answers import result_of


def said(function: Callable[..., object], id: str) -> str:
    result = result_of(function, "", id, PUBLIC_SEED)
    assert not result.passed
    assert result.mistakes == ()
    return hints_of(result)


@pytest.mark.parametrize(
    ("change", "sentence"),
    {
        "squared": (lambda Y, X, dim: Y**2, "Your answer is the square of what is expected."),
        "rooted": (lambda Y, X, dim: Y.sqrt(), "Your answer is the square root of what is expected."),
        "negated": (lambda Y, X, dim: -Y, "Your answer is the negative of what is expected."),
        "scaled": (lambda Y, X, dim: 3 * Y, "Your answer is 3 times what is expected."),
        "by a size": (lambda Y, X, dim: X.shape[dim] * Y, "Your answer is X.shape[dim] times what is expected."),
        "divided": (lambda Y, X, dim: Y / X.shape[dim], "Your answer is what is expected divided by X.shape[dim]."),
        "nothing": (lambda Y, X, dim: Y + 0.1 * Y**2 - 0.01, ""),
        "a few digits": (lambda Y, X, dim: Y.round(decimals=4), ""),
    }.values(),
)
def test_what_is_true_of_the_numbers(change: Callable[..., Tensor], sentence: str) -> None:
    """Whatever the code looks like; where nothing is true of all answers nothing is said."""
    assert said(lambda X, dim: change(torch.softmax(X, dim), X, dim), "softmax.softmax") == sentence


@pytest.mark.parametrize(
    ("change", "sentence"),
    {
        "ones_left": (
            lambda Y, dim: Y.unsqueeze(0),
            "Your answer has an axis of size 1 more than it should, (1, 4, 3) for (4, 3): keepdim=True, unsqueeze, "
            "reshape, or a slice where an index should be leaves one.",
        ),
        "single": (
            lambda Y, dim: (Y + 1).mean(),
            "Your answer is a single number where the shape (4, 3) is due: sum, mean or max without dim take all axes "
            "together.",
        ),
        "permuted": (
            lambda Y, dim: Y.exp().movedim(0, -1),
            "Your answer has the right sizes in another order, (3, 4) for (4, 3).",
        ),
        "one_short": (
            lambda Y, dim: Y[1:].exp(),
            "Your answer is one too short along an axis, (3, 3) for (4, 3).",
        ),
        "one_long": (
            lambda Y, dim: torch.cat([Y, Y[-1:]]).exp(),
            "Your answer is one too long along an axis, (5, 3) for (4, 3).",
        ),
        "axis_gone": (
            lambda Y, dim: Y.exp().select(dim, 0),
            "Your answer lacks a whole axis, (4,) for (4, 3): as if it had been summed over, or one entry picked.",
        ),
        "axis_left": (
            lambda Y, dim: torch.stack([Y, Y]).exp(),
            "Your answer has a whole axis more than it should, (2, 4, 3) for (4, 3): as if nothing had been summed over.",
        ),
        "in several ways": (lambda Y, dim: Y[1:].exp() if dim else Y[None].exp(), ""),
    }.values(),
)
def test_what_is_true_of_the_shapes(change: Callable[..., Tensor], sentence: str) -> None:
    """The first case is the example. Where shapes come about in different ways nothing is said."""
    assert said(lambda X, dim: change(torch.softmax(X, dim), dim), "softmax.softmax") == sentence


def test_it_stands_under_a_wrong_shape_alone() -> None:
    """The first case that fails has the right shape: a sentence about the others would be untrue there."""

    def logsumexp(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
        return torch.logsumexp(X, dim) + 1

    assert said(logsumexp, "softmax.logsumexp") == ""


def test_a_table_of_what_should_be_a_vector() -> None:
    """The maximum has kept its axis, the sum has not."""

    def logsumexp(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
        top = X.amax(dim, keepdim=True)
        return (X - top).exp().sum(dim).log() + top + 1

    assert said(logsumexp, "softmax.logsumexp") == (
        "Your answer has the shape (4, 4), which is what (4, 1) and (4,) give together: one part has kept an axis of size "
        "1, another has lost it, and broadcasting makes a table of them."
    )


@pytest.mark.parametrize(
    ("expected", "got", "name"),
    [
        ((), (1,), "ones_left"), ((4,), (4, 1), "ones_left"), ((2, 3), (1, 2, 1, 3), "ones_left"), ((1,), (1, 1), "ones_left"),
        ((4, 1), (4,), "ones_missing"), ((1,), (), "ones_missing"), ((4,), (), "single"), ((4, 3), (), "single"),
        ((4,), (4, 4), "outer"), ((4, 3), (4, 4, 3), "outer"), ((2, 3), (3, 2), "permuted"), ((2, 3, 4), (3, 2, 4), "permuted"),
        ((5, 3), (4, 3), "one_short"), ((5, 3), (5, 4), "one_long"), ((5, 3), (3,), "axis_gone"), ((5, 3), (5,), "axis_gone"),
        ((5, 3), (5, 7, 3), "axis_left"), ((5, 3), (7, 9), None), ((5, 3), (4, 2), None), ((5, 3), (15,), None),
    ],
)  # fmt: skip
def test_how_a_shape_comes_about(expected: tuple[int, ...], got: tuple[int, ...], name: str | None) -> None:
    """The most telling relation is named."""
    assert next((each for each, holds in RELATIONS.items() if holds(expected, got)), None) == name
