"""What a domain draws: every kind that it is not told to leave out; choices from the page, numbers from the seed."""

from __future__ import annotations

import pytest
import torch

from grader.course.domain_draw import LEFT_OUT, DomainDraw, Unfit
from grader.model.value import Generator

DTYPES = ("float64", "float32", "float16", "bfloat16")


def draws(count: int = 300, dtypes: tuple[str, ...] = ("float32",), seed: int = 5) -> list[DomainDraw]:
    return [DomainDraw("topic.f", number, dtypes, seed) for number in range(count)]


def test_any_draws_every_kind() -> None:
    """Axes, sizes 0 and 1, layouts, infinities, one sign, zeros, magnitudes."""
    tensors = [draw.any(axes=(0, 4)) for draw in draws()]
    assert {x.dim() for x in tensors} == {0, 1, 2, 3, 4}
    assert any(0 in x.shape for x in tensors) and any(1 in x.shape for x in tensors)
    full = [x for x in tensors if x.numel() > 1]
    assert any(not x.is_contiguous() for x in full)
    for there in (torch.isposinf, torch.isneginf):
        assert any(there(x).any() for x in full)
    for kind in (lambda x: (x > 0).all(), lambda x: (x < 0).all(), lambda x: (x == 0).all()):
        assert any(kind(x) for x in full)
    finite = [x.abs().max() for x in full if x.isfinite().all()]
    assert min(size for size in finite if size) < 1e-20 and max(finite) > 1e20


@pytest.mark.parametrize("without", ["inf", "empty single", "strided", "negative zero zeros ties", "tiny huge"])
def test_what_the_stub_excludes_is_never_drawn(without: str) -> None:
    """A kind, a size or a layout that `without=` names."""
    tensors = [draw.any(axes=(1, 3), without=without) for draw in draws()]
    bad = {
        "inf": lambda x: x.isinf().any(),
        "empty single": lambda x: min(x.shape) < 2,
        "strided": lambda x: not x.is_contiguous(),
        "negative zero zeros ties": lambda x: (x == 0).any() or (x.numel() > 9 and (x < 0).all()),
        "tiny huge": lambda x: x[x.isfinite()].abs().max() > 1e15 if x.isfinite().any() else False,
    }[without]
    assert not any(bad(x) for x in tensors)


def test_an_unknown_kind_is_an_authors_slip() -> None:
    """It is named, with those that there are."""
    with pytest.raises(ValueError, match=r"no kind 'infinite'.*tiny"):
        draws(1)[0].any(axes=(1, 1), without="infinite")


def test_choices_are_the_pages_and_numbers_are_the_seeds() -> None:
    """With another seed the same flags, axes and kinds, and other numbers."""
    for one, other in zip(draws(100, DTYPES), draws(100, DTYPES, seed=6), strict=True):
        x, y = one.any(axes=(1, 4), without="zero ties"), other.any(axes=(1, 4), without="zero ties")
        assert one.precision == other.precision
        assert x.dim() == y.dim() and (0 in x.shape) == (0 in y.shape)
        assert one.flag() is other.flag()
        if x.numel() > 3:
            assert x.shape != y.shape or not torch.equal(x, y)


def test_numbers_between_two_ends() -> None:
    """Both ends, the middle, near the ends, one digit and more; whole ones as int and as float."""
    numbers = [draw.number(0, 1) for draw in draws()]
    assert {repr(number) for number in numbers} >= {"0", "0.0", "1", "1.0", "0.5", "0.02", "0.98"}
    assert any(round(number, 1) != number for number in numbers)
    assert all(0 < draw.number(0, 1, without="low high") < 1 for draw in draws())


def test_arguments_that_may_be_left_out() -> None:
    """Flags and generators: given in each way, and not at all."""
    assert {draw.flag() for draw in draws(50)} == {True, False, LEFT_OUT}
    kinds = {type(draw.generator()) for draw in draws(50)}
    assert kinds == {Generator, type(None), type(LEFT_OUT)}


def test_an_axis_has_the_size_that_is_asked_for() -> None:
    """Where no axis has it, there is no such draw."""
    axes = []
    for draw in draws():
        x = draw.any(axes=(0, 3))
        try:
            axis = draw.axis(x, least=1)
        except Unfit:
            continue
        assert x.shape[axis] >= 1
        axes.append(axis)
    assert {axis < 0 for axis in axes} == {True, False}
