"""What a forged frame can say passes the wire; the judge has a verdict for all of it, and no exception."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from grader.examine import judged
from grader.question import Answer, Observed, Question, Returned
from grader.value import Array, Device, Dtype, Generator, Opaque, Value, leaves
from tests.shared import exercise_key

IDS = (
    "broadcasting.outer_sum", "broadcasting.broadcast_shape", "softmax.softmax", "softmax.smooth_labels",
    "dropout.dropout", "dropout.dropout_moments",
)  # fmt: skip
MADE_UP = Observed(("x" * 300,), ("\n",), 2**62, -5, (("softmax", -1),), (("value", "z"),))
ODD: dict[str, Value] = {
    "a huge integer": 2**4000, "a huge negative one": -(2**4000), "one bit too many": 2**64, "inf": float("inf"),
    "nan": float("nan"), "minus zero": -0.0, "true": True, "a long text": "x" * 20000, "half a character": "\ud800",
    "no text": "", "a dtype that is none": Dtype("nonsense"), "a dtype without a name": Dtype(""), "a device": Device("cuda"),
    "a generator": Generator(2**63), "something without a name": Opaque(""), "blanks": Opaque("  "), "an article": Opaque("a "),
    "keys of one value": {True: 1, 0: 2}, "keys of all kinds": {None: 1, 1.5: 2, "a": 3}, "deep": [[[[[[[[1]]]]]]]],
    "huge integers in a list": [2**4000] * 3, "nothing at all": (), "an empty array": Array("float32", (0, 2**39), b""),
    "sixteen axes": Array("float64", (1,) * 16, b"\0" * 8), "the smallest integers": Array("int8", (3,), b"\x80" * 3),
    "nan in half": Array("bfloat16", (2,), b"\xff\xff\xff\x7f"), "a million": Array("uint8", (1_000_000,), b"\xff" * 1_000_000),
}  # fmt: skip


def saying(question: Question, value: Any) -> Answer:
    """An answer of the form that the question asks for, with this in all places."""
    if question.gradients:
        fits = value if isinstance(value, (Array, Opaque)) else None
        return Returned((), gradients=(fits,) * len(question.gradients))
    return Returned((value,) * len(question.calls), after=(value,) * len(question.after), observed=MADE_UP)


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("odd", ODD)
def test_the_judge_has_a_verdict_for_everything(id: str, odd: str) -> None:
    """Neither exception nor warning, and no points worth mentioning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = judged(exercise_key(id), "", [saying(question, ODD[odd]) for question in exercise_key(id).questions])
    assert not result.passed
    assert result.points <= 0.2 * result.max_points


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize(
    "bits", [b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\1\0\0\0"], ids=["minus nan", "nan", "tiny"]
)
def test_arrays_of_the_right_form_and_the_oddest_numbers(id: str, bits: bytes) -> None:
    """Every bit pattern is a number to somebody: the first argument's shape, filled with NaN or the smallest there is."""

    def filled(question: Question) -> Value:
        like = next((leaf for _, leaf in leaves(question.named) if isinstance(leaf, Array) and leaf.is_float()), None)
        if like is None or like.strides:
            return 0
        return Array(like.dtype, like.shape, (bits * len(like.data))[: len(like.data)])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = judged(exercise_key(id), "", [saying(each, filled(each)) for each in exercise_key(id).questions])
    assert not result.passed
