"""results.json, schema 2: a run for other programs and for later, as far as anybody may read it.

It holds facts and no sentences (docs/results.md), and neither the secret seed nor what hidden cases saw: both stay in
the gradebook. `results.schema.json`, beside this module, is its JSON schema.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any, NoReturn, TypeVar

from grader.marks.codec import decoded, encoded
from grader.model.answer_window import AnswerWindow, window_from_json, window_to_json
from grader.model.earlier_result import empty_told, source_told, told
from grader.model.errors import UsageError
from grader.model.fact import Fact
from grader.model.fact_json import fact_from_json, fact_to_json
from grader.model.mark import Mark
from grader.model.printable import clean
from grader.model.result import Attempts, CheckResult, ClassResults, ExerciseResult, Hint, SubmissionResult, Verdict
from grader.model.vocabulary import ASPECTS, SOURCES, STATUSES, Word
from grader.report.mark_in_words import why_open
from grader.report.marks import DECIMALS, awaits_a_human, maximum, total

OBEYED = re.compile(r"\\[bfru]")  # JSON's spelling of the control characters that are not kept


def to_json(results: ClassResults) -> str:
    return "".join(json_parts(results, results.submissions))


def json_parts(results: ClassResults, submissions: Iterable[SubmissionResult]) -> Iterator[str]:
    """One line a submission: neither a single line of a hundred megabytes nor twice as much in blanks."""
    run = {
        "schema": SCHEMA,
        "course": results.course,
        "title": results.title,
        "device": results.device,
        "sandbox": results.sandbox,
        "versions": results.versions,
        "seconds": results.seconds,
    }
    yield f'{_dumped(run)[:-1]}, "submissions": ['
    between = "\n"
    for submission in submissions:
        yield between + _dumped(_submission(submission))
        between = ",\n"
    yield "\n]}\n"


def _dumped(node: dict[str, Any]) -> str:
    """Whoever reads it prints what it holds, so it holds nothing that a terminal obeys."""
    text = json.dumps(node, ensure_ascii=False, allow_nan=False)
    if text.isprintable() and not OBEYED.search(text):
        return text
    return json.dumps(_cleaned(node), ensure_ascii=False, allow_nan=False)


def _cleaned(node: Any) -> Any:
    if isinstance(node, str):
        return clean(node)
    if isinstance(node, dict):
        return {clean(name): _cleaned(item) for name, item in node.items()}
    return [_cleaned(item) for item in node] if isinstance(node, (list, tuple)) else node


def _submission(submission: SubmissionResult) -> dict[str, Any]:
    return {
        "student": submission.student,
        "status": submission.status,
        "reason": submission.reason,
        "points": None if awaits_a_human(submission) or _has_no_mark(submission) else total(submission),
        "max_points": round(maximum(submission), DECIMALS),
        "seconds": submission.seconds,
        "empty": submission.empty,
        "exercises": [_exercise(exercise) for exercise in submission.exercises],
        "mark": submission.mark and encoded(submission.mark),
        "digests": dict(submission.digests),
    }


def _has_no_mark(submission: SubmissionResult) -> bool:
    """Whether lateness leaves none, or somebody is excused."""
    mark = submission.mark
    return mark is not None and mark.points is None and (mark.excused or bool(why_open(mark)))


def _exercise(exercise: ExerciseResult) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "points": None if exercise.verdict is Verdict.NOT_GRADED else round(exercise.points, DECIMALS),
        "max_points": round(exercise.max_points, DECIMALS),
        "verdict": exercise.verdict.value,
        "hints": [asdict(hint) for hint in exercise.hints],
        "certain": exercise.certain,
        "pattern": exercise.pattern and fact_to_json(exercise.pattern),
        "note": exercise.note and fact_to_json(exercise.note),
        "window": exercise.window and window_to_json(exercise.window),
        "seconds": exercise.seconds,
        "attempts": exercise.attempts and asdict(exercise.attempts),
        "source": exercise.source,
        "checks": [_check(check) for check in exercise.checks],
    }


def _check(check: CheckResult) -> dict[str, Any]:
    return {
        "name": check.name,
        "aspect": check.aspect,
        "weight": check.weight,
        "shown": check.shown,
        "verdict": check.verdict.value,
        "form": check.form,
        "dtype": check.dtype,
        "device": check.device,
        "fact": check.fact and fact_to_json(check.fact),
    }


def from_json(text: str) -> ClassResults:
    """The run that a results.json tells of; a `UsageError` says in one line what else the text is."""
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        refuse("it is not JSON")
    return read(document)


SCHEMA = 2

REQUIRED: Any = object()

T = TypeVar("T")


def read(document: object) -> ClassResults:
    _require_schema(document)
    take = _taker(document, "it")
    versions = take("versions", dict)
    return ClassResults(
        course=take("course", str),
        title=take("title", str, take("course", str)),
        device=take("device", str),
        sandbox=_texts(take("sandbox", list), "sandbox"),
        versions=dict(zip(versions, _texts(versions.values(), "versions"), strict=True)),
        submissions=_each(_read_submission, take("submissions", list), "submission"),
        seconds=take("seconds", float, 0.0),
    )


def _require_schema(document: object) -> None:
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        refuse("it names no schema")
    if schema > SCHEMA:
        raise UsageError(f"a newer d2l-grader wrote this (schema {schema}, this one reads {SCHEMA}): update d2l-grader")


def _read_submission(node: object, where: str) -> SubmissionResult:
    take = _taker(node, where)
    status, reason = _one_of(STATUSES, take("status", str), where), take("reason", str, None)
    return SubmissionResult(
        student=take("student", str),
        status=status,
        exercises=_each(_read_exercise, take("exercises", list), f"{where}, exercise"),
        reason=reason,
        seconds=take("seconds", float, 0.0),
        empty=take("empty", bool, empty_told(status, reason)),
        mark=_read_mark(take("mark", dict, None), where),
        digests=take("digests", dict, {}),
    )


def _read_mark(node: object, where: str) -> Mark | None:
    if node is None:
        return None
    try:
        mark: Mark = decoded(Mark, node)
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        refuse(f"{where} has no proper 'mark': {error}")
    return mark


def _read_exercise(node: object, where: str) -> ExerciseResult:
    take = _taker(node, where)
    result = ExerciseResult(
        id=take("id", str),
        points=take("points", float, None) or 0.0,
        max_points=take("max_points", float),
        verdict=_one_of(tuple(Verdict), take("verdict", str), where),
        checks=_each(_read_check, take("checks", list), f"{where}, check"),
        hints=_each(_read_hint, take("hints", list, _hints_of_schema_1(take)), f"{where}, hint"),
        certain=take("certain", bool, True),
        pattern=_fact(take, "pattern", where),
        note=_fact(take, "note", where),
        window=_window(take("window", dict, None), where),
        seconds=take("seconds", float, 0.0),
        attempts=_read_attempts(take("attempts", dict, None), where),
    )
    note, detail = (fact.text if fact else "" for fact in (result.note, next((c.fact for c in result.checks), None)))
    said = source_told(result.id, result.verdict, note, detail)
    return replace(result, source=_one_of(SOURCES, take("source", str, said), where))


def _read_hint(node: object, where: str) -> Hint:
    take = _taker(node, where)
    explained = _texts(take("explained", list, []), "explained")
    return Hint(take("mistake", str), take("idea", str), take("line", str, ""), explained)


def _hints_of_schema_1(take: Callable[..., Any]) -> list[object]:
    """The one mistake that schema 1 names, with its hint."""
    mistake, hint = take("misconception", str, None), take("hint", str, None)
    return [{"mistake": mistake, "idea": hint or ""}] if mistake else []


def _fact(take: Callable[..., Any], name: str, where: str) -> Fact | None:
    """A fact, or the sentence that schema 1 has in its place."""
    node = take(name, (dict, str), None)
    if node is None:
        return None
    try:
        return told(node) if isinstance(node, str) else fact_from_json(node)
    except (TypeError, ValueError) as error:
        refuse(f"{where} has no proper {name!r}: {error}")


def _window(node: object, where: str) -> AnswerWindow | None:
    try:
        return None if node is None else window_from_json(node)
    except ValueError as error:
        refuse(f"{where} has no proper 'window': {error}")


def _read_attempts(node: object, where: str) -> Attempts | None:
    if node is None:
        return None
    take = _taker(node, f"{where}, attempts")
    return Attempts(take("count", int), take("solved", int, None), take("seconds", float, None))


def _read_check(node: object, where: str) -> CheckResult:
    take = _taker(node, where)
    return CheckResult(
        name=take("name", str),
        aspect=_one_of(ASPECTS, take("aspect", str), where),
        weight=take("weight", float),
        shown=take("shown", bool),
        verdict=_one_of(tuple(Verdict), take("verdict", str), where),
        form=take("form", bool, False),
        dtype=take("dtype", str, None),
        device=take("device", str),
        fact=_fact(take, "fact", where) or told(take("detail", str, "")),
    )


def _each(reader: Callable[[object, str], T], nodes: list[object], where: str) -> tuple[T, ...]:
    return tuple(reader(node, f"{where} {number}") for number, node in enumerate(nodes, 1))


def _taker(node: object, where: str) -> Callable[..., Any]:
    """A function that takes a member of the node, of the kind that is due."""
    if not isinstance(node, dict):
        refuse(f"{where} is not an object")

    def take(name: str, kind: type | tuple[type, ...], default: Any = REQUIRED) -> Any:
        value = node.get(name, default)
        if value is default and default is not REQUIRED:
            return default
        if type(value) is int and kind is float and abs(value) < 2**53:
            value = float(value)
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if type(value) not in kinds or (isinstance(value, float) and not math.isfinite(value)):
            refuse(f"{where} has no proper {name!r}")
        return value

    return take


def _texts(values: Collection[object], name: str) -> tuple[str, ...]:
    texts = tuple(value for value in values if isinstance(value, str))
    return texts if len(texts) == len(values) else refuse(f"it has no proper {name!r}")


def _one_of(words: tuple[Word, ...], word: str, where: str) -> Word:
    return next((known for known in words if known == word), None) or refuse(f"{where} says {word[:40]!r}")


def refuse(why: str) -> NoReturn:
    raise UsageError(f"this is no results.json of d2l-grader: {why}")
