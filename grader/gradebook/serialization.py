"""An exercise's result <-> what is stored of it. Defaults are left out: most checks pass and have nothing to say.

Results that version 1 stored hold sentences (`detail`, `full_detail`, a note); they are read as facts that tell them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, fields, replace
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from grader.gradebook.staleness import Conditions
from grader.gradebook.tables import OUTDATED, Exercised, Submitted
from grader.model.answer_window import window_from_json, window_to_json
from grader.model.digest import fingerprint
from grader.model.earlier_result import source_told, told
from grader.model.fact import Fact
from grader.model.fact_json import fact_from_json, fact_to_json
from grader.model.result import CheckResult, ExerciseResult, Hint, SubmissionResult, Verdict
from grader.model.vocabulary import ASPECTS, SOURCES, Source, one_of

_DEFAULTS = {kind: {each.name: each.default for each in fields(kind)} for kind in (CheckResult, ExerciseResult)}
DIGITS = 32
"""Of the digest of a result; as many as a table of all of them needs to have no two alike."""
_SENTENCES = ("detail", "full_detail", "misconception", "hint", "explained")
_FACTS = {"fact": "detail", "full_fact": "full_detail", "note": "note", "pattern": "pattern"}
"""The fields that hold facts -> where version 1 has sentences."""
_VERDICTS = {verdict.value: verdict for verdict in Verdict}


def to_record(result: ExerciseResult) -> dict[str, Any]:
    hints = {"hints": [asdict(hint) for hint in result.hints]} if result.hints else {}
    window = {"window": window_to_json(result.window)} if result.window else {}
    return {
        **_told(result),
        **hints,
        **window,
        "checks": [_told(check) for check in result.checks],
        "source": result.source,
    }


def from_record(record: dict[str, Any]) -> ExerciseResult:
    checks = tuple(_check(check) for check in record["checks"])
    known = _with_verdict(_of_today(record)) | {"checks": checks, "hints": _hints(record)}
    if "window" in record:
        known["window"] = window_from_json(record["window"])
    result = ExerciseResult(**known)
    return replace(result, source=one_of(SOURCES, record["source"]) if "source" in record else _source_told(record))


def archived(record: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A result as the log keeps it, with its digest: without the seconds, in which alone most of a class differ."""
    kept = {name: value for name, value in record.items() if name != "seconds"}
    return fingerprint(kept)[:DIGITS], kept


def _hints(record: dict[str, Any]) -> tuple[Hint, ...]:
    """The hints; of version 1 the only one, which is two fields there."""
    if record.get("misconception"):
        return (Hint(record["misconception"], record.get("hint") or ""),)
    hints = [hint | {"explained": tuple(hint.get("explained", ()))} for hint in record.get("hints", ())]
    return tuple(Hint(**hint) for hint in hints)


def _check(record: dict[str, Any]) -> CheckResult:
    one_of(ASPECTS, record["aspect"])
    return CheckResult(**_with_verdict(_of_today(record)))


def _source_told(record: dict[str, Any]) -> Source:
    """What the sentences of version 1 say of the source."""
    detail = next((check.get("detail", "") for check in record["checks"]), "")
    note = record.get("note", "")
    return source_told(record["id"], _VERDICTS[record["verdict"]], note if isinstance(note, str) else "", detail)


def _told(result: CheckResult | ExerciseResult) -> dict[str, Any]:
    defaults = _DEFAULTS[type(result)]
    known = {name: value for name, default in defaults.items() if (value := getattr(result, name)) != default}
    return {name: fact_to_json(value) if isinstance(value, Fact) else value for name, value in known.items()}


def _of_today(record: dict[str, Any]) -> dict[str, Any]:
    """The record with facts in the place of sentences, and of what stands for facts in JSON."""
    known = {name: value for name, value in record.items() if name not in _SENTENCES}
    for name, old in _FACTS.items():
        if name in record:
            known[name] = told(record[name]) if isinstance(record[name], str) else fact_from_json(record[name])
        elif record.get(old):
            known[name] = told(record[old])
    return known


def _with_verdict(record: dict[str, Any]) -> dict[str, Any]:
    return record | {"verdict": _VERDICTS[record["verdict"]]}


def write_submission(
    connection: Connection, known: int | None, run: int, result: SubmissionResult, digest: str | None, partial: bool
) -> int:
    """Writes the submission's own row; its id."""
    said = {
        "run_id": run,
        "digest": digest,
        "status": result.status,
        "reason": result.reason,
        "withdrawn": False,
        **({} if partial else {"seconds": result.seconds}),
    }
    if known is not None:
        connection.execute(update(Submitted).where(Submitted.id == known).values(said))
        return known
    totals = _totals(result.points, result.max_points)
    made = connection.execute(insert(Submitted).values(**said, **totals, student=result.student)).inserted_primary_key
    return int(made[0]) if made else 0


def make_room(connection: Connection, id: int, rows: list[dict[str, Any]], renewed: bool, partial: bool) -> None:
    """Takes away what the rows are in place of; marks that a fault of ours could not renew are not lost to it."""
    there = [Exercised.submission_id == id]
    if partial:
        there.append(Exercised.exercise.in_([row["exercise"] for row in rows]))
        _remember(connection, there, rows)
    if renewed:
        connection.execute(delete(Exercised).where(*there))


def row_of(id: int, run: int, result: ExerciseResult, graded_by: Conditions) -> dict[str, Any]:
    """Makes the row that stores an exercise's result."""
    ours = result.verdict is Verdict.NOT_GRADED and result.source != "unread"  # our fault: the next run tries again
    return {
        "submission_id": id,
        "exercise": result.id,
        "run_id": run,
        "graded_by": OUTDATED if ours else graded_by[result.id],
        "points": result.points,
        "max_points": result.max_points,
        "verdict": result.verdict.value,
        "misconception": " ".join(result.mistakes) or None,
        "before": None,
        "result": to_record(result),
    }


def _remember(connection: Connection, there: list[Any], rows: list[dict[str, Any]]) -> None:
    """Carries over what the points were before anything was asked again."""
    was = func.coalesce(Exercised.before, Exercised.points).label("was")
    known = {row.exercise: row.was for row in connection.execute(select(Exercised.exercise, was).where(*there))}
    for row in rows:
        row["before"] = known.get(row["exercise"])


def count(connection: Connection, id: int, exercises: Collection[str]) -> None:
    """The totals, from the exercises of the course as it is now."""
    there = Exercised.submission_id == id, Exercised.exercise.in_(exercises)
    sums = select(func.sum(Exercised.points), func.sum(Exercised.max_points)).where(*there)
    points, most = connection.execute(sums).one()
    totals = _totals(points or 0.0, most or 0.0)
    connection.execute(update(Submitted).where(Submitted.id == id).values(totals))


def _totals(points: float, most: float) -> dict[str, float]:
    return {"points": round(points, 4), "max_points": round(most, 4)}
