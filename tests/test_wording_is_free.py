"""No sentence is a protocol: whatever the wording says, marks, verdicts, statuses and nbgrader's push stay the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.grading import exercise as exercise_module
from grader.grading.examine import examine
from grader.intake import canvas
from grader.intake import read as read_module
from grader.intake.files import Unreadable
from grader.intake.handed_in import HandedIn, Part
from grader.intake.layout import intake
from grader.intake.notebook import NotANotebook
from grader.intake.submission import Submission
from grader.judging.facts import fact_of
from grader.judging.findings import Finding
from grader.judging.scoring import score, ungraded
from grader.model.earlier_result import told
from grader.model.keys.key import AnswerKey, Check, Entry, ExerciseKey
from grader.model.keys.key_parts import unasked
from grader.model.question import DEVICE_ERROR, Answer, Failed, Question, Returned, unasked_after
from grader.model.result import ExerciseResult, Verdict
from grader.report.explanation import explanation, note_of, sentence
from grader.runner.simulated_device import DeviceError
from grader.sandbox.protocol.codec import decode_answer, encode_answer

OTHER = "quite another sentence"
NO_SANDBOX: Any = None  # what cannot be read is not asked
STOPPED = Failed(Verdict.TIMED_OUT, message="stopped after 3 s")
ENTRIES = tuple(
    Entry(case, case, shown, "value", "float32", Question("f", (float(place),)))
    for place, (case, shown) in enumerate({"one": True, "two": True, "three": False}.items())
)
KEY = ExerciseKey("first.f", 1.0, ("x",), tuple(Check(e.case, "value", 1.0, e.shown) for e in ENTRIES), ENTRIES)


def marks(result: ExerciseResult) -> tuple[object, ...]:
    return result.points, result.verdict, result.source, [check.verdict for check in result.checks]


def scored(*answers: Failed) -> ExerciseResult:
    found = [Finding(e.check, e, a.verdict, failed=a) for e, a in zip(ENTRIES, answers, strict=True)]
    return score(KEY, found)


def test_what_was_not_asked_is_told_by_a_field() -> None:
    """Neither which failure is told, nor how, nor whether hidden questions are asked hangs on "not asked"."""
    after = unasked_after(STOPPED)
    assert not after.asked and unasked_after(after) == after
    for said in (after, replace(after, message=OTHER)):
        (rest,) = unasked(KEY, [STOPPED, said]) or ()
        assert rest == said
        assert marks(scored(STOPPED, said, said)) == marks(scored(STOPPED, after, after))
        assert fact_of(KEY, Finding("two", ENTRIES[1], said.verdict, failed=said)).kind == "not_asked"


@pytest.mark.parametrize("message", ["not asked: by my own word", OTHER])
def test_a_child_cannot_say_that_it_was_not_asked(message: str) -> None:
    """The field does not travel, and the words alone do nothing: the questions behind such an answer are asked."""
    sent = Failed(Verdict.RAISED, ("E",), message, asked=False)
    tree = encode_answer(sent, [])
    assert "asked" not in tree
    received = decode_answer({**tree, "asked": False}, [])
    assert received == replace(sent, asked=True)
    assert unasked(KEY, [Returned((0.0,)), received]) is None


def test_the_simulated_devices_error_is_known_by_its_class() -> None:
    """What it says stands alone, whatever that is."""
    assert DeviceError.__name__ == DEVICE_ERROR
    failed = Failed(Verdict.RAISED, (DEVICE_ERROR, "RuntimeError"), OTHER, 3)
    assert sentence(fact_of(KEY, Finding("one", ENTRIES[0], Verdict.RAISED, failed=failed))) == OTHER


def test_who_is_late_is_told_by_a_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Canvas's mark in the name counts, not what is said of it; of several parts one late one is enough."""
    for name in ("ada_LATE_1_10_softmax.py", "bob_2_20_softmax.py", "bob_LATE_2_21_sgd.py", "eve_3_30_softmax.py"):
        (tmp_path / name).write_text("")
    late = intake(tmp_path, "canvas").late
    assert [student.partition("_")[0] for student in late] == ["ada", "bob"]
    monkeypatch.setattr(canvas, "LATE", OTHER)
    assert intake(tmp_path, "canvas").late == late


def reworded(function: Callable[..., object]) -> Callable[..., object]:
    """`ungraded`, with another sentence."""
    return lambda key, verdict, fact, *rest: function(key, verdict, told(OTHER), *rest)


@pytest.mark.parametrize("answers", [[Failed(Verdict.MISSING)] * 3, [Failed(Verdict.RAISED, ("E",), "no")] * 3])
def test_an_exercises_marks_do_not_hang_on_its_note(answers: list[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is said once what became of all its questions."""
    before = exercise_module.judged(KEY, "x = 1", answers)
    monkeypatch.setattr(exercise_module, "ungraded", reworded(ungraded))
    after = exercise_module.judged(KEY, "x = 1", answers)
    assert OTHER in (note_of(after), explanation(after.checks[0]))
    assert marks(after) == marks(before)


def test_what_was_handed_in_is_told_by_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook that is none, a module that is none, nothing of the topics, and that beside something refused."""
    for name in ("a/first.ipynb", "b/first.py", "c/other.py", "d/other.py", "e/first (2).ipynb"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"x = 1" if "other" in name else b"\0{")

    def told() -> list[tuple[bool, bool, frozenset[str]]]:
        parts = [(Part(tmp_path / "a"),), (Part(tmp_path / "b"),), (Part(tmp_path / "c"),), (Part(tmp_path / "e"),)]
        read = [read_module.read_handed_in(HandedIn("ada", each), {"first": ()}) for each in parts]
        read.append(read_module.read_handed_in(HandedIn("d", (Part(tmp_path / "d"),), notes=("late",)), {"first": ()}))
        return [(each.absent, each.empty, frozenset(each.problems)) for each in read]

    none, first = frozenset[str](), frozenset({"first"})
    before = [(False, False, first), (False, False, first), (False, True, none), (False, False, first)]
    assert told() == [*before, (False, False, none)]
    for error in (NotANotebook, Unreadable):
        monkeypatch.setattr(error, "__str__", lambda _: OTHER)
    assert told() == [*before, (False, False, none)]


def test_a_submission_that_is_not_graded_says_so_in_fields() -> None:
    """Status, and whether there was nothing to grade, whatever the reason is called."""
    for absent, empty, status in ((True, False, "absent"), (False, True, "not_graded"), (False, False, "not_graded")):
        submission = Submission("ada", {}, problem=OTHER, absent=absent, empty=empty)
        result = examine(AnswerKey("c", "C", 1, (KEY,)), submission, NO_SANDBOX)
        assert (result.status, result.empty, result.reason) == (status, empty, OTHER)
