"""A wrong answer beside the truth: which part is shown, what is marked, where all mistakes lie."""

from __future__ import annotations

import math

import numpy as np
import pytest

from grader.judging.answer_window import window_of
from grader.judging.compare import compare_value
from grader.judging.findings import Finding
from grader.model.answer_window import AnswerWindow, window_from_json, window_to_json
from grader.model.keys.key import Entry, Expected
from grader.model.question import Question
from grader.model.result import Verdict
from grader.model.value import Array


def finding(truth: np.ndarray, got: np.ndarray, budget: float = 1e-4) -> Finding:
    expected = Expected("value", "tensor", "float32", truth.shape, Array.of(truth), budget)
    mismatch = compare_value(expected, Array.of(got))
    entry = Entry("case", "case", True, "value", None, Question("f"), (expected,))
    return Finding("case", entry, Verdict.WRONG, "value", mismatch, got=Array.of(got))


def window(truth: object, got: object) -> AnswerWindow:
    seen = window_of(finding(np.array(truth, np.float32), np.array(got, np.float32)))
    assert seen is not None
    return seen


def test_small_answers_are_shown_whole() -> None:
    """Each number stands where it is in the answer, and what is wrong is marked."""
    seen = window([[1, 2, 3], [4, 5, 6]], [[1, 2, 3], [4, 50, 6]])
    assert (seen.shape, seen.first, seen.vector) == ((2, 3), (0, 0), False)
    assert seen.expected == ((1, 2, 3), (4, 5, 6)) and seen.got == ((1, 2, 3), (4, 50, 6))
    assert seen.wrong == ((False, False, False), (False, True, False))


def test_a_vector_is_one_row() -> None:
    """An answer with one axis has entries and no rows."""
    seen = window([1, 2, 3], [1, 2, 4])
    assert (seen.vector, seen.shape, seen.wrong) == (True, (1, 3), ((False, False, True),))


@pytest.mark.parametrize(
    ("place", "first"), [((0, 0), (0, 0)), ((5, 5), (0, 0)), ((19, 29), (14, 24)), ((7, 3), (4, 0)), ((2, 15), (0, 12))]
)
def test_of_a_large_answer_the_part_around_the_worst_entry_is_shown(
    place: tuple[int, int], first: tuple[int, int]
) -> None:
    """Six rows and columns at most, at the front if the worst entry lies there."""
    truth = np.arange(600, dtype=np.float32).reshape(20, 30)
    got = truth.copy()
    got[place] = -1000
    seen = window(truth, got)
    assert seen.first == first
    assert (len(seen.got), len(seen.got[0])) == (6, 6)
    assert seen.wrong[place[0] - first[0]][place[1] - first[1]]
    assert sum(map(sum, seen.wrong)) == 1


EYE = np.eye(3)


@pytest.mark.parametrize(
    ("off", "region", "place"),
    [
        ([[0, 0, 0], [1, 1, 1], [0, 0, 0]], "row", 1),
        ([[0, 0, 1], [0, 0, 1], [0, 0, 1]], "column", 2),
        (EYE, "diagonal", 0),
        (1 - EYE, "off_diagonal", 0),
        ([[0, 0, 0], [1, 0, 1], [0, 0, 0]], "", 0),
        (np.ones((3, 3)), "", 0),
        (np.ones((1, 3)), "", 0),
        ([1, 0, 0], "", 0),
    ],
)
def test_where_all_mistakes_lie(off: object, region: str, place: int) -> None:
    """A whole row, a whole column or a diagonal is named, and nothing that could be chance."""
    wrong = np.array(off, np.float32)
    seen = window(np.ones_like(wrong), 1 + wrong)
    assert (seen.region, seen.place) == (region, place)


@pytest.mark.parametrize(
    ("truth", "got"),
    [
        (np.ones((2, 2, 2)), np.zeros((2, 2, 2))),
        (np.float32(1), np.float32(2)),
        (np.ones(1), np.zeros(1)),
        (np.ones(3), np.ones(4)),
        (np.full(3, 1 / 3), np.float32(np.full(3, 1 / 3 + 1e-6))),
    ],
)
def test_nothing_is_shown_where_nothing_can_be_seen(truth: np.ndarray, got: np.ndarray) -> None:
    """Three axes, one number, another shape, and a difference that four digits do not show."""
    assert window_of(finding(np.asarray(truth), np.asarray(got), budget=1e-9)) is None


def test_a_window_survives_json() -> None:
    """NaN and infinities too, of which JSON knows nothing."""
    seen = window([[1, 2], [3, 4]], [[math.nan, 2], [math.inf, -math.inf]])
    node = window_to_json(seen)
    assert node["got"] == [["nan", 2.0], ["inf", "-inf"]]
    again = window_from_json(node)
    assert window_to_json(again) == node
    assert again.wrong == seen.wrong


@pytest.mark.parametrize("node", [{}, {"shape": 3}, [], None, {"vector": True, "shape": [1, 2, 3], "first": [0, 0]}])
def test_what_is_no_window_is_refused(node: object) -> None:
    with pytest.raises(ValueError, match=r"a window lacks something|values to unpack"):
        window_from_json(node)
