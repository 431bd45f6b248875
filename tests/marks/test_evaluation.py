"""Marks from policies and histories: each rule by itself, and the order in which they hold."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from grader.marks.evaluation import mark_of
from grader.marks.events import (
    Adjusted,
    Body,
    Commented,
    Earned,
    Excused,
    Extended,
    PolicySet,
    Received,
    RunBegun,
    Undone,
    Withdrawn,
    WorkGraded,
)
from grader.marks.history import assigned, history, policy_of
from grader.marks.lateness import HandInTime
from grader.marks.policy import LatePolicy, Policy
from grader.marks.term import free_days_left
from grader.model.mark import Mark
from tests.helpers.log_events import DAY, DUE, HOUR, TENTH_A_DAY, handed_in, log, policy

ON_TIME = -HOUR


def mark(rules: Policy, *bodies: Body, free_days: int | None = 0) -> Mark:
    return mark_of(rules, history(log(*bodies)), free_days)


def points(rules: Policy, *bodies: Body, free_days: int | None = 0) -> str:
    """The total, as it is written."""
    found = mark(rules, *bodies, free_days=free_days).points
    return "open" if found is None else f"{found.normalize():f}"


def test_weights_scale_what_the_page_gives() -> None:
    """Half of an exercise that counts 5 is 2.5; what counts nothing adds nothing."""
    found = mark(policy(5, 0, 1), *handed_in(ON_TIME, 0.5, 1, 1))
    assert (found.points, found.most) == (Decimal("3.5"), Decimal(6))


def test_a_total_is_the_sum_of_what_is_shown() -> None:
    """Each exercise is rounded, and the sum is not: three thirds shown as 0.3333 are 0.9999."""
    thirds = {f"t.{letter}": Earned(1.0, 3.0) for letter in "abc"}
    found = mark(policy(1, 1, 1), Received("1", HandInTime(DUE)), WorkGraded("graded", thirds))
    assert found.points == Decimal("0.9999") == sum(each.points or 0 for each in found.exercises)


def test_lateness_takes_a_share_of_what_was_earned() -> None:
    """Two days begun: a fifth of each exercise; and grace is a policy of its own."""
    rules = policy(2, 2, late=TENTH_A_DAY)
    assert points(rules, *handed_in(DAY + HOUR, 1, 0.5)) == "2.4"
    assert points(policy(2, 2, late=TENTH_A_DAY, grace=2 * DAY), *handed_in(DAY + HOUR, 1, 0.5)) == "3"
    assert points(policy(2, 2), *handed_in(DAY + HOUR, 1, 0.5)) == "3"


def test_an_extension_granted_later_undoes_the_penalty() -> None:
    """Whenever it was granted; taken back, the penalty is there again; of two the later deadline counts."""
    rules = policy(2, late=TENTH_A_DAY)
    late = handed_in(3 * DAY, 1)
    assert points(rules, *late) == "1.4"
    assert points(rules, *late, Extended(DUE + 2 * DAY)) == "1.8"
    assert points(rules, *late, Extended(DUE + 2 * DAY), Extended(DUE + 3 * DAY, "hw1.toml")) == "2"
    assert points(rules, *late, Extended(DUE + 3 * DAY), Undone(3)) == "1.4"
    assert points(rules, *late, Extended(DUE + 3 * DAY), Extended(None)) == "1.4"
    assert points(rules, *late, Extended(DUE + 3 * DAY), Extended(DUE + 2 * DAY)) == "1.8"
    assert points(rules, *late, Extended(DUE - 3 * DAY)) == "1.4", "nobody's deadline is earlier than the class's"


def test_last_or_best() -> None:
    """The best is what is left after lateness, exercise by exercise; of equals the first."""
    two = (*handed_in(ON_TIME, 0.8, 0.5), *handed_in(3 * DAY, 1, 1, digest="2"))
    assert points(policy(2, 2, late=TENTH_A_DAY), *two) == "2.8"
    best = mark(policy(2, 2, late=TENTH_A_DAY, counting="best"), *two)
    assert [(each.points, each.attempt, each.loss) for each in best.exercises] == [
        (Decimal("1.6"), 1, 0), (Decimal("1.4"), 2, Fraction(3, 10)),
    ]  # fmt: skip
    assert best.points == Decimal(3)


def test_attempts_beyond_the_limit_do_not_count() -> None:
    """They are said; the same work seen again is no attempt, and its time is what was learnt last."""
    three = [event for number in (1, 2, 3) for event in handed_in(ON_TIME, number / 4, digest=str(number))]
    found = mark(policy(4, limit=2), *three)
    assert (found.points, found.attempts, found.ignored) == (Decimal(2), 3, 1)
    again = [Received("3", HandInTime(DUE + DAY))]
    assert mark(policy(4, limit=3, late=TENTH_A_DAY), *three, *again).attempts == 3
    assert points(policy(4, limit=3, late=TENTH_A_DAY), *three, *again) == "2.7"


def test_a_fault_beyond_the_limit_opens_nothing() -> None:
    """What does not count need not be read."""
    unread = Received("2", HandInTime(DUE)), WorkGraded("not_graded")
    assert points(policy(2, limit=1), *handed_in(ON_TIME, 1), *unread) == "2"
    assert points(policy(2), *handed_in(ON_TIME, 1), *unread) == "open"
    assert points(policy(2, counting="best"), *handed_in(ON_TIME, 1), *unread) == "open"


def test_a_fault_of_ours_takes_nothing_and_is_open() -> None:
    """Neither zero nor forgotten: graded again, the mark is back, without another attempt."""
    fault = WorkGraded("not_graded")
    assert points(policy(2), *handed_in(ON_TIME, 1), fault) == "open"
    back = mark(policy(2), *handed_in(ON_TIME, 1), fault, *handed_in(ON_TIME, 1))
    assert (back.points, back.attempts) == (Decimal(2), 1)
    assert mark(policy(2, 2), *handed_in(ON_TIME, 1, None)).open == ("ungraded",)


def test_a_regrade_changes_its_exercise_alone() -> None:
    """The last attempt gets the new points, the ones before it keep theirs."""
    two = (*handed_in(ON_TIME, 1, 0.5), *handed_in(ON_TIME, 0.25, 0.5, digest="2"))
    again = WorkGraded("graded", {"t.a": Earned(1.5, 2.0)}, partial=True)
    assert points(policy(2, 2), *two, again) == "2.5"
    assert points(policy(2, 2, counting="best"), *two, again) == "3"


def test_points_of_a_person_survive_a_regrade_and_say_so() -> None:
    """They take the place of what the checks give; what was under them is compared with what is."""
    given = Adjusted("t.a", "1.5", automatic="0.5000")
    rules, work = policy(2, 2), handed_in(ON_TIME, 0.25, 1)
    first = mark(rules, *work, given).exercises[0]
    assert (first.points, first.automatic) == (Decimal("1.5"), Decimal("0.5"))
    assert not first.adjustments[0].is_outdated
    after = mark(rules, *work, given, WorkGraded("graded", {"t.a": Earned(2.0, 2.0)}, partial=True))
    assert after.points == Decimal("3.5")
    assert after.exercises[0].adjustments[0].is_outdated
    assert after.exercises[0].adjustments[0].now == 2


def test_added_points_add_up_and_are_late_too() -> None:
    """A person judges the work, the policy its lateness; nothing falls below zero; undone, they are gone."""
    rules, late = policy(2, late=TENTH_A_DAY), handed_in(DAY, 0.5)
    more = Adjusted("t.a", "0.5", relative=True)
    assert points(rules, *late, more) == "1.35"
    assert points(rules, *late, more, more) == "1.8"
    assert points(rules, *late, more, more, Undone(3)) == "1.35"
    assert points(rules, *late, Adjusted("t.a", "-9", relative=True)) == "0"
    assert points(rules, *late, Adjusted("t.a", "2"), Extended(DUE + DAY)) == "2"


def test_the_last_word_is_on_the_whole() -> None:
    """Points for the assignment hold after lateness, and give a mark where there was none."""
    rules = policy(2, late=TENTH_A_DAY)
    assert points(rules, *handed_in(DAY, 1), Adjusted(None, "2")) == "2"
    assert points(rules, *handed_in(DAY, 1), Adjusted(None, "0.5", relative=True)) == "2.3"
    on_paper = mark(rules, WorkGraded("absent"), Adjusted(None, "1.25"))
    assert (on_paper.points, on_paper.open) == (Decimal("1.25"), ())
    assert points(rules, WorkGraded("absent"), Adjusted(None, "1", relative=True)) == "open", (
        "nothing and one is not known"
    )


def test_points_for_each_exercise_are_a_mark_too() -> None:
    """Whoever handed in on paper and is given points for all of it."""
    absent = WorkGraded("absent")
    assert points(policy(2, 2), absent, Adjusted("t.a", "1")) == "open"
    assert points(policy(2, 2), absent, Adjusted("t.a", "1"), Adjusted("t.b", "2")) == "3"


def test_who_is_excused_has_neither_zero_nor_maximum() -> None:
    """An exercise leaves the maximum; the whole assignment has no mark, and is not open."""
    work = handed_in(ON_TIME, 1, 0.5)
    one = mark(policy(2, 3), *work, Excused("t.b"))
    assert (one.points, one.most) == (Decimal(2), Decimal(2))
    assert one.exercises[1].comments[0].text == "why"
    everything = mark(policy(2, 3), *work, Excused(None))
    assert (everything.points, everything.excused, everything.open) == (None, True, ())


def test_the_lowest_share_is_dropped() -> None:
    """A share, not points; extra credit is never dropped and adds to no maximum; while one is open nothing is."""
    rules = policy(10, 1, 4, drop_lowest=1)
    found = mark(rules, *handed_in(ON_TIME, 0.5, 0.6, 1))
    assert [each.dropped for each in found.exercises] == [True, False, False]
    assert (found.points, found.most) == (Decimal("4.6"), Decimal(5))
    assert points(rules, *handed_in(ON_TIME, 0.5, None, 1)) == "open"


def test_extra_credit_is_on_top() -> None:
    rules = policy(2, 2)
    extra = Policy("hw1", "", (rules.exercises[0], type(rules.exercises[1])("t.b", Fraction(2), extra=True)))
    found = mark(extra, *handed_in(ON_TIME, 1, 0.5))
    assert (found.points, found.most) == (Decimal(3), Decimal(2))


def test_a_time_that_nobody_knows_makes_no_mark() -> None:
    """Where lateness would cost something; a deadline alone costs nothing, and so needs no time."""
    rules = policy(2, late=TENTH_A_DAY)
    assert mark(rules, *handed_in(None, 1)).open == ("time_unknown",)
    said = [Received("1", HandInTime(late=True, source="canvas")), *handed_in(None, 1)[1:]]
    assert mark(rules, *said).open == ("late_by_unknown",)
    assert points(rules, Received("1", HandInTime(late=False, source="canvas")), *handed_in(None, 1)[1:]) == "2"
    assert points(policy(2), *handed_in(None, 1)) == "2"
    assert points(rules, *handed_in(None, 1), Received("1", HandInTime(DUE))) == "2", "and then it was learnt"


def test_the_best_is_known_where_the_others_cannot_be_better() -> None:
    """Of an attempt with an unknown time it is known that it is worth no more than all of its points."""
    rules = policy(2, late=TENTH_A_DAY, counting="best")
    assert points(rules, *handed_in(ON_TIME, 1), *handed_in(None, 1, digest="2")) == "2"
    assert points(rules, *handed_in(ON_TIME, 0.5), *handed_in(None, 1, digest="2")) == "open"


def test_what_is_gone_has_no_mark_until_it_is_back() -> None:
    work = handed_in(ON_TIME, 1)
    assert mark(policy(2), *work, Withdrawn()).open == ("withdrawn",)
    assert points(policy(2), *work, Withdrawn(), Withdrawn(back=True)) == "2"
    assert mark(policy(2)).open == mark(policy(2), WorkGraded("absent")).open == ("nothing",)


FREE = LatePolicy(DAY, Fraction(1, 10), Fraction(1, 2), free_days=3)


def test_free_days_are_taken_in_the_order_of_deadlines() -> None:
    """The first assignment takes two of three, the second the last one and pays for the rest, the third pays all."""
    hw1, hw2, hw3 = (policy(2, late=FREE, due=DUE + 7 * week * DAY) for week in (0, 1, 2))
    named = [(each, f"hw{number}") for number, each in enumerate((hw1, hw2, hw3), 1)]
    rules = [Policy(name, "", each.exercises, due=each.due, late=FREE) for each, name in named]
    pasts = [
        history(log(Received("1", HandInTime(rule.due + late)), WorkGraded("graded", {"t.a": Earned(2.0, 2.0)})))
        for rule, late in zip(rules, (DAY + HOUR, 2 * DAY, HOUR), strict=True)
        if rule.due
    ]
    sat = list(zip(rules, pasts, strict=True))
    left = [free_days_left(rule, [each for each in reversed(sat) if each[0] is not rule]) for rule in rules]
    assert left == [3, 1, 0]
    marks = [mark_of(rule, past, free) for (rule, past), free in zip(sat, left, strict=True)]
    assert [str(each.points) for each in marks] == ["2.0000", "1.8000", "1.8000"]
    assert [each.handed_in and each.handed_in.free_days for each in marks] == [2, 1, 0]


def test_free_days_that_nobody_can_count_open_the_later_mark() -> None:
    """Only of whom needs some: on time, it does not matter how many are left."""
    rules = policy(2, late=FREE)
    assert mark(rules, *handed_in(HOUR, 1), free_days=None).open == ("days_unknown",)
    assert points(rules, *handed_in(ON_TIME, 1), free_days=None) == "2"
    unknown = history(log(*handed_in(None, 1)))
    later = Policy("hw2", "", rules.exercises, due=DUE + 7 * DAY, late=FREE)
    assert free_days_left(later, [(rules, unknown)]) is None
    assert free_days_left(rules, [(later, unknown)]) == 3


def test_without_a_policy_a_mark_is_the_sum_of_the_points() -> None:
    """Of the exercises of the last run, as it always was."""
    known = assigned(log(RunBegun(1, ("t.a", "t.gone")), RunBegun(2, ("t.a", "t.b")), student=None))
    rules = policy_of(known, {"t.a": 2.0, "t.b": 2.0, "t.gone": 7.0})
    found = mark(rules, *handed_in(None, 0.3, 1))
    assert (found.points, found.most) == (Decimal("2.6"), Decimal(4))
    later = assigned(log(RunBegun(1, ("t.a",)), PolicySet(policy(9)), student=None))
    assert policy_of(later, {}) == policy(9)


@pytest.mark.parametrize("share", [1 / 3, 0.1, 2 / 7, 0.123456789, 1 - 1e-9, 1e-300])
def test_numbers_are_exact(share: float) -> None:
    """No step rounds but the last: seven days of a seventh are everything, and a float is what it is."""
    rules = policy(7, late=LatePolicy(DAY, Fraction(1, 7)))
    assert points(rules, *handed_in(7 * DAY, share)) == "0"
    paid = mark(rules, *handed_in(6 * DAY, share)).points
    assert paid == Decimal(round(Fraction(share) * 10**4)) / 10**4


def test_a_comment_changes_nothing() -> None:
    found = mark(policy(2), *handed_in(ON_TIME, 1), Commented("t.a", "Well done."), Commented(None, "See me."))
    assert (found.points, found.comments[0].text) == (Decimal(2), "See me.")
    assert found.exercises[0].comments[0].text == "Well done."


def test_when_it_came_is_told() -> None:
    """Time, the student's own deadline, lateness: what a feedback page shows."""
    told = mark(policy(2, late=FREE), *handed_in(DAY + HOUR, 1), Extended(DUE + HOUR), free_days=3).handed_in
    assert told
    assert (told.late, told.due, told.extended) == (DAY, DUE + HOUR, True)
    assert (told.free_days, told.days_left) == (1, 2)
    assert told.moment == DUE + DAY + timedelta(hours=1)
