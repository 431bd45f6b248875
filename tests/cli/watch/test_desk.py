"""What is asked after a save, what is in focus, and where it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from grader.cli.watch.desk import Desk, code_of
from grader.cli.watch.screen import KEYS, line_of, list_lines, screen
from grader.intake.submission import Submission
from grader.model.keys.key import ExerciseKey
from grader.model.result import ExerciseResult, Hint, Verdict
from tests.helpers.results import check, exercise

EXERCISES = tuple(ExerciseKey(f"t.{name}", 1.0, (), (), ()) for name in ("one", "two", "three"))
SOURCE = "def shared(x):\n    return x\n\ndef one(x):\n    return shared(x)\n\ndef two(x):\n    return x\n\ndef three(x):\n    return shared(x)\n"
STUBS = 'def one(x):\n    """Do the first thing."""\n'


class Class:
    """Answers for a student: which functions are right. Counts what was asked."""

    def __init__(self, *right: str) -> None:
        self.right, self.asked = set(right), list[str]()

    def __call__(self, key: ExerciseKey, here: Submission) -> ExerciseResult:
        self.asked.append(key.function)
        passed = key.function in self.right
        return exercise(key.id, Verdict.PASSED if passed else Verdict.WRONG)


def saved(source: str = SOURCE) -> Submission:
    return Submission("you", {"t": source})


def desk(focus: int = 0) -> Desk:
    return Desk(EXERCISES, code_of(EXERCISES, saved()), focus)


@pytest.mark.parametrize(
    ("change", "focus", "expected"),
    [
        (("def two(x):\n    return x", "def two(x):\n    return 2 * x"), 0, "two"),
        (("def two(x):\n    return x", "def two(x):\n    return 2 * x"), 1, "two"),
        (("def shared(x):\n    return x", "def shared(x):\n    return 2 * x"), 2, "three"),
        (("def shared(x):\n    return x", "def shared(x):\n    return 2 * x"), 1, "one"),
    ],
)
def test_what_was_saved_is_worked_on(change: tuple[str, str], focus: int, expected: str) -> None:
    """The exercise whose code, or what it uses, has changed; the one in focus, if it is among several. Only it is asked."""
    students = Class()
    after = desk(focus).after_a_save(saved(SOURCE.replace(*change)), students)
    assert (students.asked, after.exercise.function) == ([expected], expected)
    assert after.result is not None


def test_a_save_without_a_change_asks_nothing() -> None:
    """A comment, or the same text once more."""
    students = Class()
    after = desk().after_a_save(saved(f"{SOURCE}\n# so far\n"), students)
    assert (students.asked, after.focus) == ([], 0)


def test_it_goes_on_when_it_passes() -> None:
    """To the first behind it that has not passed, with a word for what has; when all pass it stays."""
    students = Class("one", "two", "three")
    changed = saved(SOURCE.replace("return shared(x)", "return shared(x) + 0", 1))
    after = desk().after_a_save(changed, students)
    assert (after.solved, after.exercise.function) == ("t.one", "two")
    done = replace(after, checked={each.id: exercise(each.id) for each in EXERCISES})
    last = done.at(0).after_a_save(saved(SOURCE.replace("return shared(x)", "return 0", 1)), students)
    assert (last.solved, last.exercise.function) == ("t.one", "one")


def test_results_of_other_code_are_forgotten() -> None:
    """What shared code changes is asked again when one comes to it, and nothing else is."""
    students = Class()
    known = desk().with_all(saved(), students)
    now = saved(SOURCE.replace("def shared(x):\n    return x", "def shared(x):\n    return 1"))
    after = known.after_a_save(now, students)
    assert set(after.checked) == {"t.one", "t.two"}
    after.at(1).with_result(now, students)
    after.at(2).with_result(now, students)
    assert students.asked == ["one", "two", "three", "one", "three"]


@pytest.mark.parametrize(("place", "expected"), [(1, "two"), (3, "one"), (-1, "three")])
def test_keys_go_round(place: int, expected: str) -> None:
    """Behind the last exercise comes the first."""
    assert desk().at(place).exercise.function == expected


def lines_of(state: Desk, *steps: str, said: str = "", keys: bool = True) -> Sequence[str]:
    return [line.plain for line in screen(state, STUBS, steps, 60, keys, said)]


def test_the_screen_says_what_to_do_and_what_came_of_it() -> None:
    """The task in a line, the failed case, the idea; the line when it was asked for; the keys."""
    hint = Hint("m", "It is shifted.", "Subtract it.", ("everyday_numbers",))
    wrong = exercise(
        "t.one", Verdict.WRONG, checks=(check(verdict=Verdict.WRONG, detail="expected 1 got 2"),), hints=(hint,)
    )
    state = replace(desk(), checked={"t.one": wrong})
    said = "\n".join(lines_of(state))
    for part in ("t.one   1 of 3, 0 passed", "Do the first thing.", "expected 1 got 2", "It is shifted.", KEYS[:20]):
        assert part in said
    assert "Subtract it." not in said
    assert "Subtract it." in "\n".join(lines_of(state, "Subtract it."))
    assert "Ctrl-C to stop" in "\n".join(lines_of(state, keys=False))


def test_what_passed_on_another_day_is_known() -> None:
    """It counts in the head and in the list, and is not gone to again, until its code changes."""
    known = replace(desk(), remembered=frozenset({"t.two"}))
    assert "1 of 3, 1 passed" in lines_of(known)[0]
    assert [line[2] for line in list_lines(known)] == ["–", "✓", "–"]
    asked = Class("one")
    changed = SOURCE.replace("return shared(x)", "return shared(x) + 1", 1)
    assert known.after_a_save(saved(changed), asked).exercise.function == "three"
    other = known.seeing(saved(SOURCE.replace("def two(x):\n    return x", "def two(x):\n    return 2 * x")))
    assert "0 passed" in lines_of(other)[0]


def test_the_screen_is_no_wider_than_the_terminal() -> None:
    """Keys and answers to them wrap, too."""
    assert max(map(len, lines_of(desk(), said="word " * 40))) <= 60


def test_joy_is_said_in_words() -> None:
    """Whoever passes reads so."""
    assert lines_of(replace(desk(), solved="t.two"))[0].startswith("✓ t.two passes. ")


def test_the_list_has_a_sign_for_each() -> None:
    """Passed, wrong, unknown; and where one is."""
    state = replace(desk(1), checked={"t.one": exercise("t.one"), "t.two": exercise("t.two", Verdict.WRONG)})
    assert list(list_lines(state)) == ["  ✓ t.one", "→ ✗ t.two", "  – t.three"]


def test_an_editor_is_told_the_line() -> None:
    """That of the function; the first one where it is not there."""
    assert (line_of(SOURCE, "two"), line_of(SOURCE, "nowhere")) == (7, 1)
