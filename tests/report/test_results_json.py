"""results.json: what other programs read."""

from __future__ import annotations

import json
from dataclasses import fields
from importlib.resources import files

import jsonschema
import pytest

from grader.model.errors import UsageError
from grader.model.fact import Fact
from grader.model.result import Attempts, Verdict
from grader.model.vocabulary import CAUSES, END_KINDS, FACT_KINDS, VERDICT_WORDS
from grader.report.explanation import explanation
from grader.report.results_json import from_json, to_json
from tests.helpers.facts import FACTS
from tests.helpers.results import a_class, check, demo, exercise, overflowing, submission

SCHEMA = json.loads(files("grader.report").joinpath("results.schema.json").read_text())


def test_what_was_written_is_read_back():
    """A run survives results.json unchanged."""
    results = demo(40, 3)
    assert from_json(to_json(results)) == results


def test_names_of_schema_2():
    """The names of schema 2 are a promise to other programs."""
    document = json.loads(to_json(a_class(submission("ada", overflowing()))))
    assert document["schema"] == 2
    assert {"course", "device", "sandbox", "versions", "submissions"} <= document.keys()
    [student] = document["submissions"]
    assert {"student", "status", "reason", "points", "max_points", "exercises"} <= student.keys()
    [done] = student["exercises"]
    assert {"id", "points", "max_points", "verdict", "hints", "certain", "pattern", "checks"} <= done.keys()
    assert (done["id"], done["verdict"], done["hints"][0]["mistake"]) == ("softmax.softmax", "wrong", "overflowing")
    assert {"name", "aspect", "weight", "shown", "verdict", "dtype", "device", "fact"} <= done["checks"][0].keys()


def test_attempts_are_told_where_they_are_known():
    """How many, which one solved it, how long that took; null where nothing is known, or nothing was solved."""
    known = [exercise("a.one", attempts=Attempts(3, 2, 90.0)), exercise("a.two", attempts=Attempts(2)), exercise("a.c")]
    text = to_json(a_class(submission("ada", *known)))
    assert [each["attempts"] for each in json.loads(text)["submissions"][0]["exercises"]] == [
        {"count": 3, "solved": 2, "seconds": 90.0}, {"count": 2, "solved": None, "seconds": None}, None,
    ]  # fmt: skip
    assert from_json(text) == a_class(submission("ada", *known))


def test_what_hidden_cases_saw_is_not_in_it():
    """`fact` is what a student may see. The instructor's stays in the gradebook: anybody may read this file."""
    told = check(verdict=Verdict.WRONG, shown=False, detail="a wrong value", full_detail="expected 3 got 4")
    text = to_json(a_class(submission("ada", exercise(verdict=Verdict.WRONG, checks=(told,)))))
    written = json.loads(text)["submissions"][0]["exercises"][0]["checks"][0]
    assert written["fact"] == {"kind": "told", "text": "a wrong value"}
    assert "full_fact" not in written
    assert "expected 3" not in text


def test_a_file_of_an_older_version_is_read():
    """It held the seed and every detail; neither is taken over."""
    document = json.loads(to_json(a_class(submission("ada", exercise()))))
    document["seed"] = 5
    document["schema"] = 1
    [known] = document["submissions"][0]["exercises"][0]["checks"]
    del known["fact"]
    known |= {"verdict": "wrong", "detail": "expected 1 got 2", "full_detail": "expected 3 got 4"}
    read = from_json(json.dumps(document))
    assert explanation(read.submissions[0].exercises[0].checks[0]) == "expected 1 got 2"
    assert "expected 3" not in to_json(read)


def test_points_have_four_decimals_and_totals_are_their_sum():
    """Whoever adds the exercises up gets the total that is written down."""
    thirds = [exercise(f"softmax.{name}", points=1 / 3) for name in "abc"]
    [student] = json.loads(to_json(a_class(submission("ada", *thirds))))["submissions"]
    assert [each["points"] for each in student["exercises"]] == [0.3333] * 3
    assert student["points"] == 0.9999


def test_every_name_can_be_written():
    """A folder's name need not be Unicode, and the file can be written all the same; nothing in it is obeyed."""
    names = ("王小明", "caf\udce9", 'a"b\n\x00', "<script>", "\x1b[2J\u202e\x9b31m\u2028")
    read = from_json(to_json(a_class(*map(submission, names))).encode().decode())
    shown = ["王小明", "caf\ufffd", 'a"b\n␀', "<script>", "␛[2J\ufffd\ufffd31m\ufffd"]
    assert [each.student for each in read.submissions] == shown


def test_a_later_field_may_be_missing():
    """What the schema does not promise may be absent from another program's file."""
    document = json.loads(to_json(a_class(submission("ada", exercise()))))
    del document["title"], document["seconds"], document["submissions"][0]["empty"]
    for name in ("hints", "certain", "pattern", "note", "seconds", "attempts", "source"):
        del document["submissions"][0]["exercises"][0][name]
    assert from_json(json.dumps(document)).submissions == a_class(submission("ada", exercise())).submissions


def test_an_earlier_file_tells_by_its_sentences():
    """Those of schema 1, before there were fields: neither file nor function, a broken notebook, nothing of the topics."""
    told = {
        "absent": ("missing", "there is no softmax.py", ""),
        "unreadable_notebook": ("raised", "", "softmax (2).ipynb is not a notebook"),
        "read": ("raised", "", "every call raised E: softmax.ipynb "),
    }
    document = json.loads(to_json(a_class(submission("ada", *[exercise() for _ in told]), submission("bob"))))
    for done, (verdict, note, detail) in zip(document["submissions"][0]["exercises"], told.values(), strict=True):
        del done["source"]
        done.update(verdict=verdict, note=note)
        del done["checks"][0]["fact"]
        done["checks"][0]["detail"] = detail
    del document["submissions"][1]["empty"]
    document["submissions"][1].update(status="not_graded", reason="there is no softmax.py")
    ada, bob = from_json(json.dumps(document)).submissions
    assert [each.source for each in ada.exercises] == list(told)
    assert (ada.empty, bob.empty) == (False, True)


@pytest.mark.parametrize("fact", FACTS, ids=[f"{fact.kind} {fact.cause or fact.got or fact.hidden}" for fact in FACTS])
def test_facts_survive_and_follow_the_schema(fact: Fact) -> None:
    """Typed and whole, numbers that JSON cannot say among them; and as the JSON schema in the package has them."""
    failed = check(verdict=Verdict.WRONG, fact=fact)
    results = a_class(submission("ada", exercise(verdict=Verdict.WRONG, checks=(failed,), note=fact)))
    text = to_json(results)
    (read,) = from_json(text).submissions
    assert repr(read.exercises[0].checks[0].fact) == repr(fact)
    jsonschema.validate(json.loads(text), SCHEMA)


def test_a_class_follows_the_schema() -> None:
    """Students of all kinds, those without a mark and those who are absent among them."""
    jsonschema.validate(json.loads(to_json(demo(40, 3))), SCHEMA)


def test_the_schema_knows_every_word() -> None:
    """No kind, end or verdict is missing in the schema, and it has none that is not said."""
    words = {name: set(SCHEMA["$defs"][name]["enum"]) for name in ("kind", "end_kind", "verdict", "cause")}
    assert words == {
        "kind": set(FACT_KINDS), "end_kind": set(END_KINDS), "verdict": set(VERDICT_WORDS), "cause": set(CAUSES),
    }  # fmt: skip
    assert set(VERDICT_WORDS) == {verdict.value for verdict in Verdict}
    assert set(SCHEMA["$defs"]["fact"]["properties"]) == {field.name for field in fields(Fact)}


def test_nobody_has_points_who_has_no_mark() -> None:
    """What was not graded has null points, and so has a student of whom something was not read."""
    unread = exercise(verdict=Verdict.NOT_GRADED, source="unread", note=Fact("unread", text="softmax.py.pdf is there"))
    [student] = json.loads(to_json(a_class(submission("ada", unread, exercise("softmax.vjp")))))["submissions"]
    assert (student["points"], [done["points"] for done in student["exercises"]]) == (None, [None, 2.0])


def broken(change) -> str:
    document = json.loads(to_json(a_class(submission("ada", exercise()))))
    change(document, document["submissions"][0], document["submissions"][0]["exercises"][0])
    return json.dumps(document)


OTHERS = {
    "": "not JSON",
    "{": "not JSON",
    "[" * 100_000: "not JSON",
    "[]": "no schema",
    '{"points": 3}': "no schema",
    '{"schema": true}': "no schema",
    '{"schema": 3}': "newer d2l-grader",
    broken(lambda run, student, done: run.pop("device")): "it has no proper 'device'",
    broken(lambda run, student, done: run.update(device=True)): "it has no proper 'device'",
    broken(lambda run, student, done: run.update(versions={"torch": 2})): "it has no proper 'versions'",
    broken(lambda run, student, done: run.update(submissions=[3])): "submission 1 is not an object",
    broken(lambda run, student, done: student.update(status="fine")): "submission 1 says 'fine'",
    broken(lambda run, student, done: student.update(student=None)): "submission 1 has no proper 'student'",
    broken(lambda run, student, done: done.update(points=float("nan"))): "exercise 1 has no proper 'points'",
    broken(lambda run, student, done: done.update(points=True)): "exercise 1 has no proper 'points'",
    broken(lambda run, student, done: done.update(points=10**400)): "exercise 1 has no proper 'points'",
    broken(lambda run, student, done: done.update(verdict="great")): "exercise 1 says 'great'",
    broken(lambda run, student, done: done.update(source="great")): "exercise 1 says 'great'",
    broken(lambda run, student, done: done.update(attempts=3)): "exercise 1 has no proper 'attempts'",
    broken(lambda run, student, done: done.update(attempts={"count": "x"})): "attempts has no proper 'count'",
    broken(lambda run, student, done: done["checks"][0].update(aspect="x")): "check 1 says 'x'",
    broken(lambda run, student, done: done["checks"][0].update(fact=7)): "check 1 has no proper 'fact'",
    broken(
        lambda run, student, done: done["checks"][0].update(fact={})
    ): "check 1 has no proper 'fact': Fact lacks kind",
    broken(lambda run, student, done: done.update(note={"kind": "x"})): "exercise 1 has no proper 'note': 'x' is none",
}


@pytest.mark.parametrize(("text", "why"), OTHERS.items(), ids=OTHERS.values())
def test_another_file_is_refused_in_one_line(text, why):
    """Whatever is not ours is named in one line, never a traceback."""
    with pytest.raises(UsageError) as refusal:
        from_json(text)
    assert why in str(refusal.value)
    assert "\n" not in str(refusal.value)
