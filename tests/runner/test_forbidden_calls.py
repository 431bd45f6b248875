"""Forbidden functions: whichever way they are called they are found, with the line; honest code is left alone."""

from __future__ import annotations

import re
import sys
from dataclasses import replace

import numpy as np
import pytest

from grader.grading.exercise import judged
from grader.judging.forbidden_names import forbidden_in
from grader.keymaking.entries import _of_batch
from grader.keymaking.expected import asker
from grader.model.forbidden import all_names, canonical
from grader.model.question import Question, Returned
from grader.model.value import Array
from grader.report.explanation import explanation
from grader.runner import respond as responding
from grader.runner.forbidden_calls import LAYERS, Watch
from grader.runner.module import LoadedModule, load
from grader.runner.observe import OperationCounter
from grader.runner.respond import respond
from tests.data.forbidden_routes import ESCAPES, HEAD, HONEST, NEW, OF_THE_STUDY
from tests.helpers.course import page, page_ids, solved
from tests.helpers.keys import exercise_key

X = Array.of(np.linspace(-1, 1, 32, dtype=np.float32).reshape(4, 8))
CAUGHT = {**OF_THE_STUDY, **NEW}


def noted(name: str, forbid: tuple[str, ...], source: str) -> tuple[tuple[str, int | None], ...]:
    """What the layers in the child note."""
    module = load(HEAD + source, "topic")
    assert isinstance(module, LoadedModule), f"{name}: {module}"
    answer = respond(module.namespace, Question("f", (X,), forbid=forbid))
    assert isinstance(answer, Returned), f"{name}: {answer}"
    return answer.observed.forbidden


def layers_of(name: str, forbid: tuple[str, ...], source: str) -> tuple[str, ...]:
    """The layers that notice, each tried alone."""
    found = []
    for layer in LAYERS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(responding, "Watch", lambda forbid, file, layer=layer: Watch(forbid, file, (layer,)))
            found += [layer] if noted(name, forbid, source) else []
    return (*found, "source") if forbidden_in(HEAD + source, "f", forbid) else tuple(found)


@pytest.mark.parametrize("name", CAUGHT)
def test_a_route_to_what_is_forbidden_is_found(name: str) -> None:
    """By a layer in the child, or in the source; and the line is one of the student's."""
    if name == "SciPy":
        pytest.importorskip("scipy", reason="SciPy is not installed")
    forbid, source = CAUGHT[name]
    found = [*noted(name, forbid, source), *filter(None, [forbidden_in(HEAD + source, "f", forbid)])]
    assert found, "nobody noticed"
    assert all(line is not None and HEAD.count("\n") < line <= (HEAD + source).count("\n") + 1 for _, line in found)


def test_scipy_is_found_where_it_is_not_installed() -> None:
    """Its name in the source is enough."""
    forbid, source = CAUGHT["SciPy"]
    assert forbidden_in(HEAD + source, "f", forbid) == ("softmax", 6)


@pytest.mark.parametrize("name", HONEST)
def test_honest_code_is_left_alone(name: str) -> None:
    """Own functions of such a name, texts, and what looks alike."""
    forbid, source = HONEST[name]
    assert noted(name, forbid, source) == ()
    assert forbidden_in(HEAD + source, "f", forbid) is None


@pytest.mark.parametrize("name", ESCAPES)
def test_known_escapes_are_still_escapes(name: str) -> None:
    """docs/rules.md lists them. One that is caught some day belongs with the others."""
    forbid, source = ESCAPES[name]
    assert noted(name, forbid, source) == ()
    assert forbidden_in(HEAD + source, "f", forbid) is None


def test_no_layer_alone_is_enough() -> None:
    """Each of the four misses a route, and each but the look at the source finds one that nothing else finds."""
    seen = {name: set(layers_of(name, *CAUGHT[name])) for name in CAUGHT if name != "SciPy"}
    for layer in (*LAYERS, "source"):
        assert any(layer not in layers for layers in seen.values()), layer
    for layer in LAYERS:
        assert {layer} in seen.values(), layer


@pytest.mark.parametrize("topic", sorted({id.partition(".")[0] for id in page_ids()}))
def test_no_reference_is_flagged_in_its_source(topic: str) -> None:
    """A whole topic, solved with the references, mentions nothing that is forbidden."""
    source = solved(topic)
    for id in page_ids():
        if id.startswith(f"{topic}."):
            assert forbidden_in(source, id.partition(".")[2], page(id).exercise.forbid) is None, id


@pytest.mark.parametrize("id", [id for id in page_ids() if page(id).exercise.forbid])
def test_no_alternative_is_flagged_in_its_source(id: str) -> None:
    """In the place of the reference an alternative mentions nothing that is forbidden either."""
    topic, name = id.split(".")
    for alternative in page(id).alternatives.values():
        source = solved(topic, **{name: alternative})
        assert forbidden_in(source, name, page(id).exercise.forbid) is None, alternative.__name__


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("torch.nn.functional.log_softmax", "LogSoftmax"),
        ("aten::_softmax", "torch.special.softmax"),
        ("torch.Tensor.softmax_", "special_softmax"),
        ("native_layer_norm", "aten::native_layer_norm"),
    ],
)
def test_one_function_has_one_name(name: str, same: str) -> None:
    """However a library spells it."""
    assert canonical(name) == canonical(same)


def test_what_contains_it_is_forbidden_too() -> None:
    """Ready-made attention has a softmax inside; a sigmoid has not."""
    assert canonical("torch.nn.functional.scaled_dot_product_attention") in all_names(("softmax",))
    assert canonical("torch.sigmoid") not in all_names(("softmax",))


def test_autograd_that_a_driver_sets_to_work_is_not_the_students() -> None:
    """A backward method of the student's own may be called by autograd."""
    source = (
        "class A(torch.autograd.Function):\n    @staticmethod\n    def forward(c, X):\n        return X * 1\n"
        "    @staticmethod\n    def backward(c, g):\n        return 2 * g\ndef f(X):\n    return A.apply(X)"
    )
    driver = "def drive(f, X):\n    X.requires_grad_()\n    f(X).sum().backward()\n    return X.grad"
    module = load(HEAD + source, "topic")
    assert isinstance(module, LoadedModule)
    answer = respond(module.namespace, Question("f", (X,), driver=driver, forbid=("autograd",)))
    assert isinstance(answer, Returned)
    assert answer.observed.forbidden == ()


def test_the_message_names_file_line_and_reason() -> None:
    """What, where, and why."""
    key = replace(exercise_key("softmax.softmax"), forbid_reason="Write the three steps yourself.")
    source = "import torch\n\n\ndef softmax(X, dim):\n    return torch.softmax(X, dim)\n"
    module = load(source, "softmax")
    assert isinstance(module, LoadedModule)
    result = judged(key, source, [respond(module.namespace, question) for question in key.questions])
    (check,) = [each for each in result.checks if each.name == "allowed_functions"]
    where = "softmax is not allowed here (softmax.py:5): Write the three steps yourself."
    assert re.fullmatch(rf"{re.escape(where)} It costs 0\.\d+ points\.", explanation(check))


def counts(source: str, runs: int = 3) -> list[tuple[int, int]]:
    module = load(HEAD + source, "topic")
    assert isinstance(module, LoadedModule)
    found = []
    for _ in range(runs):
        answer = respond(module.namespace, Question("f", (X,), count=True))
        assert isinstance(answer, Returned)
        found.append((answer.observed.operators, answer.observed.opcodes))
    return found


COUNTED = {
    "vectorised": "def f(X):\n    e = (X - X.amax(-1, keepdim=True)).exp()\n    return e / e.sum(-1, keepdim=True)",
    "row by row": "def f(X):\n    return torch.stack([row.exp() / row.exp().sum() for row in X])",
    "a hash table": "def f(X):\n    seen = {str(i): row for i, row in enumerate(X)}\n    return torch.stack([seen[k] for k in sorted(set(seen))])",
    "random": "def f(X):\n    return X * (torch.rand_like(X) > 0.5)",
    "a gradient": "def f(X):\n    Z = X.clone().requires_grad_()\n    (Z ** 3).sum().backward()\n    return Z.grad",
    "a module": "m = nn.Linear(8, 2)\ndef f(X):\n    return m(X)",
}


@pytest.mark.parametrize("name", COUNTED)
def test_counts_are_the_same_on_every_run(name: str) -> None:
    """Operators and opcodes are counted, not timed: no run differs from another."""
    first, *others = counts(COUNTED[name])
    assert first[0] > 0
    assert first[1] > 0
    assert others == [first] * len(others)


@pytest.mark.parametrize("id", [id for id in page_ids() if page(id).batches])
def test_counts_of_references_are_the_same_on_every_run(id: str) -> None:
    """With the arguments of the course."""
    for entry, first in (
        pair for name, draw in page(id).batches.items() for pair in _of_batch(page(id), name, draw, 1)
    ):
        question = replace(entry.question, driver=page(id).driver)
        others = [asker(page(id), page(id).reference)(question) for _ in range(2)]
        assert isinstance(first, Returned)
        assert [each.observed for each in others if isinstance(each, Returned)] == [first.observed] * 2


def test_counting_leaves_no_trace() -> None:
    """The hooks are gone afterwards."""
    counts(COUNTED["vectorised"])
    assert sys.gettrace() is None or not isinstance(getattr(sys.gettrace(), "__self__", None), OperationCounter)
    assert sys.getprofile() is None
