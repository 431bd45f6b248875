"""results.json as Gradescope's documentation of autograders describes it."""

from __future__ import annotations

import json

import pytest

from grader.model.result import Verdict
from grader.report.exports.gradescope import to_gradescope
from tests.helpers.results import MISTAKES, NAMES, check, demo, exercise, overflowing, submission

TOP = {
    "score": (int, float), "execution_time": (int, float), "output": str, "output_format": str, "visibility": str,
    "test_output_format": str, "test_name_format": str, "stdout_visibility": str, "extra_data": dict, "tests": list,
    "leaderboard": list,
}  # fmt: skip
TEST = {
    "score": (int, float), "max_score": (int, float), "status": str, "name": str, "name_format": str, "number": str,
    "output": str, "output_format": str, "tags": list, "visibility": str, "extra_data": dict,
}  # fmt: skip
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
CHOICES = {
    "visibility": VISIBILITIES, "stdout_visibility": VISIBILITIES, "status": {"passed", "failed"},
    "output_format": FORMATS, "test_output_format": FORMATS, "test_name_format": FORMATS,
}  # fmt: skip


def breaches(node, members):
    """Members that the documentation does not know, of another kind, or with a word that it does not list."""
    found = [name for name in node if name not in members or not isinstance(node[name], members[name])]
    found += [f"{name}: {node[name]}" for name in CHOICES if name in node and node[name] not in CHOICES[name]]
    return found + [breach for test in node.get("tests", ()) for breach in breaches(test, TEST)]


def given(*args, **options):
    document = json.loads(to_gradescope(*args, **options))
    assert breaches(document, TOP) == []
    return document


def with_hidden(verdict=Verdict.WRONG):
    secret = check("the_secret_edge", verdict, shown=False, detail="the value is wrong", full_detail="MARKER 42")
    return exercise(verdict=verdict, points=1.0, checks=(check(), secret))


def test_a_breach_is_seen():
    """The checks of this file can fail."""
    assert breaches({"score": "2", "tests": [{"status": "great", "colour": "red"}]}, TOP) == [
        "score", "colour", "status: great",
    ]  # fmt: skip


def test_a_submission_has_its_score_and_a_test_for_each_exercise():
    """Points add up to the score; numbers follow topics, tags are their titles, and the hint is told."""
    done = submission("ada", overflowing(), exercise("softmax.logsumexp"), exercise("norms.lp"), seconds=2.5)
    document = given(done, {"softmax": "Scores into probabilities"})
    assert (document["score"], document["execution_time"]) == (5.5, 2.5)
    assert sum(test["score"] for test in document["tests"]) == document["score"]
    assert [(test["number"], test["name"], test["status"]) for test in document["tests"]] == [
        ("1.1", "softmax.softmax", "failed"), ("1.2", "softmax.logsumexp", "passed"), ("2.1", "norms.lp", "passed"),
    ]  # fmt: skip
    first = document["tests"][0]
    assert (first["score"], first["max_score"], first["tags"]) == (1.5, 2, ["Scores into probabilities"])
    assert "3 of 4 cases right" in first["output"] and "expected 0.7668 got nan" in first["output"]
    assert MISTAKES["overflowing"] in " ".join(first["output"].split())


@pytest.mark.parametrize("visibility", ["hidden", "after_published"])
def test_hidden_cases_are_hidden(visibility):
    """What students see speaks of shown checks alone; the rest is a test of its own, without points or values."""
    document = given(submission("ada", with_hidden()), hidden=visibility)
    [seen, unseen] = document["tests"]
    assert (seen["visibility"], unseen["visibility"]) == ("visible", visibility)
    assert "hidden" not in seen["output"] and "secret" not in seen["output"]
    assert "the_secret_edge: the value is wrong" in unseen["output"]
    assert "score" not in unseen and unseen["status"] == "failed"
    assert "MARKER" not in json.dumps(document)
    assert document["stdout_visibility"] == "hidden"


def test_hidden_cases_that_pass_say_so():
    """The instructor sees that they were asked."""
    [_, unseen] = given(submission("ada", with_hidden(Verdict.PASSED)))["tests"]
    assert (unseen["status"], unseen["output"]) == ("passed", "1 of 1 hidden check right")


def test_an_exercise_that_we_failed_at_has_no_score():
    """Never a zero in silence: no points, and a sentence above everything."""
    ours = exercise("softmax.logsumexp", Verdict.NOT_GRADED, note="no key for this device")
    document = given(submission("ada", exercise(), ours))
    assert "score" not in document["tests"][1] and "no key for this device" in document["tests"][1]["output"]
    assert "not your mistake" in document["output"]


def test_a_submission_without_the_files_is_told_so():
    """No tests, no points, and the reason."""
    document = given(submission("ada", status="not_graded", reason="there is no softmax.py", empty=True))
    assert (document["score"], document["tests"]) == (0, [])
    assert "there is no softmax.py" in document["output"]


def test_what_nobody_has_read_has_no_score_at_all():
    """Neither a zero nor the sum of the rest, which Gradescope would take for the mark; and the reason."""
    found = "there is no softmax.py; homework.py is there, which defines softmax"
    open_ = exercise("softmax.softmax", Verdict.NOT_GRADED, note=found, source="unread")
    for each in (submission("ada", status="not_graded", reason=found), submission("ada", open_, exercise("norms.lp"))):
        document = given(each)
        assert "score" not in document and not any("score" in test for test in document["tests"])
        assert found in document["output"]


@pytest.mark.parametrize("name", [*NAMES, "\x1b[31m\x00", "\udce9", "</script><b>"])
def test_whatever_people_write_is_text(name):
    """Escape codes are spelt out, and nothing is shown as HTML."""
    wrong = exercise(f"t.{name}", Verdict.WRONG, checks=(check(name, Verdict.WRONG, detail=name),))
    document = given(submission("ada", wrong))
    assert not set("\x1b\x00\udce9") & set(document["tests"][0]["output"] + document["tests"][0]["name"])
    assert {document[each] for each in ("output_format", "test_output_format", "test_name_format")} == {"text"}


def test_no_student_reads_a_hidden_name():
    """The whole demo class, read for the one hidden check that it has."""
    graded = [each for each in demo(40).submissions if each.status == "graded"]
    seen = [test for each in graded for test in given(each)["tests"] if test["visibility"] == "visible"]
    assert len(seen) > 100
    assert "three_axes_in_half_precision" not in json.dumps(seen)
