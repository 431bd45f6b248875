import pytest

from grader.model.result import Attempts, Hint, Verdict
from grader.report.histogram import histogram
from grader.report.statistics import figures
from grader.report.wording import duration
from tests.helpers.results import a_class, check, exercise, overflowing, submission


def test_marks_of_the_graded_alone_make_the_mean():
    """The absent, the not graded and the unfinished pull no mean down."""
    results = a_class(
        submission("full", exercise()),
        submission("half", exercise(verdict=Verdict.WRONG, points=1.0)),
        submission("none", exercise(verdict=Verdict.MISSING)),
        submission("ours", exercise(verdict=Verdict.NOT_GRADED)),
        submission("gone", status="absent", reason="no folder"),
        submission("huge", status="not_graded", reason="too large"),
    )
    told = figures(results)
    counted = told.overview
    assert (counted.students, counted.graded, counted.not_graded, counted.absent) == (6, 4, 1, 1)
    assert (counted.marks, counted.mean, counted.median, counted.full_marks) == ((100, 50, 0), 50, 50, 1)
    assert [(each.student, each.why) for each in told.unfinished] == [
        ("ours", "not graded: softmax.softmax"), ("gone", "no folder"), ("huge", "too large"),
    ]  # fmt: skip


def test_an_empty_class_has_no_mean():
    """Nobody is no reason to divide by zero."""
    counted = figures(a_class()).overview
    assert (counted.students, counted.mean, counted.median, counted.max_points) == (0, None, None, None)


def test_exercises_in_book_order_by_outcome():
    """Six outcomes a reader tells apart; what we failed at counts for no one."""
    verdicts = [Verdict.PASSED, Verdict.WRONG, Verdict.RAISED, Verdict.DIED, Verdict.MISSING, Verdict.NOT_GRADED]
    students = [submission(v.value, exercise("z.last", v), exercise("a.first")) for v in verdicts]
    students += [submission("part", exercise("z.last", Verdict.WRONG, points=0.5))]
    [last, first] = figures(a_class(*students)).rates
    assert (last.id, first.id) == ("z.last", "a.first")
    assert last.outcomes == {"passed": 1, "wrong": 2, "broke": 1, "missing": 1, "not_graded": 1, "partly": 1}
    assert (last.graded, last.passed) == (6, pytest.approx(1 / 6))


def test_a_check_is_rated_by_those_who_wrote_the_exercise():
    """A stub says nothing about a check."""
    both = (check("a"), check("b", Verdict.WRONG))
    results = a_class(
        submission("ada", exercise(verdict=Verdict.WRONG, checks=both)),
        submission("bob", exercise(checks=(check("a"), check("b")))),
        submission("eve", exercise(verdict=Verdict.MISSING, checks=(check("a", Verdict.MISSING),))),
    )
    assert [(rate.check.name, rate.passed, rate.written) for rate in figures(results).checks] == [
        ("a", 2, 2),
        ("b", 1, 2),
    ]


def test_misconceptions_are_ranked_with_those_behind_them():
    """The most frequent first, with hint and students."""
    rare = exercise("softmax.logsumexp", Verdict.WRONG, hints=(Hint("rare", "Look again."),))
    [first, second] = figures(
        a_class(submission("ada", rare, overflowing()), submission("bob", overflowing()), submission("eve", exercise()))
    ).misunderstandings
    assert (first.name, first.exercise, first.students) == ("overflowing", "softmax.softmax", ("ada", "bob"))
    assert (second.name, second.hint, second.students) == ("rare", "Look again.", ("ada",))


def test_what_stopped_is_listed_with_the_exercises():
    """Time, memory and crashes; a wrong answer is none of them."""
    stopped = [
        exercise("a.t", Verdict.TIMED_OUT),
        exercise("a.m", Verdict.OUT_OF_MEMORY),
        exercise("a.d", Verdict.DIED),
    ]
    results = a_class(submission("ada", *stopped, overflowing()), submission("bob", overflowing()))
    [who] = figures(results).broken
    assert (who.student, list(who.exercises)) == ("ada", ["a.t", "a.m", "a.d"])


def test_those_that_took_longest_are_few():
    """Five, the slowest first; of who was not graded there is no time."""
    class_of = [submission(f"s{number}", exercise(), seconds=number / 10) for number in (3, 9, 1, 7, 5, 8, 2)]
    results = a_class(*class_of, submission("zip", status="not_graded", reason="a bomb", seconds=99.0))
    assert figures(results).slowest == (("s9", 0.9), ("s8", 0.8), ("s7", 0.7), ("s5", 0.5), ("s3", 0.3))
    assert figures(a_class(submission("ada", exercise()))).slowest == ()


def test_attempts_are_counted_among_those_who_tried():
    """Solved at which attempt, the median of it, and the median time of those who needed more than one; who has
    broken it since has solved it, and who is absent or never wrote it does not count."""
    tried = [Attempts(1, 1, 0.0), Attempts(4, 1, 0.0), Attempts(2, 2, 60.0), Attempts(5, 5, 600.0), Attempts(3)]
    students = [submission(f"s{number}", exercise(attempts=each)) for number, each in enumerate(tried)]
    students += [submission("bob", exercise(verdict=Verdict.MISSING)), submission("eve", status="absent")]
    [rate] = figures(a_class(*students)).attempts
    assert (rate.id, rate.solved, rate.unsolved, rate.tried) == ("softmax.softmax", {1: 2, 2: 1, 5: 1}, 1, 5)
    assert (rate.median, rate.seconds) == (1.5, 330.0)
    assert rate.steps == {"first": 2, "second": 1, "third": 0, "later": 1, "missing": 1}


def test_attempts_nobody_solved_have_no_median():
    """No division by nobody, and the book's order, whoever is met first."""
    wrong = {"verdict": Verdict.WRONG}
    results = a_class(
        submission("ada", exercise("z.last", **wrong), exercise("a.first", **wrong, attempts=Attempts(2))),
        submission("bob", exercise("z.last", **wrong, attempts=Attempts(1)), exercise("a.first", **wrong)),
    )
    rates = figures(results).attempts
    assert [(each.id, each.solved, each.unsolved, each.median, each.seconds) for each in rates] == [
        ("z.last", {}, 1, None, None), ("a.first", {}, 1, None, None),
    ]  # fmt: skip


def test_a_first_attempt_alone_tells_nothing():
    """Where everybody is known by one piece of work, that nobody needed a second is no finding."""
    once = submission("ada", exercise(attempts=Attempts(1, 1, 0.0)))
    assert figures(a_class(once, submission("bob", exercise(attempts=Attempts(1))))).attempts == ()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (40.4, "40 s"),
        (1500, "25 min"),
        (16200, "4.5 h"),
        (86400, "24 h"),
        (216000, "2.5 days"),
        (7 * 86400, "7 days"),
    ],
)
def test_a_time_is_said_in_its_unit(seconds, said):
    """Two or three digits are what a reader compares."""
    assert duration(seconds) == said


def test_histogram_counts_everyone_once():
    """Full marks belong to the last bar, zero to the first, and no bar leaves the drawing."""
    chart = histogram([0, 9.99, 10, 55, 100, 100], 32.5)
    assert [bar.count for bar in chart.bars] == [2, 1, 0, 0, 0, 1, 0, 0, 0, 2]
    assert all(0 <= bar.y <= chart.floor and bar.x + bar.width <= chart.width for bar in chart.bars)
    assert max(bar.height for bar in chart.bars) == chart.bars[0].height


@pytest.mark.parametrize("size", [1, 7, 60, 999, 25_000])
def test_histogram_of_any_class_has_few_lines(size):
    """Grid lines stay legible, from one student to thousands."""
    chart = histogram([100.0] * size, 100.0)
    assert sum(bar.count for bar in chart.bars) == size
    assert 2 <= len(chart.grid) <= 6
