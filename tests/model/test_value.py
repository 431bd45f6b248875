"""The closed set of values: what goes through encode and decode, and what must not."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import numpy as np
import pytest
import torch

from grader.keymaking.questions import array_of
from grader.model.encoding import NotAValue, checked_array, decode, encode
from grader.model.value import Array, Device, Dtype, Generator, Opaque, Value
from grader.runner.tensors import from_torch, to_torch

VALUES: list[Value] = [
    None, True, 3, -(2**70), 2.5, float("inf"), "text", Dtype("float32"), Device("cpu"), Generator(5), Opaque("a set"),
    [], (), {}, [1, (2.0, {"a": None, 3: "x"})], Array("float32", (2,), b"\0" * 8), Array("int64", (), b"\1" + b"\0" * 7),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was(value: Value) -> None:
    """Through JSON and bytes, nothing is lost: not the sign of zero, not a tuple, not a large integer."""
    arrays: list[Array] = []
    tree = json.loads(json.dumps(encode(value, arrays)))
    assert decode(tree, arrays) == value


def test_nan_comes_back_as_nan() -> None:
    """NaN is not equal to itself and must still arrive."""
    back = decode(json.loads(json.dumps(encode(float("nan"), []))), [])
    assert isinstance(back, float)
    assert back != back


@pytest.mark.parametrize(
    "tree",
    [
        {"float": "zz"}, {"float": 1}, {"int": "0x" + "f" * 5000}, {"array": 0}, {"array": True}, {"array": -1}, {"list": 3},
        {"dict": [[1]]}, {"dict": [[{"list": []}, 1]]}, {"pickle": "x"}, {}, {"list": [], "tuple": []}, 2**70, [1], 1.5,
        {"generator": "x"}, {"dtype": 3},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_value_is_refused(tree: Any) -> None:
    """`decode` raises NotAValue, and nothing else, on whatever is not exactly a value."""
    with pytest.raises(NotAValue):
        decode(tree, [])


def test_deep_and_wide_trees_are_refused() -> None:
    """Neither depth nor width costs more than a refusal."""
    deep: Any = 1
    for _ in range(1000):
        deep = {"list": [deep]}
    with pytest.raises(NotAValue):
        decode(deep, [])
    with pytest.raises(NotAValue):
        decode({"list": [1] * 30_000}, [])


def test_mutated_trees_never_raise_anything_else() -> None:
    """Whatever is done to a tree, the outcome is a value or NotAValue."""
    rng = random.Random(0)
    junk = [None, True, -1, 1.5, "x", [], {}, {"float": "nan"}, {"list": [1]}, {"array": 7}]
    for _ in range(3000):
        tree = json.loads(json.dumps(encode(rng.choice(VALUES), [])))
        if isinstance(tree, dict):
            key = next(iter(tree))
            tree = {rng.choice([key, "list", "dict", "tuple", "int"]): rng.choice([tree[key], *junk])}
        try:
            decode(tree, [])
        except NotAValue:
            continue


@pytest.mark.parametrize(
    ("dtype", "shape", "strides", "data"),
    [
        ("float32", (2,), None, b"\0" * 7), ("float32", (-1,), None, b""), ("object", (1,), None, b"\0" * 8),
        ("bool", (2,), None, b"\0\2"), ("float32", (2**39, 2**39), None, b""), ("float32", (2, 2), (100, 1), b"\0" * 16),
        ("float32", (True,), None, b"\0" * 4), ("float32", "ab", None, b""), ("float32", (0, 2**39, 2**39), None, b""),
        ("float32", (0, 2**39, 2**39), (1, 1, 1), b""), ("float32", (2, 2), (1,), b"\0" * 16), ("float32", (2,), (-1,), b"\0" * 8),
    ],
)  # fmt: skip
def test_lying_arrays_are_refused(dtype: Any, shape: Any, strides: Any, data: bytes) -> None:
    """The bytes must be exactly the array's numbers."""
    with pytest.raises(NotAValue):
        checked_array(dtype, shape, strides, data)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (0, 2**39), (2**20, 0, 2**20), (3, 0, 2, 0), (), (2, 1, 2)])
def test_numpy_takes_what_is_accepted(shape: tuple[int, ...]) -> None:
    """Whatever shape passes the check, NumPy can hold: judging never meets an array that it cannot read."""
    data = bytes(4 * math.prod(shape))
    assert checked_array("float32", shape, None, data).numpy().shape == shape


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.bool]
)
@pytest.mark.parametrize(
    "make", [lambda x: x, lambda x: x.T, lambda x: x[:, ::2], lambda x: x[0:0], lambda x: x.sum()], ids=range(5)
)
def test_a_tensor_keeps_numbers_and_strides(dtype: torch.dtype, make: Any) -> None:
    """Transposed and sliced tensors arrive as they were drawn, in every dtype."""
    tensor = make(torch.arange(12).reshape(3, 4).to(dtype))
    back = to_torch(array_of(tensor))
    assert torch.equal(back, tensor)
    assert back.dtype == tensor.dtype
    assert back.is_contiguous() == tensor.is_contiguous()


def test_numpy_reads_bfloat16_exactly() -> None:
    """Judging needs NumPy only, which has no bfloat16."""
    tensor = torch.tensor([1.0, -2.5, 3e38, float("inf")], dtype=torch.bfloat16)
    assert (array_of(tensor).numpy() == tensor.float().numpy()).all()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (np.zeros(2, "complex64"), Opaque("a numpy.ndarray of complex64")), (np.float64(2.0), 2.0), (np.int64(3), 3), (iter([]), Opaque("list_iterator")),
        (torch.float32, Dtype("float32")), (torch.device("cpu"), Device("cpu")), (torch.Size([2]), (2,)),
        (object, Opaque("type")),
    ],
)  # fmt: skip
def test_answers_outside_the_set_are_opaque(answer: Any, said: Value) -> None:
    """What a student returns is described, never trusted."""
    assert from_torch(answer) == said


def test_a_lying_tensor_subclass_is_opaque() -> None:
    """A subclass that says it equals everything is not asked."""

    class Lie(torch.Tensor):
        def __eq__(self, other: object) -> bool:  # type: ignore[override]
            return True

    assert isinstance(from_torch(torch.zeros(2).as_subclass(Lie)), Opaque)
