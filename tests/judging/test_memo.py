"""What most of a class answers is read and judged once, and nobody gets the marks of another's answers."""

from __future__ import annotations

import io
from collections.abc import Hashable

import numpy as np
import pytest

from grader.judging.memo import KEPT, MOST_BYTES, remembering
from grader.model.identity import Same
from grader.model.keys.key import ExerciseKey
from grader.model.question import Answer, Failed, Returned
from grader.model.result import Verdict
from grader.model.value import Array
from grader.sandbox.protocol.messages import SMALL, Reply, encode_reply, read_reply
from tests.helpers.keys import exercise_key


def arrived(answer: Answer, place: int = 0) -> Answer | None:
    """An answer as it comes out of the wire."""
    return read_reply(io.BytesIO(encode_reply(Reply(1, place, answer))).read, 1 << 24).answer


def numbers(size: int) -> Returned:
    return Returned((Array.of(np.arange(float(size))),))


class Judge:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, key: ExerciseKey, answers: tuple[Answer, ...], more: Hashable) -> tuple[object, ...]:
        self.asked += 1
        return key.id, answers, more


@pytest.mark.parametrize("answer", [numbers(3), Returned((1.5, None, "x")), Failed(Verdict.RAISED, ("E",), "no")])
def test_answers_of_the_same_bytes_are_one_object(answer: Answer) -> None:
    """Whoever gave them, and to whichever question: they mean the same."""
    assert arrived(answer) is arrived(answer, place=7) == answer


def test_a_large_answer_is_not_kept() -> None:
    """What a hostile class may fill a worker's memory with is bounded."""
    large = numbers(SMALL)
    assert arrived(large) is not arrived(large)


def test_the_same_answers_are_judged_once() -> None:
    """For the same key, and where whatever else counts is the same."""
    judge, (one, other) = Judge(), (exercise_key("softmax.softmax"), exercise_key("softmax.logsumexp"))
    judged, answer = remembering(judge), arrived(numbers(3))
    assert answer is not None
    assert judged(one, (answer,), "a") == judged(one, (arrived(numbers(3)) or answer,), "a") == (one.id, (answer,), "a")
    assert judge.asked == 1
    assert judged(other, (answer,), "a")[0] == other.id
    assert judged(one, (answer,), "b")[2] == "b"
    assert judge.asked == 3


@pytest.mark.parametrize("values", [(1, 1.0), (1, True), (0.0, -0.0), (1.0, True)])
def test_equal_values_of_other_kinds_are_told_apart(values: tuple[object, object]) -> None:
    """Python calls them equal; a check of types does not."""
    judge = Judge()
    judged = remembering(judge)
    for value in values:
        answer = arrived(Returned((value,)))
        assert answer is not None
        ((got,),) = (each.values for each in judged(exercise_key("softmax.softmax"), (answer,), "")[1])  # type: ignore[attr-defined]
        assert (type(got), str(got)) == (type(value), str(value))
    assert judge.asked == 2


def test_large_answers_are_judged_anew() -> None:
    """They are not kept in memory for the next one."""
    judge, answer = Judge(), numbers(MOST_BYTES)
    judged = remembering(judge)
    assert judged(exercise_key("softmax.softmax"), (answer,), "") == judged(
        exercise_key("softmax.softmax"), (answer,), ""
    )
    assert judge.asked == 2


def test_only_the_last_are_remembered() -> None:
    """A class of ten thousand needs no more memory than one of a thousand."""
    judge = Judge()
    judged = remembering(judge)
    for number in (*range(KEPT + 1), 0):
        judged(exercise_key("softmax.softmax"), (), number)
    assert judge.asked == KEPT + 2


def test_things_are_the_same_by_identity() -> None:
    """Equal lists are two things, one list is one."""
    one: list[int] = []
    assert Same((one, 1)) == Same((one, 1))
    assert Same((one,)) != Same(([],))
    assert Same((one,)) != Same((one, one))
    assert Same((one,)) != (one,)
