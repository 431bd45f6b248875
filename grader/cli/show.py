"""What d2l-grade show does: how a student came to a mark, and whether the same comes out once more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import click

from grader.cli.marks import class_marks_of, find_exercise, find_student
from grader.gradebook.book import Gradebook
from grader.gradebook.reading import read_gradebook
from grader.gradebook.serialization import archived, to_record
from grader.grading.place import Place
from grader.grading.rerun import Rerun, ask_again, last_run, lines_of, work_of
from grader.marks.events import Earned, Event, WorkGraded
from grader.model.errors import UsageError
from grader.model.fact import Fact
from grader.model.printable import clean, one_line
from grader.model.result import CheckResult, ExerciseResult, SubmissionResult, Verdict
from grader.report.event_in_words import event_line
from grader.report.explanation import full_explanation, note_of
from grader.report.hints import hint_texts
from grader.report.mark_in_words import exercise_sentences, mark_sentences
from grader.report.marks import counted
from grader.report.numbers_in_words import number, plural, when
from grader.report.wording import WORD, points_so_far, tally, unfinished_because, word_of

AGREES, DIFFERS = 0, 1


@dataclass(frozen=True)
class Where:
    """Where course and submissions are, for what needs them; None: where the last run had them."""

    course: Path | None
    submissions: Path | None
    trust: bool = False


def show(place: Place, student: str, exercise: str | None, where: Where, rerun: bool, source: bool) -> int:
    """Prints it; with `rerun`, 1 where something else comes out."""
    with ExitStack() as stack:
        book = stack.enter_context(read_gradebook(place.database))
        name, id = find_student(book, student), find_exercise(book, exercise)
        found = _submission(book, place, name)
        if id and id not in {each.id for each in found.exercises}:
            raise UsageError(f"{one_line(name)} has no result for {id}: {found.reason or 'nothing was graded'}.")
        for line in (*_whole(found), *(_one(book, found, id) if id else _exercises(found))):
            click.echo(clean(line))
        if source:
            _print_source(book, found, id, where)
        return _print_rerun(book, place, found, id, where) if rerun else AGREES


def _submission(book: Gradebook, place: Place, student: str) -> SubmissionResult:
    """The student's results with the mark, whatever makes it."""
    with class_marks_of(book, place) as class_marks:
        mark = class_marks.marks([student])[student]
    found = next(each for each in book.results().submissions if each.student == student)
    return replace(found, mark=mark)


def _whole(found: SubmissionResult) -> Iterator[str]:
    mark = found.mark
    assert mark is not None
    of = f" for {mark.assignment}" if mark.assignment else ""
    yield f"{found.student}{of}: {points_so_far(found) if found.exercises or mark.points is not None else found.status}"
    if why := unfinished_because(found):
        yield f"  {why}"
    if found.reason and found.reason != why:
        yield f"  {found.reason}"
    told = mark.handed_in
    if told:
        said = f"{when(told.moment)} ({told.source})" if told.moment else _said_of_time(told.source, told.late is None)
        yield f"  handed in: {said}" + (f"; due {when(told.due)}" if told.due else "")
    for sentence in mark_sentences(replace(mark, exercises=())):
        yield f"  {sentence}"
    if lost := sorted({each.loss for each in mark.exercises if each.loss and each.counts}):
        yield f"  lateness costs {', '.join(f'{number(float(100 * each), 2)} %' for each in lost)}"
    if mark.attempts:
        yield f"  {plural(mark.attempts, 'attempt')} seen" + (
            f", {mark.ignored} beyond the limit" if mark.ignored else ""
        )


def _said_of_time(source: str, unknown: bool) -> str:
    return "nobody says when" if not source else f"{'late' if unknown else 'not late'}, says {source}"


def _exercises(found: SubmissionResult) -> Iterator[str]:
    """One line an exercise, and what people said of it."""
    assert found.mark is not None
    for result in found.exercises:
        mark, shown = found.mark.exercise(result.id), counted(found, result)
        checks = f"checks {number(result.points, 4)}/{number(result.max_points, 4)}"
        attempt = f", attempt {mark.attempt}" if mark and mark.attempt and found.mark.attempts > 1 else ""
        counts = f"{number(shown.points, 4)}/{number(shown.max_points, 4)}"
        yield f"  {result.id:32} {counts}  {word_of(result)}, {checks}{attempt}"
        yield from (f"    {said}" for said in (exercise_sentences(mark) if mark else ()))


def _one(book: Gradebook, found: SubmissionResult, id: str) -> Iterator[str]:
    """An exercise in full: every failed check with its call, what was expected and what came, and where it is from."""
    result = next(each for each in found.exercises if each.id == id)
    yield from _exercises(replace(found, exercises=(result,)))
    weight = sum(check.weight for check in result.checks)
    points = number(result.max_points, 4)
    yield f"  {tally(result)}; the checks share {points} points by their weights, which are {number(weight, 4)} in all"
    for check in result.checks:
        if check.verdict is not Verdict.PASSED:
            yield from _check(check)
    for hint in hint_texts(result):
        yield f"  hint: {hint}"
    if note := note_of(result):
        yield f"  note: {note}"
    yield "  how it came about:"
    yield from (f"  {event_line(event)}" for event in _history(book, found.student, id))
    run = last_run(book, found.student, id)
    if run:
        versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
        yield f"  asked in run {run.run} with {versions}; key {run.key_digest[:12]}"


def _check(check: CheckResult) -> Iterator[str]:
    kind = "shown" if check.shown else "hidden"
    form = ", counts with the substance that passed" if check.form else ""
    dtype = f" in {check.dtype}" if check.dtype else ""
    facts = f"{check.aspect}, {kind}, weight {number(check.weight, 4)}{form}"
    yield f"  ✗ {check.name}{dtype} ({facts}): {WORD[check.verdict]}"
    yield from (f"      {line}" for line in full_explanation(check).splitlines())


def _history(book: Gradebook, student: str, id: str) -> list[Event]:
    """The events that concern the exercise, and those about the whole."""
    if not book.log.exists:
        return []
    events = book.log.all(student)
    about = [event for event in events if getattr(event.body, "exercise", None) in (None, id)]
    return [
        replace(event, body=_of(event.body, id)) if isinstance(event.body, WorkGraded) else event for event in about
    ]


def _of(body: WorkGraded, id: str) -> WorkGraded:
    """What a grading says of this exercise."""
    earned: dict[str, Earned] = {id: body.exercises[id]} if id in body.exercises else {}
    return replace(body, exercises=earned)


def _print_source(book: Gradebook, found: SubmissionResult, id: str | None, where: Where) -> None:
    """The functions with what failed in them, the lines in question marked."""
    work = work_of(book, found.student, where.course, where.submissions)
    for result in found.exercises:
        if result.id == id or (id is None and not result.passed):
            for line in lines_of(work, result.id, _lines_in_question(result)):
                click.echo(clean(line))


def _lines_in_question(result: ExerciseResult) -> frozenset[int]:
    facts = [check.full_fact or check.fact for check in result.checks] + [result.note]
    return frozenset(fact.line for fact in facts if isinstance(fact, Fact) and fact.line)


def _print_rerun(book: Gradebook, place: Place, found: SubmissionResult, id: str | None, where: Where) -> int:
    """Asks again, and says of each exercise whether it agrees."""
    work = work_of(book, found.student, where.course, where.submissions)
    wanted = [result for result in found.exercises if id in (None, result.id)]
    again = ask_again(book, work, [each.id for each in wanted], place.out, where.trust)
    for line in again.notes:
        click.echo(clean(line))
    differs = False
    for result in wanted:
        agrees, said = _compared(result, again)
        differs |= not agrees
        click.echo(clean(f"  {'agrees' if agrees else 'differs'}: {result.id}{said}"))
    return DIFFERS if differs or not wanted else AGREES


def _compared(result: ExerciseResult, again: Rerun) -> tuple[bool, str]:
    now = again.exercises.get(result.id)
    if now is None:
        return False, ", which was not asked"
    if archived(to_record(replace(result, attempts=None))) == archived(to_record(now)):
        return True, f", {number(now.points, 4)}/{number(now.max_points, 4)}, every check and value as recorded"
    before, after = (f"{number(each.points, 4)} {word_of(each)}" for each in (result, now))
    was = {check.name: check.verdict for check in result.checks}
    checks = [check.name for check in now.checks if was.get(check.name) is not check.verdict]
    changed = f"; other checks: {', '.join(checks)}" if checks else "; the same verdicts, other values"
    return False, f", recorded {before}, now {after}{changed}"
