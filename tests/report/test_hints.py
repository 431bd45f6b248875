"""What there is to ask for beyond what a check says."""

from __future__ import annotations

from grader.model.fact import Fact
from grader.model.result import Hint, Verdict
from grader.report.explanation import sentence
from grader.report.hints import explained_failures, has_a_sentence_of_its_own, hint_steps
from tests.helpers.results import check, exercise


def _failed(fact: Fact, *hints: Hint):
    return exercise(verdict=Verdict.WRONG, checks=(check(verdict=Verdict.WRONG, fact=fact),), hints=hints)


def test_a_mistake_has_its_line_then_its_name() -> None:
    """Without the name nobody could ask for it to be explained."""
    hint = Hint("overflowing", "Large scores overflow.", "Subtract the maximum.", ("a_case",))
    steps = hint_steps(_failed(Fact("value", expected=1.0, got=2.0), hint), {})
    assert steps == ("Subtract the maximum.", "In numbers: d2l-check explain softmax.softmax.overflowing")


def test_a_loop_is_answered_by_what_replaces_it() -> None:
    """Whoever has written one does not know yet how to do without it."""
    (step,) = hint_steps(_failed(Fact("growth", law="operators", expected=25, got=385)), {})
    assert "P[torch.arange(n), y]" in step


def test_what_says_the_repair_is_no_unknown_mistake() -> None:
    """ "No mistake that is known here fits" would deny the sentence above it."""
    assert has_a_sentence_of_its_own(_failed(Fact("growth", law="operators", expected=25, got=385)))
    assert has_a_sentence_of_its_own(_failed(Fact("raised", cause="sizes")))
    assert not has_a_sentence_of_its_own(_failed(Fact("value", expected=1.0, got=2.0)))


def test_a_key_that_nobody_asked_for_is_named() -> None:
    """A count alone does not say which of several names is too much."""
    fact = Fact("extra", name="['square']", expected=1, got=4)
    assert sentence(fact) == "expected 1 value, got 4: nobody asked for 'square'"
    assert sentence(Fact("extra", name="[2]", expected=2, got=3)) == "expected 2 values, got 3"


def test_a_hint_stands_under_what_it_alone_explains() -> None:
    """Where two mistakes show in a case, the words about one of them would stand under what the other has done."""
    checks = tuple(check(name, Verdict.WRONG) for name in ("both", "large", "small"))
    hints = (Hint("overflows", "It overflows.", "", ("both", "large")), Hint("axis", "Axis.", "", ("both", "small")))
    wrong = exercise(verdict=Verdict.WRONG, checks=checks, hints=hints)
    assert [shown and shown.name for shown, _ in explained_failures(wrong)] == ["large", "small"]
    same = (hints[0], Hint("cancels", "It cancels.", "", ("large", "both")))
    wrong = exercise(verdict=Verdict.WRONG, checks=checks, hints=same)
    assert [shown and shown.name for shown, _ in explained_failures(wrong)] == ["both", "large"]
