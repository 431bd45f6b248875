"""What a student may know of their own results: `detail`, never `full_detail`, and no hidden check by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType

from grader.model.answer_window import AnswerWindow
from grader.model.fact import Fact
from grader.model.identity import Same
from grader.model.mark import ExerciseMark
from grader.model.printable import clean, one_line
from grader.model.result import CheckResult, ExerciseResult, SubmissionResult, Verdict
from grader.report.explanation import explanation, note_of, sentence
from grader.report.hints import explained_failures, hint_texts
from grader.report.mark_in_words import exercise_sentences
from grader.report.marks import counted, outcome
from grader.report.wording import HIDDEN, WORD, by_topic, number, plural, points_of, symbol, tally, word_of

QUIET = (Verdict.PASSED, Verdict.MISSING, Verdict.NOT_GRADED)
EVERYTHING = "every check"


@dataclass(frozen=True, slots=True)
class Failure:
    """Checks that failed alike. `names` are those of shown checks, `others` speaks of those without a name; `verdict`
    is empty where it is the exercise's own; `hints` are those that explain them; `window` shows numbers of one."""

    names: tuple[str, ...]
    others: str
    verdict: str
    detail: str
    hints: tuple[str, ...] = ()
    window: AnswerWindow | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """An exercise. said: what makes its points other than those of its checks."""

    function: str
    outcome: str
    symbol: str
    points: str
    verdict: str
    tally: str
    failures: tuple[Failure, ...]
    note: str
    said: tuple[str, ...] = ()

    @property
    def explained(self) -> tuple[Failure, ...]:
        """The failures to read first: those with a hint, and the first one in any case."""
        return tuple(failure for place, failure in enumerate(self.failures) if failure.hints or not place)

    @property
    def others(self) -> tuple[Failure, ...]:
        """What else fails."""
        return tuple(failure for failure in self.failures if failure not in self.explained)


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic with its points (empty where nothing of it was graded) and exercises; `share` is in percent, `note` what
    is true of all its exercises."""

    name: str
    title: str
    points: str
    max_points: str
    share: float
    items: tuple[Item, ...]
    note: str = ""


def topics_of(submission: SubmissionResult, titles: Mapping[str, str] = MappingProxyType({})) -> tuple[TopicView, ...]:
    """What there is to say of each topic; `titles` are theirs, by name."""
    return _topics_of(Same((submission, titles)))


@lru_cache(1)  # three files are written of it, one after the other
def _topics_of(same: Same) -> tuple[TopicView, ...]:
    submission, titles = same.things
    exercises = [counted(submission, each) for each in submission.exercises] if submission.status == "graded" else []
    marks = {each.id: each for each in submission.mark.exercises} if submission.mark else {}
    groups = by_topic(exercises, attrgetter("id"))
    return tuple(_topic(name, titles.get(name, name), group, marks) for name, group in groups)


def _topic(name: str, title: str, exercises: list[ExerciseResult], marks: Mapping[str, ExerciseMark]) -> TopicView:
    points, most = sum(each.points for each in exercises), sum(each.max_points for each in exercises)
    share = round(100 * points / most, 1) if most else 0.0
    items = tuple(replace(item_of(each), said=_said(marks.get(each.id))) for each in exercises)
    shared = shared_fact(exercises)
    if shared:
        items = tuple(replace(item, failures=(), note="") for item in items)
    unknown = all(each.verdict is Verdict.NOT_GRADED for each in exercises)
    said = clean(sentence(shared)) if shared else ""
    return TopicView(
        one_line(name), one_line(title), "" if unknown else number(points), number(most), share, items, said
    )


def _said(mark: ExerciseMark | None) -> tuple[str, ...]:
    return tuple(map(one_line, exercise_sentences(mark))) if mark else ()


def digest_rows(submission: SubmissionResult) -> tuple[tuple[str, str], ...]:
    """Topic and digest of each source that was graded, by which a student's file can be compared."""
    return tuple((one_line(topic), digest) for topic, digest in sorted(submission.digests.items()))


def shared_fact(exercises: Sequence[ExerciseResult]) -> Fact | None:
    """What is true of every exercise alike: that there is no file, that it cannot be run, that it never ends."""
    facts = {only_fact(exercise) for exercise in exercises}
    if len(exercises) < 2 or len(facts) > 1:
        return None
    (fact,) = facts
    return None if fact is None or fact.kind in ("unwritten", "not_asked") else fact


def only_fact(exercise: ExerciseResult) -> Fact | None:
    """The fact that its note or all of its checks tell, if there is but one."""
    facts = exercise.facts | ({exercise.note} if exercise.note else set())
    return next(iter(facts)) if len(facts) == 1 else None


def item_of(exercise: ExerciseResult) -> Item:
    """Gives what a student reads about one exercise."""
    quiet, word, note = exercise.verdict in QUIET, word_of(exercise), one_line(note_of(exercise))
    return Item(
        function=one_line(exercise.function),
        outcome=outcome(exercise),
        symbol=symbol(exercise),
        points="" if exercise.verdict is Verdict.NOT_GRADED else points_of(exercise),
        verdict=word,
        tally="" if quiet else tally(exercise),
        failures=() if quiet else _failures(exercise),
        note=note if note != word else "",
    )


def _failures(exercise: ExerciseResult) -> tuple[Failure, ...]:
    """What failed: what the hint explains first, then what is shown.

    A page of equal lines helps no one, so what is alike is told once.
    """
    failed = [check for check in exercise.checks if check.verdict is not Verdict.PASSED]
    if detail := _shared(exercise, failed):
        return (Failure((), EVERYTHING, "", detail, tuple(map(one_line, hint_texts(exercise))), exercise.window),)
    alike: dict[tuple[bool, str, str], list[CheckResult]] = {}
    for check in failed:
        verdict = "" if check.verdict is exercise.verdict else WORD[check.verdict]
        alike.setdefault((check.shown, verdict, explanation(check)), []).append(check)

    stands = [(check.name if check else "", one_line(hint)) for check, hint in explained_failures(exercise) if hint]

    def hints(group: list[CheckResult]) -> tuple[str, ...]:
        return tuple(hint for name, hint in stands if name in {check.name for check in group})

    def rank(group: list[CheckResult]) -> tuple[int, bool]:
        places = (at for at, (name, _) in enumerate(stands) if name in {check.name for check in group})
        return min(places, default=len(stands)), not group[0].shown

    ranked = sorted(alike.items(), key=lambda item: rank(item[1]))
    failures = [
        Failure(
            tuple(map(_named, group)) if shown else (),
            _hidden(len(group), shown),
            verdict,
            detail,
            hints(group),
            exercise.window if exercise.first_failure in group else None,
        )
        for (shown, verdict, detail), group in ranked
    ]
    homeless = tuple(hint for name, hint in stands if not name)  # they stand under the first failure too
    return tuple(replace(each, hints=each.hints + homeless) if each is failures[0] else each for each in failures)


def _named(check: CheckResult) -> str:
    return one_line(check.name) + (f" in {check.dtype}" if check.dtype else "")


def _shared(exercise: ExerciseResult, failed: list[CheckResult]) -> str:
    """What every single check says, if they do; hidden ones say less, so of them the verdict has to be the same."""
    details = [explanation(check) for check in failed if check.shown]
    everything = len(failed) == len(exercise.checks) and len(details) > 1
    alike = len(set(details)) == 1 and {check.verdict for check in failed} == {exercise.verdict}
    return details[0] if everything and alike else ""


def _hidden(count: int, shown: bool) -> str:
    if shown:
        return ""
    return HIDDEN if count == 1 else plural(count, "hidden case")
