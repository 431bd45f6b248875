"""Assignments as their files say: what they count, and one sentence with the line for each mistake."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from grader.cli.grade import grade
from grader.course.assignment import Assignment, assignment_names, policy_with, read_assignment
from grader.course.course import read_course
from grader.marks.policy import LatePolicy
from grader.model.errors import UsageError
from tests.helpers.course import ROOT, course
from tests.helpers.tiny_class import write_course

POINTS = {"doubling.double": 1.0, "doubling.quadruple": 2.0, "doubling.halve": 1.0}
DAY = timedelta(days=1)
FULL = """\
title = "Homework 1"
timezone = "Europe/Berlin"
release = 2026-03-02T09:00:00
due = 2026-03-27T23:59:00
grace = "15 min"
attempts = "best"
attempt_limit = 3
drop_lowest = 1
extra_credit = ["halve"]

[exercises]
doubling = 9
"doubling.halve" = 2.5

[late]
per = "day"
loss = "10 %"
cap = "50 %"
free_days = 4

[[extensions]]
students = ["ada"]
days = 3
reason = "ill"

[[extensions]]
labels = ["B"]
due = 2026-03-28T12:00:00
"""


def read(folder: Path, text: str, term: str = "") -> Assignment:
    write_course(folder)
    (folder / "assignments").mkdir(exist_ok=True)
    (folder / "assignments" / "hw1.toml").write_text(text)
    if term:
        (folder / "assignments" / "term.toml").write_text(term)
    return read_assignment(read_course(folder), "hw1")


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    """Weights share a topic's points in proportion to its pages; times are moments; an extension of three days ends at
    the same time of day, also where clocks are set forward in between."""
    found = read(tmp_path, FULL, '[labels]\nB = ["bob", "eve"]\n')
    rules = policy_with(found, POINTS)
    assert [(each.id, each.weight, each.extra) for each in rules.exercises] == [
        ("doubling.double", Fraction(3), False),
        ("doubling.quadruple", Fraction(6), False),
        ("doubling.halve", Fraction(5, 2), True),
    ]
    assert rules.release == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert rules.due == datetime(2026, 3, 27, 22, 59, tzinfo=UTC)
    assert (rules.title, rules.grace, rules.counting, rules.limit) == ("Homework 1", timedelta(minutes=15), "best", 3)
    assert rules.late == LatePolicy(DAY, Fraction(1, 10), Fraction(1, 2), 4)
    assert (rules.drop_lowest, rules.earlier) == (1, ())
    ada, group = found.extensions
    assert (ada.students, ada.reason) == (("ada",), "ill")
    assert ada.until == datetime(2026, 3, 30, 21, 59, tzinfo=UTC), "summer time has begun"
    assert (group.labels, group.until) == (("B",), datetime(2026, 3, 28, 11, tzinfo=UTC))
    assert found.labels == {"B": ("bob", "eve")}


def test_a_list_of_names_is_enough(tmp_path: Path) -> None:
    """Exercises count the points of their pages, in book order; nothing is due, nothing is late."""
    rules = policy_with(read(tmp_path, 'exercises = ["halve", "doubling.double"]\n'), POINTS)
    assert [(each.id, each.weight) for each in rules.exercises] == [("doubling.double", 1), ("doubling.halve", 1)]
    assert (rules.assignment, rules.title, rules.due, rules.needs_times) == ("hw1", "hw1", None, False)


@pytest.mark.parametrize("name", ['"doubling.halve"', "doubling.halve", "halve"])
def test_an_exercise_of_a_topic_that_is_named_too_has_a_weight_of_its_own(tmp_path: Path, name: str) -> None:
    """In whatever way it is named, with or without quotation marks; `true` are the points of the page."""
    text = f"[exercises]\n{name} = 5\n" if name == "doubling.halve" else f"[exercises]\ndoubling = true\n{name} = 5\n"
    weights = {each.id: each.weight for each in policy_with(read(tmp_path, text), POINTS).exercises}
    assert weights["doubling.halve"] == 5
    assert weights.get("doubling.quadruple", 2) == 2


def test_a_term_says_once_what_is_the_same(tmp_path: Path) -> None:
    """Setting by setting, of [late] too; the assignment's own word is the last."""
    term = 'timezone = "Asia/Shanghai"\nattempts = "best"\n[late]\nloss = 0.2\nfree_days = 5\n'
    text = 'due = 2026-03-09T08:00:00\nexercises = ["doubling"]\n[late]\nper = "hour"\nfree_days = 1\n'
    found = read(tmp_path, text, term).policy
    assert found.due == datetime(2026, 3, 9, tzinfo=UTC)
    assert found.late == LatePolicy(timedelta(hours=1), Fraction(1, 5), Fraction(1), 1)
    assert found.counting == "best"
    (tmp_path / "assignments" / "hw2.toml").write_text("due = 2026-03-09T08:00:00\n")
    (tmp_path / "assignments" / "hw0.toml").write_text("due = 2026-03-09T08:00:00\n")
    course = read_course(tmp_path)
    assert assignment_names(course) == ("hw0", "hw1", "hw2")
    assert read_assignment(course, "hw1").policy.earlier == ("hw0",), "of two at one time the first by name"


def test_a_time_with_an_offset_needs_no_zone(tmp_path: Path) -> None:
    found = read(tmp_path, 'due = 2026-03-09T23:59:00-05:00\nexercises = ["doubling"]\n')
    assert found.policy.due == datetime(2026, 3, 10, 4, 59, tzinfo=UTC)


def test_a_time_that_is_twice_is_the_later_one(tmp_path: Path) -> None:
    """When clocks are set back nobody is late for having read the other one."""
    text = 'timezone = "Europe/Berlin"\ndue = 2026-10-25T02:30:00\nexercises = ["doubling"]\n'
    assert read(tmp_path, text).policy.due == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


GOOD = 'timezone = "UTC"\ndue = 2026-03-09T23:59:00\nexercises = ["doubling"]\n'
MISTAKES = [
    ("due = tomorrow", r"hw1\.toml is not TOML: Invalid value \(at line 1, column 7\)"),
    (GOOD + "duee = 1", r"line 4: there is no setting 'duee'\. Did you mean due\?"),
    (GOOD.replace('timezone = "UTC"\n', ""), r"line 1: due has no time zone\. Say timezone = \"Europe/Berlin\""),
    (GOOD.replace("UTC", "Berlin"), r"line 1: there is no time zone 'Berlin'"),
    (GOOD.replace("T23:59:00", ""), r"line 2: due is a day and a time of day, without quotation marks"),
    (GOOD.replace("2026-03-09T23:59:00", '"2026-03-09"'), r"line 2: due is a day and a time of day"),
    ('timezone = "Europe/Berlin"\ndue = 2026-03-29T02:30:00\nexercises = ["doubling"]', r"line 2: .* set forward over it"),
    (GOOD + "release = 2026-04-01T00:00:00", r"line 4: it is released after it is due"),
    (GOOD + 'grace = "15"', r"line 4: grace is a length of time, such as \"15 min\""),
    (GOOD + 'attempts = "first"', r"line 4: attempts is \"last\" or \"best\""),
    (GOOD + "attempt_limit = 0", r"line 4: attempt_limit = 0 is no whole number from 1 on"),
    (GOOD + "drop_lowest = true", r"line 4: drop_lowest = True is no whole number from 0 on"),
    (GOOD + '[late]\nper = "week"\nloss = "1 %"', r"line 5: per is \"hour\" or \"day\", not 'week'"),
    (GOOD + '[late]\nloss = "110 %"', r"line 5: loss is a part of a whole"),
    (GOOD + '[late]\nper = "day"', r"line 4: loss is a part of a whole"),
    (GOOD + '[late]\nlos = "10 %"', r"line 5: there is no setting 'los' in \[late\]\. Did you mean loss\?"),
    ('exercises = ["doubling"]\n[late]\nloss = "10 %"', r"line 2: \[late\] needs a deadline"),
    (GOOD + '[[extensions]]\ndays = 3', r"line 4: an extension is for somebody"),
    (GOOD + '[[extensions]]\nstudents = ["ada"]\ndays = 3\n\n[[extensions]]\nstudents = ["bob"]', r"line 8: say how long it is"),
    (GOOD + '[[extensions]]\nstudents = "ada"\ndays = 3', r"line 5: students is a list of names"),
    (GOOD + 'extra_credit = ["halv"]', r"line 4: There is no topic and no exercise 'halv'\. Did you mean halve"),
    ('title = "x"\n', r"line 1: name them: exercises = \[\"softmax\"\]"),
    ('exercises = ["dubling"]', r"line 1: There is no topic and no exercise 'dubling'\. Did you mean doubling\?"),
    ('[exercises]\ndoubling = 1\n"doubling.halv" = 1', r"line 3: There is no topic and no exercise 'doubling\.halv'"),
    ("[exercises]\ndoubling = -1", r"line 2: doubling = -1 is no number of points"),
    ('exercises = ["halve"]\nextra_credit = ["double"]', r"line 2: doubling\.double is no exercise of this assignment"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), MISTAKES)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    """One sentence with file, line and repair."""
    with pytest.raises(UsageError, match=says) as caught:
        read(tmp_path, text)
    assert "hw1.toml" in str(caught.value) and "\n" not in str(caught.value)


def test_an_assignment_that_is_not_there(tmp_path: Path) -> None:
    """The nearest is named, or where it would be written."""
    course = read_course(write_course(tmp_path))
    with pytest.raises(UsageError, match=r"no assignment 'hw1'.* Write .*assignments/hw1\.toml"):
        read_assignment(course, "hw1")
    read(tmp_path, GOOD)
    with pytest.raises(UsageError, match="Did you mean hw1"):
        read_assignment(course, "hw")
    assert read_assignment(course, str(tmp_path / "assignments" / "hw1.toml")).name == "hw1"


DOCUMENT = (ROOT / "docs" / "assignments.md").read_text(encoding="utf-8")


def test_the_documented_file_is_one(tmp_path: Path) -> None:
    """The example of docs/assignments.md, with the course of this repository; what it says there is what is read."""
    whole, shared = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    (tmp_path / "hw1.toml").write_text(whole, encoding="utf-8")
    (tmp_path / "term.toml").write_text(shared, encoding="utf-8")
    found = read_assignment(course(), str(tmp_path / "hw1.toml"))
    rules = policy_with(found, dict.fromkeys(found.exercises, 1.0))
    weights = {each.id: each.weight for each in rules.exercises}
    assert weights["softmax.softmax_vjp"] == 3
    assert sum(weight for id, weight in weights.items() if id.startswith("softmax.")) == 23
    assert (rules.counting, rules.limit, rules.drop_lowest, found.labels) == (
        "best",
        5,
        1,
        {"accommodations": ("ada", "cyd")},
    )
    assert [each.until.isoformat() for each in found.extensions] == ["2026-03-12T22:59:00+00:00"]


def test_the_documented_commands_are_some() -> None:
    """Every d2l-grade line of both pages has a command and options that there are."""
    pages = DOCUMENT + (ROOT / "docs" / "marks.md").read_text(encoding="utf-8")
    lines = re.findall(r"^    d2l-grade (.*)$", pages, re.MULTILINE)
    assert len(lines) > 12
    for line in lines:
        name, *words = shlex.split(line.partition(" #")[0])
        command = grade.commands[name]
        known = {option for parameter in command.params for option in parameter.opts}
        assert [word for word in words if re.match(r"-{1,2}[a-z]", word) and word not in known] == [], line
