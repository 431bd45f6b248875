"""What a forged frame can say passes the wire; the judge has a verdict for all of it, and no exception."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest

from grader.grading.exercise import judged
from grader.model.question import Answer, Failed, Observed, Question, Returned
from grader.model.result import Verdict
from grader.model.value import Array, Device, Dtype, Generator, Opaque, Value, leaves
from grader.sandbox.session import Sandbox
from tests.helpers.keys import exercise_key
from tests.helpers.sandbox_modes import Started

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
    "nan in half": Array("bfloat16", (2,), b"\xff\xff\xff\x7f"), "a signalling nan": Array("float16", (2,), b"\x01\x7c\x01\xfc"),
    "a signalling nan alone": Array("bfloat16", (), b"\x81\x7f"), "a signalling nan in float32": Array("float32", (1,), b"\1\0\x80\x7f"), "a million": Array("uint8", (1_000_000,), b"\xff" * 1_000_000),
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
    "bits",
    [b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\1\0\0\0", b"\1\0\x80\x7f"],
    ids=["minus nan", "nan", "tiny", "signalling"],
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


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("id", IDS)
def test_signalling_nans_of_every_precision(id: str, dtype: str) -> None:
    """A NaN that signals says so to whoever casts it; nobody is to hear of it, in any shape that an answer may have."""
    bits = {
        "float16": b"\x01\x7c", "bfloat16": b"\x81\xff", "float32": b"\1\0\xa0\x7f", "float64": b"\1" + b"\0" * 5 + b"\xf0\x7f",
    }[dtype]  # fmt: skip
    answers: list[Answer] = []
    for entry in exercise_key(id).entries:
        shape = next((each.shape for each in entry.expected), ())
        answers.append(saying(entry.question, Array(dtype, shape, bits * math.prod(shape))))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not judged(exercise_key(id), "", answers).passed


# What an honest student may return, and the wire does not carry.

HONEST = """
import enum
import numpy as np
import torch

def right(): return 6
{name} = lambda: {expression}
"""
CANNOT_BE_SENT: dict[str, tuple[str, str]] = {
    "seventeen axes": ("torch.ones((1,) * 17)", "a float32 tensor with 17 axes"),
    "sixty-four axes": ("torch.ones((1,) * 64, dtype=torch.bool)", "a bool tensor with 64 axes"),
    "more axes than NumPy has": ("torch.zeros((1,) * 65)", "a float32 tensor with 65 axes"),
    "a long text": ("'ab' * 10_001", "a text of 20,002 characters"),
    "a very long text": ("'é' * 3_000_000", "a text of 3,000,000 characters"),
    "a long text in a list": ("[1, 'x' * 30_000]", "a text of 30,000 characters"),
    "bools of bytes": ("torch.tensor([0, 1, 2], dtype=torch.uint8).view(torch.bool)", "a bool tensor with bytes that are neither"),
    "empty and huge": ("torch.empty(0, 2**40)", "a float32 tensor of shape (0, 1099511627776)"),
    "empty and huge twice": ("torch.empty(2**30, 0, 2**30)", "a float32 tensor of shape (1073741824, 0, 1073741824)"),
    "no numbers": ("torch.empty(3, device='meta')", "a float32 tensor without numbers (device meta)"),
    "no numbers in a dict": ("{'a': [torch.nn.Linear(2, 2, device='meta').weight]}", "without numbers"),
    "sparse": ("torch.eye(3).to_sparse()", "a float32 tensor of layout sparse_coo"),
    "compressed": ("torch.eye(3).to_sparse_csr()", "layout sparse_csr"),
    "blocked": ("torch.ones(3).to_mkldnn()", "a float32 tensor of layout _mkldnn"),
    "ragged": ("torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])", "a nested float32 tensor"),
    "ragged and jagged": ("torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged)", "NestedTensor"),
    "quantised": ("torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.quint8)", "a quint8 tensor"),
    "eight bits": ("torch.ones(3).to(torch.float8_e4m3fn)", "a float8_e4m3fn tensor"),
    "complex": ("torch.ones(3, dtype=torch.complex64).conj()", "a complex64 tensor"),
    "unsigned": ("torch.ones(3, dtype=torch.uint16)", "a uint16 tensor"),
    "storage that is gone": ("(x := torch.ones(1000), x.untyped_storage().resize_(0))[0]", "a float32 tensor whose storage was freed"),
    "what vmap works on": ("(out := [], torch.vmap(lambda x: (out.append(x), x)[1])(torch.ones(3)))[0][0]", "has left the function"),
    "nested far down": ("(f := lambda n: [f(n - 1)] if n else 1)(30)", "something nested more than 8 deep"),
    "nested to the bottom": ("(x := [], [x := [x] for _ in range(50_000)])[1][-1]", "something nested more than 8 deep"),
    "a list of itself": ("(x := [1, 2], x.append(x))[0]", "something nested more than 8 deep"),
    "a tree of doublings": ("(x := [1], [x := [x, x] for _ in range(60)])[1][-1]", "something nested more than 8 deep"),
    "a huge dict": ("{n: n for n in range(500_000)}", "a dict of 500,000 items"),
    "a huge list": ("[0.5] * 3_000", "a list of 3,000 items"),
    "many lists": ("[[0.0] * 900, [0.0] * 900, [0.0] * 900]", "a very large answer"),
    "half a class name": ("type('K' * 5_000, (), {})()", "KKKK"),
    "NumPy's own": ("np.longdouble(1)", "numpy.longdouble"),
    "an array of objects": ("np.array([object()])", "a numpy.ndarray of object"),
}  # fmt: skip
WHAT_STANDS_IN_A_DICT = (
    "{torch.ones(30_000): 1, 'y' * 50_000: 2}",
    "({1: 2, 2.5: None, (1, 2): 'x'})",
    "enum.IntEnum('E', 'A').A",
    "np.float16(1)",
)


def leaf_names(value: Value) -> list[str]:
    return [leaf.type for _, leaf in leaves(value) if isinstance(leaf, Opaque)]


def asked_beside_a_right_one(sandbox: Sandbox, expression: str, **more: Any) -> Answer:
    """The answer to a function, between two right ones of the same exercise, in the same child."""
    source = HONEST.format(name="odd", expression=expression)
    questions = [Question("right"), Question("odd", **more), Question("right")]
    with sandbox.submission({"topic": source}) as submission:
        first, answer, last = submission.ask("topic", questions, {"question_seconds": 30.0})
    assert first == last == Returned((6,)), (answer, last)
    return answer


@pytest.mark.parametrize("mode", ["all layers", "trusted"])
@pytest.mark.parametrize("odd", CANNOT_BE_SENT)
def test_what_cannot_be_sent_is_a_wrong_answer(started: Started, mode: str, odd: str) -> None:
    """It is told by what it is, nobody is accused of forgery, and the questions after it are asked in the same child."""
    expression, words = CANNOT_BE_SENT[odd]
    answer = asked_beside_a_right_one(started(mode), expression)
    assert isinstance(answer, Returned), answer
    assert any(words in name for name in leaf_names(answer.values)), answer


@pytest.mark.parametrize("device", ["cpu", "sim"])
@pytest.mark.parametrize("odd", ["seventeen axes", "a list of itself", "empty and huge", "bools of bytes", "sparse"])
def test_on_the_simulated_device_too(started: Started, odd: str, device: str) -> None:
    """Where strays are looked for, an answer is gone through once more."""
    answer = asked_beside_a_right_one(started("trusted"), CANNOT_BE_SENT[odd][0], device=device, calls=(0, None))
    if isinstance(answer, Failed):
        assert answer.verdict is Verdict.RAISED, answer  # some of it the simulated device does not do
    else:
        assert len(answer.values) == 2 and leaf_names(answer.values), answer


@pytest.mark.parametrize("expression", WHAT_STANDS_IN_A_DICT)
def test_odd_parts_are_sent_as_far_as_they_go(started: Started, expression: str) -> None:
    """Keys that are no keys of the wire's are named, numbers of other kinds are numbers."""
    assert isinstance(asked_beside_a_right_one(started("trusted"), expression), Returned)


@pytest.mark.parametrize(
    ("expression", "calls", "words"),
    [
        ("[0.5] * 1_900", (0,) * 20, "too deep or too large"),
        ("1 << 5_000", (0,), "a very large integer"),
        ("['x' * 15_000] * 100", (0,), "it has too many parts"),
    ],
)
def test_what_is_too_much_together_is_said(
    started: Started, expression: str, calls: tuple[int, ...], words: str
) -> None:
    """Each part could be sent, all of them cannot: one question is lost, not the exercise."""
    answer = asked_beside_a_right_one(started("all layers"), expression, calls=calls)
    assert isinstance(answer, Failed), answer
    assert (answer.verdict, answer.message) == (Verdict.RAISED, f"the answer cannot be sent: {words}")


def test_what_is_malformed_on_the_wire_is_forged_still(started: Started) -> None:
    """Who writes a frame of their own is told so, and loses the exercise: nothing of this is honest."""
    spec = '[["float32", [1] * 17, None]]'
    source = (
        "import json, os, struct\ndef right(): return 6\ndef odd():\n"
        f"    text = json.dumps({{'arrays': {spec}, 'answer': {{'values': {{'tuple': [{{'array': 0}}]}}}}}}).encode()\n"
        "    for fd in range(3, 64):\n        try: os.write(fd, struct.pack('<IQII', len(text), 4, 2, 0) + text + bytes(4))\n        except OSError: pass\n"
    )
    with started("all layers").submission({"topic": source}) as submission:
        answers = submission.ask("topic", [Question("odd"), Question("right")])
    assert all(isinstance(each, Failed) and each.verdict is Verdict.DIED for each in answers), answers
