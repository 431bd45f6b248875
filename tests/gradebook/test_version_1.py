"""Gradebooks that an earlier version has written, with sentences in the place of facts, open, regrade and report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, update

from grader.gradebook.opening import open_gradebook
from grader.gradebook.serialization import from_record
from grader.gradebook.tables import Exercised
from grader.model.result import Verdict
from grader.report.explanation import explanation, full_explanation, note_of
from grader.report.feedback_text import to_feedback_text
from grader.report.results_json import to_json
from tests.helpers.gradebooks import FACTS, graded
from tests.helpers.results import submission

RECORDS = json.loads((Path(__file__).parent / "records_of_version_1.json").read_text(encoding="utf-8"))
"""What commit a4c69ca has stored of six submissions to one exercise."""


@pytest.mark.parametrize("name", RECORDS)
def test_its_sentences_are_read_as_they_were(name: str) -> None:
    """Of each check what students read and what the instructor reads; the note, the verdicts, the points."""
    record = RECORDS[name]
    result = from_record(record)
    assert note_of(result) == record.get("note", "")
    for check, told in zip(result.checks, record["checks"], strict=True):
        assert explanation(check) == told.get("detail", "")
        assert full_explanation(check) == told.get("full_detail", "")
        assert check.verdict.value == told["verdict"]
    assert (result.points, result.verdict) == (record["points"], Verdict(record["verdict"]))


def test_such_a_gradebook_opens_reports_and_is_regraded(place: str) -> None:
    """Its rows are read beside today's; what is graded anew takes the place of the old one."""
    wrong = from_record(RECORDS["wrong"])
    facts = replace(FACTS, graded_by={"topic.f": "x"})
    with open_gradebook(place) as book:
        run = graded(book, *(submission(name, wrong) for name in ("ada", "bob")), facts=facts)
        book.finish(run, 1.0)
    engine = create_engine(place if "://" in place else f"sqlite:///{place}", poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(update(Exercised).values(result=RECORDS["wrong"]))
    with open_gradebook(place) as book:
        ada, bob = book.results().submissions
        assert ada.exercises == bob.exercises == (wrong,)
        assert "expected -8 got -12" in to_feedback_text(ada, "A course")
        assert '"kind": "told"' in to_json(book.results())
        graded(book, submission("ada", replace(wrong, points=2.0, verdict=Verdict.PASSED)), facts=facts)
        ada, bob = book.results().submissions
        assert (ada.points, bob.points) == (2.0, wrong.points)
