import io
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.model.fact import Fact
from grader.model.result import Hint, Verdict
from grader.report.exercise_terminal import class_summary, exercise_lines, next_step, topic_summary
from grader.report.statistics import figures
from tests.helpers.results import MISTAKES, a_class, check, demo, exercise, overflowing, submission

BRIEF = """\
softmax  ✗ a_large_row_beside_a_small_one   (3 of 4 cases right)
  softmax(tensor([[1000.31, 999.12, …], …]), 1)
  row 0: expected 0.7668 got nan   (4 of 8 values differ)
  exp overflows on large scores. Subtract each row's maximum first: a common shift changes nothing.
"""


def printed(*lines, **options):
    stream = io.StringIO()
    console = Console(file=stream, **{"width": 80, **options})
    for line in lines:
        console.print(line)
    return stream.getvalue()


def test_where_expected_got_why():
    """A failed exercise reads as the design draws it."""
    assert printed(*exercise_lines(overflowing(), width=120), width=120) == BRIEF


def test_eighty_columns_are_enough():
    """Long lines go on under themselves, and none is longer than the terminal."""
    wordy = check("a_name_that_fills_more_than_half_of_the_terminal_on_its_own", Verdict.WRONG, detail="x, " * 60)
    failed = exercise(verdict=Verdict.WRONG, checks=(wordy, check()), hints=(Hint("m", "王" * 60),), note="note " * 30)
    lines = printed(*exercise_lines(failed, width=80)).splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert all(line.startswith("  ") for line in lines[1:])
    assert "".join(lines).count("王") == 60


def test_a_passed_exercise_is_one_line():
    """Done is done: a tick and the points."""
    assert printed(*exercise_lines(exercise())) == "softmax  ✓  2/2\n"
    assert printed(*exercise_lines(exercise(), name_width=10)) == "softmax     ✓  2/2\n"


def test_a_stub_is_one_quiet_line():
    """What was not begun is no mistake."""
    stub = exercise(verdict=Verdict.MISSING, checks=(check(verdict=Verdict.MISSING),), hints=(Hint("m", "Write it."),))
    assert printed(*exercise_lines(stub)) == "softmax  – not written yet\n"


def test_our_fault_is_called_our_fault():
    """What could not be graded shows why, and no cross."""
    ours = exercise(verdict=Verdict.NOT_GRADED, note="no key for this device")
    assert printed(*exercise_lines(ours)) == "softmax  ? not graded\n  no key for this device\n"


def test_cases_are_counted_as_cases_and_checks_as_checks():
    """Cases as long as only cases fail; as soon as a rule or a gradient fails everything is counted."""
    rule = check("no_loop", Verdict.WRONG, aspect="rule")
    only_cases = exercise(verdict=Verdict.WRONG, checks=(check(), check(verdict=Verdict.WRONG), check(aspect="type")))
    with_rule = exercise(verdict=Verdict.WRONG, checks=(check(), check(verdict=Verdict.WRONG), rule))
    one_case = exercise(verdict=Verdict.WRONG, checks=(check(verdict=Verdict.WRONG), check(aspect="type")))
    assert "(1 of 2 cases right)" in printed(*exercise_lines(only_cases))
    assert "(1 of 3 checks right)" in printed(*exercise_lines(with_rule))
    assert "(0 of 1 case right)" in printed(*exercise_lines(one_case))


def test_a_guess_is_called_a_guess():
    """Where the misconception is not the whole story the hint says so."""
    unsure = exercise(verdict=Verdict.WRONG, hints=(Hint("axis", "Mind the axis."),), certain=False)
    assert "\n  Part of what is wrong: Mind the axis.\n" in printed(*exercise_lines(unsure))


def test_hidden_checks_have_no_name():
    """An instructor's run on a student's screen gives nothing away."""
    hidden = check("the_secret_edge", Verdict.TIMED_OUT, shown=False, full_detail="MARKER")
    told = printed(*exercise_lines(exercise(verdict=Verdict.TIMED_OUT, checks=(check(), hidden))))
    assert told == "softmax  ✗ a hidden case   (1 of 2 cases right)\n  timed out\n"


def test_a_submission_cannot_drive_the_terminal():
    """Escape codes in an exception's text are shown, not obeyed."""
    told = printed(
        *exercise_lines(exercise(verdict=Verdict.RAISED, checks=(check(verdict=Verdict.RAISED, detail="\x1b[2J"),)))
    )
    assert "␛[2J" in told
    assert "\x1b" not in told


def test_a_topic_is_one_line():
    """How full the bar is, the points, and how much is done."""
    results = [exercise(), exercise(verdict=Verdict.MISSING)]
    assert (
        printed(topic_summary("softmax", results))
        == "softmax  ██████████░░░░░░░░░░  2/4 points   1 of 2 exercises done\n"
    )


def test_a_bar_is_full_when_all_points_are_there():
    """Nearly is not all."""
    assert "░" not in printed(topic_summary("softmax", [exercise()]))
    assert "░" in printed(topic_summary("softmax", [exercise(verdict=Verdict.WRONG, points=1.99)]))
    assert "0/0 points" in printed(topic_summary("softmax", []))


def test_the_next_thing_to_do():
    """The first exercise in book order that is not done, and its command; never one that we failed at."""
    ours, stub = exercise("b.ours", Verdict.NOT_GRADED), exercise("b.stub", Verdict.MISSING)
    assert (
        printed(next_step([exercise("b.done"), ours, stub, overflowing()]))
        == "Next: write stub, then run  d2l-check b.stub\n"
    )
    assert printed(next_step([overflowing(), stub])) == "Next: repair softmax, then run  d2l-check softmax.softmax\n"
    assert "every exercise passes" in printed(next_step([exercise()]))
    assert "1 exercise could not be graded" in printed(next_step([exercise(), ours]))
    assert "no exercise" in printed(next_step([]))


def test_what_is_misnamed_is_to_be_renamed():
    """It is written already."""
    note = Fact("no_function", name="logsumexp", file="softmax.py", functions=("log_sum_exp",))
    misnamed = exercise("softmax.logsumexp", Verdict.MISSING, note=note)
    assert (
        printed(next_step([misnamed]), width=100)
        == "Next: rename log_sum_exp to logsumexp, then run  d2l-check softmax.logsumexp\n"
    )
    inside = exercise("softmax.logsumexp", Verdict.MISSING, note=replace(note, functions=(), text="class S", line=3))
    assert printed(next_step([inside]), width=100).startswith("Next: move logsumexp out of class S, then run")
    missing = exercise("softmax.logsumexp", Verdict.MISSING, note=replace(note, functions=()))
    assert printed(next_step([missing])) == "Next: write logsumexp, then run  d2l-check softmax.logsumexp\n"


def test_a_file_that_is_not_there_is_told_once():
    """Above its exercises; neither each of them nor what is next says it again."""
    missing = exercise("softmax.softmax", Verdict.MISSING, note=Fact("no_file", file="softmax.py"))
    assert printed(*exercise_lines(missing, brief=True)) == "softmax  – not there\n"
    assert printed(*exercise_lines(missing)) == "softmax  – there is no softmax.py\n"
    assert printed(next_step([missing])) == "Next: go to the folder that holds softmax.py, or unpack your kit again.\n"


def test_what_cannot_be_read_is_left_to_the_student():
    """It is no fault of the grader's, and there is a way out."""
    unread = exercise("softmax.softmax", Verdict.NOT_GRADED, note=Fact("unread", text="softmax.py is not text"))
    assert (
        printed(next_step([replace(unread, source="unread")]), width=100)
        == "Next: save your code as softmax.py, in UTF-8; it cannot be read as it is.\n"
    )


def everything(ascii):
    results = demo()
    done = results.submissions[2].exercises
    lines = [line for each in done for line in exercise_lines(each, ascii=ascii)]
    files = {"report": "out/report.html"}
    return [
        *lines,
        topic_summary("softmax", done, ascii=ascii),
        next_step(done, ascii=ascii),
        class_summary(figures(results), files=files, ascii=ascii),
    ]


def test_ascii_alone_is_enough():
    """A terminal that knows ASCII only gets ASCII, with marks that can still be told apart."""
    assert printed(*everything(ascii=True)).isascii()
    assert not printed(*everything(ascii=False)).isascii()
    told = printed(*exercise_lines(overflowing(), ascii=True), *exercise_lines(exercise(), ascii=True))
    assert "softmax  x a_large_row" in told and "softmax  ok  2/2" in told and "999.12, ...], ...]" in told


def test_colour_only_where_it_belongs(monkeypatch):
    """A pipe gets no escape code, a terminal gets colours, and NO_COLOR takes them away."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for spelling in (False, True):
        assert "\x1b" not in printed(*everything(spelling))
        assert "\x1b[31m" in printed(*everything(spelling), force_terminal=True, color_system="standard")
    monkeypatch.setenv("NO_COLOR", "1")
    told = printed(*everything(False), force_terminal=True, color_system="standard")
    assert "\x1b[31m" not in told and "\x1b[36m" not in told


def test_a_class_in_a_few_lines():
    """Who was graded, how they did, what they misunderstood, who has no mark and why, and where the files are."""
    results = a_class(
        submission("ada", overflowing(), exercise("softmax.loop", Verdict.TIMED_OUT)),
        submission("bob", overflowing(), exercise("softmax.loop")),
        submission("eve", status="absent", reason="no folder"),
        submission("zoe", status="not_graded", reason="a zip bomb"),
    )
    told = printed(class_summary(figures(results), files={"report": "out/report.html"}))
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert lines[:2] == [
        "4 students: 2 graded, 1 not graded, 1 absent",
        "mean 62.5 %, median 62.5 %, 0 with full marks",
    ]
    for line in (
        "2 softmax.softmax overflowing", "eve absent no folder", "zoe not graded a zip bomb",
        "ada softmax.loop timed out", "report out/report.html",
    ):  # fmt: skip
        assert line in lines


def test_a_large_class_is_still_a_few_lines():
    """Long lists end with how many more there are; but each whom somebody has to look at has a line."""
    counted = figures(demo(400, 2))
    told = printed(class_summary(counted))
    assert len(told.splitlines()) < 60 + 2 * len(counted.unread)
    assert "more in the report" in told


def test_an_empty_class_has_a_summary():
    """Nobody is no reason to divide by zero."""
    assert printed(class_summary(figures(a_class()))) == "0 students: 0 graded\n"


def test_hints_are_whole():
    """Wrapping loses no word."""
    told = " ".join(printed(*exercise_lines(overflowing(), width=40), width=40).split())
    assert MISTAKES["overflowing"] in told


@pytest.mark.parametrize("module", ["exercise_terminal", "results_json", "grades_csv", "file_names"])
def test_what_students_install_is_enough(module):
    """Nothing but the pages needs Jinja2, and no report needs torch."""
    code = f"import sys, grader.report.{module}; print(sorted({{'jinja2', 'torch'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
