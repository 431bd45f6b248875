"""One leaf beside another: when an answer is right, and what is said when it is not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from grader.judging.compare import ABSENT, compare_type, compare_value
from grader.model.keys.key import Expected
from grader.model.value import Array, Opaque, Value

NAN, INF = math.nan, math.inf


def tensor(*numbers: float, dtype: str = "float32") -> Array:
    return Array.of(np.array(numbers, dtype=dtype))


def expected(
    *numbers: float, budget: float | None = 1e-6, kind: str = "tensor", dtype: str | None = "float32"
) -> Expected:
    shape = (len(numbers),) if kind == "tensor" else ()
    truth = np.array(numbers if kind == "tensor" else numbers[0], dtype=np.float64)
    return Expected("value", kind, dtype if kind == "tensor" else None, shape, Array.of(truth), budget)


@pytest.mark.parametrize(
    ("truth", "got", "kind"),
    [
        ((1.0, 2.0), (1.0, 2.0), None), ((1.0, 2.0), (1.0 + 5e-7, 2.0), None), ((1.0, 2.0), (1.0, 2.1), "value"),
        ((1.0, NAN), (1.0, NAN), None), ((1.0, 2.0), (1.0, NAN), "nan"), ((NAN, 2.0), (1.0, 2.0), "value"),
        ((INF, -INF), (INF, -INF), None), ((INF,), (-INF,), "value"), ((INF,), (1e30,), "value"), ((1.0,), (INF,), "value"),
        ((0.0,), (-0.0,), None), ((1.0, 2.0), (1.0,), "shape"),
    ],
)  # fmt: skip
def test_numbers_are_right_within_the_budget(
    truth: tuple[float, ...], got: tuple[float, ...], kind: str | None
) -> None:
    """NaN is never close to a number, infinities are equal with their sign, the sign of zero is nothing."""
    mismatch = compare_value(expected(*truth), tensor(*got))
    assert (mismatch.kind if mismatch else None) == kind


def test_the_worst_entry_speaks() -> None:
    """Where, expected, got, and how many: of the entry that is farthest off."""
    mismatch = compare_value(expected(1.0, 2.0, 3.0), tensor(1.0, 2.5, 9.0))
    assert mismatch is not None
    assert (mismatch.index, mismatch.expected, mismatch.got, mismatch.count, mismatch.size) == ((2,), 3.0, 9.0, 2, 3)


@pytest.mark.parametrize("got", [None, "text", Opaque("numpy.ndarray"), ABSENT])
def test_what_holds_no_numbers_is_wrong(got: Value) -> None:
    """None, text and foreign objects are no answer to a question about numbers."""
    assert compare_value(expected(1.0), got) is not None


def test_right_numbers_in_the_wrong_dtype_are_one_mistake() -> None:
    """The value passes, the type does not; float32 answers to float64 questions have float32's precision."""
    wanted = expected(1 / 3, budget=1e-15, dtype="float64")
    assert compare_value(wanted, tensor(1 / 3)) is None
    mismatch = compare_type(wanted, tensor(1 / 3))
    assert mismatch is not None
    assert (mismatch.kind, mismatch.expected, mismatch.got) == ("dtype", "float64", "float32")


def test_float64_questions_want_float64_precision() -> None:
    """An answer rounded to float32 inside, and then cast back, is wrong."""
    wanted = expected(1 / 3, budget=1e-15, dtype="float64")
    assert compare_value(wanted, tensor(float(np.float32(1 / 3)), dtype="float64")) is not None


@pytest.mark.parametrize(
    ("kind", "got", "right"),
    [
        ("float", 1.0, True), ("float", 1, True), ("float", True, False), ("float", Array.of(np.float32(1).reshape(())), True),
        ("float", tensor(1.0), False), ("int", 1, True), ("int", 1.0, False), ("int", True, False),
        ("int", Array.of(np.int64(1).reshape(())), True), ("bool", True, True), ("bool", 1, False),
        ("bool", Array.of(np.bool_(True).reshape(())), True), ("tensor", 1.0, False), ("tensor", [1.0], False),
    ],
)  # fmt: skip
def test_kinds(kind: str, got: Any, right: bool) -> None:
    """A 0-d tensor may stand for a number and an int for a float; a bool is no int."""
    assert (compare_type(expected(1.0, kind=kind), got) is None) is right


def test_no_gradient_is_a_gradient_of_zero_and_nothing_else() -> None:
    """Where nothing flows None is right; where something should, the answer is detached."""
    flowing = Expected("gradient[0]", "tensor", "float32", (1,), Array.of(np.array([2.0])), 1e-6)
    still = Expected("gradient[0]", "tensor", "float32", (1,), Array.of(np.array([0.0])), 1e-6)
    assert compare_value(still, None) is None
    mismatch = compare_value(flowing, None)
    assert mismatch is not None
    assert mismatch.kind == "detached"


def test_integers_beyond_float_precision_are_compared_exactly() -> None:
    """2^53 and 2^53 + 1 are two numbers."""
    truth = Array.of(np.array([2**53 + 1], dtype=np.int64))
    wanted = Expected("value", "tensor", "int64", (1,), truth, None)
    assert compare_value(wanted, truth) is None
    assert compare_value(wanted, Array.of(np.array([2**53], dtype=np.int64))) is not None
