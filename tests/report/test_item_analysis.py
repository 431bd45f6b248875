"""How exercises tell students apart. Held against R's psych 2.2.9 and cor.test (R 4.2.2) on simulated classes."""

from __future__ import annotations

import random

import pytest

from grader.model.result import Hint, SubmissionResult, Verdict
from grader.report.class_html import to_html
from grader.report.grades_csv import item_lines
from grader.report.statistics import Figures, figures
from tests.helpers.results import a_class, exercise, submission

ITEMS = ((-1.0, 1.5), (0.0, 1.0), (0.5, 2.0), (0.0, 0.0), (0.0, -1.2), (1.5, 0.8))
"""Difficulty and discrimination of each exercise: the fourth tells nothing, the fifth is upside down."""


def simulated(n: int, seed: int) -> list[list[float]]:
    """A class by a known model: shares of points hang on ability, difficulty, discrimination and luck.

    Normal numbers are sums of twelve of `random()`, which alone is promised to be the same in every version of Python.
    """
    rng = random.Random(seed)

    def normal() -> float:
        return sum(rng.random() for _ in range(12)) - 6

    abilities = [normal() for _ in range(n)]
    return [[round(min(1, max(0, 0.5 + 0.25 * (k * a - d) + 0.15 * normal())), 3) for d, k in ITEMS] for a in abilities]


def told(rows: list[list[float]]) -> Figures:
    return figures(a_class(*(_student(number, row) for number, row in enumerate(rows))))


def _student(number: int, row: list[float]) -> SubmissionResult:
    shares = [exercise(f"t.e{at}", Verdict.WRONG, points=2 * share) for at, share in enumerate(row)]
    return submission(f"s{number:03}", *shares)


OF_R = {
    (200, 1): [
        (0.699800, 0.655203389641, 0.568105170174, 0.727786045347),
        (0.500325, 0.693990181375, 0.61440731441, 0.759593783361),
        (0.427000, 0.703307598423, 0.625612340295, 0.767188220497),
        (0.501145, -0.000747777227569, -0.139474322346, 0.138007555906),
        (0.497130, -0.833082927346, -0.871135668045, -0.785084108995),
        (0.169515, 0.619744696584, 0.526253025964, 0.698431750326),
    ],
    (12, 2): [
        (0.65575, 0.779244039948, 0.371465123231, 0.935003354272),
        (0.543, 0.762782953034, 0.33594573896, 0.929697840042),
        (0.449916666667, 0.871118646653, 0.594358456796, 0.963387690131),
        (0.487083333333, -0.34339268385, -0.766280609808, 0.287086011753),
        (0.475166666667, -0.966902696334, -0.990930192363, -0.882964004811),
        (0.187166666667, 0.579646635661, 0.00860883487865, 0.865598224745),
    ],
}  # fmt: skip
"""Mean, psych::alpha's r.drop, and the ends of cor.test's confidence interval, by size and seed of the class."""


@pytest.mark.parametrize(("n", "seed"), OF_R)
def test_the_numbers_are_those_of_r(n: int, seed: int) -> None:
    """Difficulty, correlation with the rest, and its interval; negative ones are negative."""
    seen = [(each.mean, each.correlation, each.low, each.high) for each in told(simulated(n, seed)).items]
    for mine, right in zip(seen, OF_R[n, seed], strict=True):
        assert mine == pytest.approx(right, abs=1e-9)


def test_what_is_known_of_the_class_is_found() -> None:
    """The exercise that is upside down is negative for sure, the one that tells nothing is neither; twelve are few."""
    many, few = told(simulated(200, 1)).items, told(simulated(12, 2)).items
    assert [each.is_negative for each in many] == [False, False, False, False, True, False]
    assert many[3].low is not None and many[3].high is not None and many[3].low < 0 < many[3].high
    assert (many[0].is_few, few[0].is_few) == (False, True)


def test_what_does_not_vary_has_no_correlation() -> None:
    """Nor has an exercise that stands alone, and three students have no interval."""
    assert [each.correlation for each in told([[0.1, 0.5], [0.1, 0.7], [0.1, 0.9]]).items] == [None, None]
    assert [each.correlation for each in told([[0.1], [0.7]]).items] == [None]
    three = told([[0.1, 0.5], [0.2, 0.7], [0.3, 0.8]]).items[0]
    assert three.correlation is not None
    assert (three.low, three.high) == (None, None)
    exact = told([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3], [0.5, 0.5]]).items[0]
    assert (exact.correlation, exact.low, exact.high) == pytest.approx((1, 1, 1))


def test_nobody_without_a_final_mark_is_counted() -> None:
    """Nor those who were given other exercises than most."""
    students = [_student(number, row) for number, row in enumerate(simulated(20, 3))]
    more = [
        submission("ours", *(exercise(f"t.e{at}", Verdict.NOT_GRADED) for at in range(6))),
        submission("other", exercise("t.e0"), exercise("u.e9")),
        submission("gone", status="absent"),
    ]
    assert figures(a_class(*students, *more)).items == figures(a_class(*students)).items


def _with(mistakes: str, student: str, points: float) -> SubmissionResult:
    hints = tuple(Hint(name, "Because.") for name in mistakes.split())
    return submission(student, exercise("t.f", Verdict.WRONG, points=points, hints=hints))


def test_the_mistakes_of_the_lowest_fifth() -> None:
    """Those that are more frequent there, the largest difference first; equal marks are not told apart."""
    students = [_with("sum axis", f"low{at}", 0.2) for at in range(3)]
    students += [_with("axis", f"mid{at}", 1.0) for at in range(6)] + [
        _with("rare", f"top{at}", 1.5) for at in range(4)
    ]
    lowest = figures(a_class(*students)).lowest
    assert lowest is not None
    assert (lowest.students, lowest.others, lowest.most) == (3, 10, 10)
    assert [(each.name, each.lowest, each.others) for each in lowest.mistakes] == [("sum", 3, 0), ("axis", 3, 6)]


def test_a_class_that_is_too_small_or_all_alike_has_no_lowest_fifth() -> None:
    """Nine students are no class to divide, and equal marks are nobody's lowest."""
    assert figures(a_class(*(_with("sum", f"s{at}", at / 9) for at in range(9)))).lowest is None
    assert figures(a_class(*(_with("sum", f"s{at}", 1.0) for at in range(20)))).lowest is None


def test_the_report_shows_it() -> None:
    """With the interval, the negative sign, and a word where the class is small."""
    text = " ".join(to_html(a_class(*(_student(at, row) for at, row in enumerate(simulated(12, 2))))).split())
    assert "−0.97" in text or "-0.97" in text
    assert '<span class="tag wrong">negative</span>' in text
    assert "With fewer than 30 students" in text
    many = to_html(a_class(*(_student(at, row) for at, row in enumerate(simulated(200, 1)))))
    assert "With fewer than 30 students" not in many


def test_a_table_for_other_programs() -> None:
    """items.csv: empty where nothing can be said."""
    header, first, *_ = item_lines(told(simulated(200, 1)))
    assert header == "exercise,students,mean_share,item_rest,low,high,attempts,seconds\r\n"
    assert first == "t.e0,200,0.6998,0.6552,0.5681,0.7278,,\r\n"
