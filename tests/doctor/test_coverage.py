"""What the doctor says of a domain: what the stub allows beside what is drawn, refusals, answers wrong in one place."""

from __future__ import annotations

import ast
import json
from dataclasses import replace

import pytest

from grader.course.page import Domain
from grader.doctor.conditional import examine_conditional
from grader.doctor.coverage import examine_coverage, is_outside, lines, of_drawing, of_stub, row
from grader.doctor.from_stub import allowed
from grader.keymaking.coverage.covering import Covering, covering
from grader.keymaking.coverage.plan import plan_of
from grader.model.keys.key import Expected
from tests.helpers.course import course, page, page_ids
from tests.helpers.keys import rehearsal

STUB = '''
def f(X: Tensor, dim: int, p: float, keepdim: bool = False, generator: torch.Generator | None = None) -> Tensor:
    """Do something.

    Args:
        X: numbers of any shape and floating dtype; entries may be -inf,
            and sizes may be 0.
        dim: the axis; may be negative.
        p: a probability, 0 <= p <= 1; may be an int.
        keepdim: whether the axis stays.
        generator: the source.
    Returns:
        A tensor of shape (n, d), which may be empty.
    """
'''


def test_what_a_stub_allows_is_read_from_its_words() -> None:
    """Shapes, dtypes, ends of a range, defaults; what is said of the answer is no argument."""
    (stub,) = ast.parse(STUB).body
    assert isinstance(stub, ast.FunctionDef)
    found = set(allowed(stub))
    assert found >= {
        "X has 1 axis", "X has 4 axes", "X is bfloat16", "X has an axis of size 0", "X holds -inf", "dim is negative",
        "p is 0", "p is 1", "p is an int", "keepdim is True", "keepdim is left out", "generator is None",
    }  # fmt: skip
    assert "X has 0 axes" not in found


def test_what_is_allowed_and_never_drawn_is_a_problem() -> None:
    """Unless outside= says why not."""
    softmax, topic = page("softmax.softmax"), course().topic("softmax")
    assert list(of_stub(softmax, topic)) == []
    assert softmax.domain
    narrow = Domain("narrow", lambda draw: (draw.any(2, 3, without="inf"), 1), dtypes=("float32",))
    said = {problem.what for problem in of_stub(replace(softmax, domain=narrow), topic)}
    assert any("X has 4 axes" in each for each in said) and any("dim is negative" in each for each in said)
    excused = replace(narrow, outside={"half precision, float64": "for speed", "dim is negative": "for fun"})
    fewer = {problem.what for problem in of_stub(replace(softmax, domain=excused), topic)}
    assert not any("float" in each or "dim is negative" in each for each in fewer) and fewer < said


@pytest.mark.parametrize(
    ("text", "key", "outside"),
    [
        ("X is float16", "float16", True),
        ("X is float16", "half precision", True),
        ("X is float32", "half precision", False),
        ("X has 0 axes", "inf, 0 axes", True),
        ("X has 0 axes", "axes", True),
        ("p is 1", "p is 1", True),
        ("p is 11", "1", False),
    ],
)
def test_reasons_are_found_by_their_words(text: str, key: str, outside: bool) -> None:
    """A reason may name several things, and a thing by the end of its clause."""
    assert is_outside(text, {key: "why"}) is outside


def test_many_refusals_are_a_problem() -> None:
    """Above a tenth the stub or an alternative is wrong; so is an input that no numbers make."""
    softmax = page("softmax.softmax")
    assert not list(of_drawing(softmax, [Covering(drawn=20, refused=("why",) * 2)]))
    (problem,) = of_drawing(softmax, [Covering(drawn=20, refused=("an alternative fails",) * 3)])
    assert "3 of 20" in problem.what and "an alternative fails" in problem.what
    chosen = plan_of(softmax).chosen[0]
    (problem,) = of_drawing(softmax, [Covering(drawn=20, missing=(chosen,)), Covering(drawn=20, missing=(chosen,))])
    assert chosen.new[0] in problem.what


def test_the_record_is_told_in_lines_and_in_a_row() -> None:
    """Every partition with what covers it; what is outside, and why."""
    softmax = page("softmax.softmax")
    record = examine_coverage(softmax, course().topic("softmax"), covering(softmax, 1))
    told = "\n".join(lines(record))
    assert "X has 2 axes" in told and "everyday_scores" in told and "outside: 0 axes: there is no dim" in told
    assert row(record).startswith("softmax.softmax") and record.problems == ()
    assert json.dumps(dict(record.covered))


@pytest.mark.parametrize("id", ["softmax.softmax", "norms.axis_norm"])
def test_an_answer_that_is_wrong_in_one_place_is_noticed(id: str) -> None:
    """Off by ten budgets, or detached: in every entry that is tried."""
    record = examine_conditional(rehearsal(id))
    assert record.noticed["off"] > 10 and record.problems == ()


def test_an_answer_that_nothing_notices_is_a_problem() -> None:
    """A budget that forgives everything."""
    made = rehearsal("norms.axis_norm")

    def forgiving(expected: Expected) -> Expected:
        return replace(expected, random=True)

    entries = tuple(replace(e, expected=tuple(map(forgiving, e.expected))) for e in made.key.entries)
    record = examine_conditional(replace(made, key=replace(made.key, entries=entries)))
    assert record.problems


@pytest.mark.soak
@pytest.mark.parametrize("id", page_ids())
def test_every_domain_is_sound(id: str) -> None:
    """On 200 seeds hardly any input is refused, and nothing that the stub allows is forgotten."""
    exercise = page(id)
    assert exercise.domain, "the page has no @domain"
    made = [covering(exercise, seed) for seed in range(1, 201)]
    problems = [*of_stub(exercise, course().topic(exercise.topic)), *of_drawing(exercise, made)]
    assert [str(problem) for problem in problems] == []
