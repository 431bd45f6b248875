"""What makes a mark other than the sum of the points, in sentences without a full stop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from grader.model.mark import Adjustment, Comment, ExerciseMark, HandedInOn, Mark, Open
from grader.model.printable import one_line
from grader.report.numbers_in_words import duration, number, plural, when

DECIMALS = 4
OPEN: dict[Open, str] = {
    "time_unknown": "not final: nobody has said when it was handed in (--times FILE.csv says it)",
    "late_by_unknown": "not final: it was late, and by how much is not known (--times FILE.csv says it)",
    "days_unknown": "not final: how many free days are left is not known, as an earlier assignment has no times",
}
"""Of the reasons for which a mark is open, those that the checks do not tell themselves."""


def why_open(mark: Mark | None) -> tuple[str, ...]:
    """Why lateness leaves no final mark."""
    return tuple(OPEN[reason] for reason in mark.open if reason in OPEN) if mark else ()


def mark_sentences(mark: Mark | None) -> tuple[str, ...]:
    """What there is to say of the whole: lateness, attempts, what people gave, excused or said."""
    if mark is None:
        return ()
    return (
        *(_handed_in(mark, mark.handed_in) if mark.handed_in else ()),
        *(
            (f"{_attempts(mark)} do not count: {plural(mark.attempts - mark.ignored, 'attempt')} may",)
            if mark.ignored
            else ()
        ),
        *map(_adjusted, mark.adjustments),
        *map(_said, mark.comments),
        *(f"{each.id}: {said}" for each in mark.exercises for said in exercise_sentences(each)),
    )


def exercise_sentences(exercise: ExerciseMark) -> tuple[str, ...]:
    """What there is to say of one exercise."""
    return (
        *(("dropped as the lowest",) if exercise.dropped else ()),
        *map(_adjusted, exercise.adjustments),
        *map(_said, exercise.comments),
    )


def _handed_in(mark: Mark, handed_in: HandedInOn) -> Iterator[str]:
    if handed_in.extended and handed_in.due:
        yield f"due {when(handed_in.due)}, extended"
    if handed_in.moment is not None and handed_in.late:
        late = duration(handed_in.late.total_seconds())
        yield f"handed in {late} late, {when(handed_in.moment)} ({handed_in.source})"
    if handed_in.free_days:
        left = f", {handed_in.days_left} left" if handed_in.days_left is not None else ""
        yield f"{plural(handed_in.free_days, 'free day')} taken{left}"
    costs = sorted({each.loss for each in mark.exercises if each.loss and each.counts})
    if costs:
        ends = dict.fromkeys(f"{number(float(100 * cost), 1)} %" for cost in (costs[0], costs[-1]))
        yield f"{' to '.join(ends)} off for lateness"


def _attempts(mark: Mark) -> str:
    return f"the last {plural(mark.ignored, 'attempt')}" if mark.ignored > 1 else "the last attempt"


def _adjusted(given: Adjustment) -> str:
    """Who gave what and why; and whether what is under it has changed since."""
    sign = ("+" if given.points >= 0 else "") if given.relative else ""
    said = f"{sign}{number(float(given.points), DECIMALS)} points by {one_line(given.actor)}: {one_line(given.reason)}"
    if not given.is_outdated:
        return said
    return f"{said} (the mark under it was {_points(given.before)} and is {_points(given.now)} now)"


def _points(points: Decimal | None) -> str:
    return "not known" if points is None else number(float(points), DECIMALS)


def _said(comment: Comment) -> str:
    text, by = one_line(comment.text), one_line(comment.actor)
    return f"excused by {by}: {text}" if comment.excuse else f"{by}: {text}"


def outdated(mark: Mark) -> Sequence[Adjustment]:
    """The adjustments under which the mark has changed."""
    every = (*mark.adjustments, *(given for each in mark.exercises for given in each.adjustments))
    return [given for given in every if given.is_outdated]
