"""What met in a line whose sizes do not fit, as the child tells it."""

from __future__ import annotations

import pytest

from grader.model.operand import Operand
from grader.model.question import Failed, Question
from grader.model.value import Array
from grader.runner.module import LoadedModule, load
from grader.runner.respond import respond

X, Y = Array("float32", (4, 3), bytes(48)), Array("float32", (4,), bytes(16))


def _met(body: str, above: str = "") -> tuple[Operand, ...]:
    """What `f(X, y)` with this body says of its failure; X has shape (4, 3), y has shape (4,)."""
    return _failed(_module(body, above)).operands


def _module(body: str, above: str) -> LoadedModule:
    module = load(f"import torch\n{above}\ndef f(X, y):\n    {body}\n", "broadcasting")
    assert isinstance(module, LoadedModule)
    return module


def _failed(module: LoadedModule) -> Failed:
    answer = respond(module.namespace, Question("f", (X, Y)))
    assert isinstance(answer, Failed), answer
    return answer


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return X - y", [("X", (4, 3)), ("y", (4,))]),
        ("return X - X.mean(dim=1)", [("X", (4, 3)), ("X.mean(dim=1)", (4,))]),
        ("return 1 + (X[1:] - X)", [("X[1:]", (3, 3)), ("X", (4, 3))]),
        ("X += y\n    return X", [("X", (4, 3)), ("y", (4,))]),
        ("return X == y", [("X", (4, 3)), ("y", (4,))]),
        ("return X @ y", [("X", (4, 3)), ("y", (4,))]),
        ("return torch.matmul(X, X)", [("X", (4, 3)), ("X", (4, 3))]),
        ("return torch.where(X > 0, X, y)", [("X > 0", (4, 3)), ("X", (4, 3)), ("y", (4,))]),
        ("return X.sub(other=y)", [("X", (4, 3)), ("y", (4,))]),
        ("X[:, 0] = y[:3]", [("X[:, 0]", (4,)), ("y[:3]", (3,))]),
        ("return [x - y for x in X]", [("x", (3,)), ("y", (4,))]),
        ("return (X\n            - y)", [("X", (4, 3)), ("y", (4,))]),
    ],
)
def test_what_met(body: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    """Operators, functions and assignments name their tensors as they are written, in the order of the source."""
    assert _met(body) == tuple(Operand(text, shape) for text, shape in expected)


def test_a_helper_speaks_for_itself() -> None:
    """What met is told of the line that failed, with the names that it has there."""
    assert _met("return times(X, y)", "def times(a, b):\n    return a * b\n") == (
        Operand("a", (4, 3)),
        Operand("b", (4,)),
    )


ABOVE = """
calls = []
def mine(X):
    calls.append(1)
    return X.sum(1)
class Box:
    @property
    def y(self):
        return mine(torch.ones(4, 3))
box = Box()
box.sum = torch.ones(4)
"""


@pytest.mark.parametrize("side", ["mine(X)", "box.y", "torch.exp(mine(X))", "mine(X)[:]", "[mine(X)][0]"])
def test_nothing_of_the_students_runs_twice(side: str) -> None:
    """An operand that is computed by other code than torch's is not computed again."""
    module = _module(f"return X - {side}", ABOVE)
    assert Operand(side, (4,)) not in _failed(module).operands
    assert module.namespace["calls"] == [1]


@pytest.mark.parametrize("side", ["y.mul_(2)", "(y := y * 2)", "y.__imul__(2)", "torch.add(y, y, out=y)"])
def test_nothing_is_changed_once_more(side: str) -> None:
    """An operand that changes something is not computed again."""
    assert _met(f"return X - {side}") == (Operand("X", (4, 3)),)


def test_an_attribute_is_looked_up() -> None:
    """What an object holds can be told without running anything."""
    assert _met("return X - box.sum", ABOVE) == (Operand("X", (4, 3)), Operand("box.sum", (4,)))


def test_a_long_operand_is_cut() -> None:
    """The drawing has room for forty characters."""
    (_, met) = _met("return X - (y + y + y + y + y + y + y + y + y + y + y + y + y)")
    assert len(met.text) == 40 and met.text.endswith("…")


def test_other_errors_say_nothing_of_sizes() -> None:
    """Where no sizes met there is nothing to be told."""
    assert _met("return X.reshape(5, 5)") == ()
    assert _met("raise ValueError('must match the size')") == ()


def test_whatever_a_student_raises_is_told() -> None:
    """A text that raises, and a tensor that ends the process when it is looked at, cost the drawing alone."""
    above = """
class Odd(RuntimeError):
    def __str__(self):
        raise SystemExit("must match the size")
class Ending(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, arguments=(), named=None):
        raise SystemExit("must match the size")
ending = torch.ones(4).as_subclass(Ending)
"""
    for body in ("raise Odd()", "return X - ending", "return ending.sum(0) - X"):
        assert _met(body, above) == ()
