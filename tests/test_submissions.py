"""Submissions of every kind, end to end: read from files, run in the real sandbox, judged, reported.

The right answers are those of the sample class, which were written without a look at the references.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click
import pytest
from rich.console import Console

from grader.cli.check import check
from grader.cli.common import run as run_command
from grader.cli.grade import grade as grade_command
from grader.course.course import load_pages, read_course
from grader.doctor.kit_leaks import source_lines
from grader.grading.examine import examine
from grader.grading.pool import GradingPlan, Task, grade
from grader.intake.files import Unreadable, read_source
from grader.intake.handed_in import HandedIn, Part
from grader.intake.layout import intake
from grader.intake.read import read_handed_in
from grader.intake.submission import Submission
from grader.keymaking.keymaker import make_key
from grader.kits.student import pack_kit
from grader.model.key import AnswerKey
from grader.model.key_file import save_key
from grader.model.result import ExerciseResult, SubmissionResult, Verdict
from grader.report.exercise_terminal import exercise_lines
from grader.report.feedback_html import to_feedback_html
from grader.report.feedback_text import to_feedback_text
from grader.sandbox.session import Sandbox
from tests import shared
from tests.shared import PATIENT, course_key, one_process
from tests.support import ROOT, course, page, page_ids

CLASS = ROOT / "demo" / "class"
DEADLINE = 1.0  # seconds, of an exercise whose answer never comes
TOPICS = ("broadcasting", "softmax", "dropout")

Results = Mapping[str, ExerciseResult]


def written_by(student: str, topic: str) -> str:
    return read_source(CLASS / student / f"{topic}.py")


def right(topic: str, *changes: str) -> str:
    """A right module in which later definitions replace earlier ones."""
    return "\n\n\n".join([written_by("chen-yu", topic), *changes])


def read_class(folder: Path, topics: Sequence[str]) -> list[Submission]:
    return [read_handed_in(each, topics) for each in intake(folder).handed_in]


@pytest.fixture
def sandbox() -> Sandbox:
    return shared.sandbox()


@pytest.fixture(scope="module")
def key() -> AnswerKey:
    """The key of the whole course, with the public seed."""
    return course_key()


def only(key: AnswerKey, *ids: str) -> AnswerKey:
    return replace(key, exercises=tuple(each for each in key.exercises if each.id in ids))


def hurried(key: AnswerKey, id: str) -> AnswerKey:
    """The key with a short deadline for one exercise."""
    short = {"question_seconds": DEADLINE}
    return replace(
        key, exercises=tuple(replace(each, limits=short) if each.id == id else each for each in key.exercises)
    )


def graded(sandbox: Sandbox, key: AnswerKey, *ids: str, **sources: str) -> Results:
    """The results of a submission of these modules, by exercise: those named, or all of the topics given."""
    asked = only(key, *ids) if ids else key.of_topics(tuple(sources))
    result = examine(asked, Submission("somebody", sources), sandbox)
    assert result.status == "graded"
    return {each.id: each for each in result.exercises}


def details(result: ExerciseResult) -> str:
    return "\n".join(check.detail for check in result.checks)


def verdicts(results: Results) -> dict[str, str]:
    return {id: result.verdict.value for id, result in results.items()}


# What a submission does to itself ------------------------------------------------------------------------------------

BROKEN = "softmax.softmax_vjp"
LAST_TWO = (BROKEN, "softmax.smooth_labels", "softmax.softmax")
ENDLESS = """
def softmax_vjp(s, g, dim):
    while True:
        pass
"""


@pytest.mark.parametrize(
    ("body", "verdict", "says"),
    [
        ("while True:\n        pass", Verdict.TIMED_OUT, "stopped after 1 s, which is what one question may take"),
        ("__import__('time').sleep(1000)", Verdict.TIMED_OUT, "stopped after 1 s"),
        ("__import__('os')._exit(0)", Verdict.DIED, "ended itself (exit code 0)"),
        ("__import__('ctypes').string_at(0)", Verdict.DIED, "crashed"),
        (
            "return torch.zeros(10**8, dtype=torch.uint8)",
            Verdict.RAISED,
            "too much output: 95.4 MB of answers, 64 MB is the limit",
        ),
        ("return torch.zeros(10**10)", Verdict.OUT_OF_MEMORY, "memory"),
        ("return softmax_vjp(s, g, dim)", Verdict.RAISED, "RecursionError"),
        ("raise SystemExit(0)", Verdict.RAISED, "SystemExit"),
        ("raise KeyboardInterrupt", Verdict.RAISED, "KeyboardInterrupt"),
    ],
    ids=["loop", "sleep", "exit", "segfault", "flood of an answer", "memory", "recursion", "SystemExit", "interrupt"],
)
def test_what_one_function_does_costs_one_exercise(
    sandbox: Sandbox, key: AnswerKey, body: str, verdict: Verdict, says: str
) -> None:
    """A loop, an exit, a crash or a flood ends one exercise, says how, and the rest is still asked."""
    source = right("softmax", f"def softmax_vjp(s, g, dim):\n    {body}")
    results = graded(sandbox, hurried(key, BROKEN), *LAST_TWO, softmax=source)
    assert verdicts(results) == {"softmax.softmax": "passed", "softmax.smooth_labels": "passed", BROKEN: verdict.value}
    assert results[BROKEN].points == 0
    assert says in details(results[BROKEN])


def test_a_loop_costs_one_deadline(sandbox: Sandbox, key: AnswerKey) -> None:
    """Of an exercise of many questions only one is waited for; the question that ran out of time is shown."""
    (exercise,) = only(key, BROKEN).exercises
    assert len(exercise.questions) > 3
    result = graded(sandbox, hurried(key, BROKEN), BROKEN, softmax=right("softmax", ENDLESS))[BROKEN]
    assert result.seconds >= DEADLINE
    first, *others = result.checks
    assert first.detail.startswith("softmax_vjp(tensor([[")
    assert first.detail.splitlines()[1].startswith("stopped after 1 s")
    assert all(each.detail.startswith(("not asked", "there was no answer")) for each in others)


def test_a_file_that_ends_the_process_costs_its_topic(sandbox: Sandbox, key: AnswerKey) -> None:
    """The other topics of the same student are asked in a fresh process."""
    ids = ("softmax.softmax", "softmax.logsumexp", "broadcasting.center", "broadcasting.outer_sum")
    source = "import os\nos._exit(3)\n"
    results = graded(sandbox, key, *ids, softmax=source, broadcasting=right("broadcasting"))
    assert verdicts(results) == {
        "broadcasting.outer_sum": "passed",
        "broadcasting.center": "passed",
        "softmax.softmax": "died",
        "softmax.logsumexp": "died",
    }


def test_a_submission_has_a_deadline_of_its_own(key: AnswerKey) -> None:
    """Endless loops everywhere cost no more than the submission's time, and what was not asked says so."""
    impatient = shared.sandbox().within({"question_seconds": 0.7, "submission_seconds": 1.5})
    loops = "\n\n".join(
        f"def {each.function}(*args, **kwargs):\n    while True:\n        pass"
        for each in key.of_topics(("softmax",)).exercises
    )
    result = examine(key.of_topics(("softmax",)), Submission("slow", {"softmax": loops}), impatient)
    assert {each.verdict for each in result.exercises} == {Verdict.TIMED_OUT}
    said = [details(each) for each in result.exercises]
    assert "the 1.5 s of the whole submission are used up" in said[-1]
    assert sum("what one question may take" in each for each in said) <= 2, "no third loop fits in"


def test_what_a_submission_prints_changes_nothing(sandbox: Sandbox, key: AnswerKey) -> None:
    """Megabytes on both streams, warnings made errors, a replaced print: the marks are those of the quiet module."""
    noise = """
import sys, warnings
warnings.simplefilter("error")
print("x" * 10_000_000)
quiet = softmax

def softmax(X, dim):
    warnings.warn("careful")
    print("y" * 100_000, file=sys.stderr)
    sys.stdout.write("z" * 100_000)
    print(X, flush=True)
    return quiet(X, dim)
"""
    ids = ("softmax.softmax", "softmax.cross_entropy_grad")
    loud, silent = (
        graded(sandbox, key, *ids, softmax=source) for source in (right("softmax", noise), right("softmax"))
    )
    assert {id: each.points for id, each in loud.items()} == {id: each.points for id, each in silent.items()}
    assert verdicts(loud) == {"softmax.softmax": "passed", "softmax.cross_entropy_grad": "passed"}


def test_other_parameters_are_one_line(sandbox: Sandbox, key: AnswerKey) -> None:
    """A function with another signature raises what Python says, once and not once a case."""
    result = graded(sandbox, key, "softmax.softmax", softmax="def softmax(X):\n    return X\n")["softmax.softmax"]
    assert result.verdict is Verdict.RAISED
    assert result.points == 0
    assert {check.detail for check in result.checks} == {
        "every call raised TypeError: softmax() takes 1 positional argument but 2 were given"
    }


def test_a_missing_function_is_missing(sandbox: Sandbox, key: AnswerKey) -> None:
    """So are a stub and a name that is no function; the functions that are there are graded."""
    source = right("softmax", "del softmax_vjp", "def softmax(X, dim):\n    raise NotImplementedError", "logsumexp = 3")
    ids = ("softmax.softmax", "softmax.logsumexp", "softmax.smooth_labels", BROKEN)
    results = graded(sandbox, key, *ids, softmax=source)
    assert verdicts(results) == {
        "softmax.softmax": "missing",
        "softmax.logsumexp": "missing",
        "softmax.smooth_labels": "passed",
        BROKEN: "missing",
    }
    assert results[BROKEN].note == "there is no function softmax_vjp"
    assert results["softmax.softmax"].checks[0].detail.endswith("not written yet")


def test_a_misspelt_function_is_pointed_at(sandbox: Sandbox, key: AnswerKey) -> None:
    """The name that is there and looks like it is said, so that nobody searches for a lost mark."""
    source = right("broadcasting").replace("normalize_channels", "normalise_channels")
    result = graded(sandbox, key, "broadcasting.normalize_channels", broadcasting=source)[
        "broadcasting.normalize_channels"
    ]
    assert result.verdict is Verdict.MISSING
    assert result.note == "there is no function normalize_channels; normalise_channels is there"


def test_a_branch_that_is_not_written_yet_is_no_stub(sandbox: Sandbox, key: AnswerKey) -> None:
    """Where some answers count, the student reads which call it was that ended in NotImplementedError."""
    body = "def softmax(X, dim):\n    if X.dim() != 2:\n        raise NotImplementedError\n    return whole(X, dim)"
    result = graded(sandbox, key, "softmax.softmax", softmax=right("softmax", "whole = softmax", body))[
        "softmax.softmax"
    ]
    assert 0 < result.points < result.max_points
    assert result.verdict is Verdict.RAISED
    assert "softmax(tensor([" in details(result)
    assert "not written yet" in details(result)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("def f(:", r"softmax\.py cannot be run: SyntaxError: .+ \(line 3\)"),
        ("  x = 1", r"softmax\.py cannot be run: IndentationError: .+ \(line 3\)"),
        (
            "from d2l import torch as d2l",
            r"softmax\.py cannot be run: ModuleNotFoundError: No module named 'd2l' \(line 3\)",
        ),
        ("x = 1 / 0", r"every call raised ZeroDivisionError: division by zero \(line 3\)"),
        ("x = '\\ud800'; raise ValueError(x)", r"every call raised ValueError: .* \(line 3\)"),
    ],
)
def test_a_file_that_cannot_be_run_says_where(sandbox: Sandbox, key: AnswerKey, line: str, says: str) -> None:
    """Every exercise of the file says the same line once, with the number of the line to repair."""
    source = f"import torch\n\n{line}\n" + right("softmax")
    for result in graded(sandbox, key, "softmax.softmax", BROKEN, softmax=source).values():
        assert (result.verdict, result.points) == (Verdict.RAISED, 0)
        (detail,) = {check.detail for check in result.checks}
        assert re.fullmatch(says, detail)


def test_a_missing_file_is_missing(sandbox: Sandbox, key: AnswerKey) -> None:
    """Its exercises say that there is no such file; the other files count."""
    results = graded(sandbox, key, "softmax.softmax", "broadcasting.center", softmax=right("softmax"))
    assert verdicts(results) == {"broadcasting.center": "missing", "softmax.softmax": "passed"}
    assert results["broadcasting.center"].note == "there is no broadcasting.py"


# What it earns -------------------------------------------------------------------------------------------------------

THOUGHTLESS = {
    "stub": "raise NotImplementedError",
    "nothing": "return None",
    "identity": "return args[0]",
    "last argument": "return args[-1]",
    "zero": "return 0.0",
    "one": "return 1",
    "true": "return True",
    "zeros": "return like(args, torch.zeros_like)",
    "ones": "return like(args, torch.ones_like)",
    "random": "return like(args, lambda x: torch.rand(x.shape).to(x.dtype))",
    "a pair of zeros": "return 0.0, 0.0",
    "empty": "return torch.empty(0)",
}
LIKE = """
import torch

def like(args, fill):
    return fill(next((x for x in args if isinstance(x, torch.Tensor)), torch.zeros(())))
"""


@pytest.fixture(scope="module")
def thoughtless(key: AnswerKey) -> Mapping[str, Results]:
    """What a course of functions that do not think gets, by exercise."""
    return {name: graded(shared.sandbox(), key, **_course_of(key, body)) for name, body in THOUGHTLESS.items()}


def _course_of(key: AnswerKey, body: str) -> dict[str, str]:
    return {
        topic: LIKE
        + "\n\n".join(
            f"def {each.function}(*args, **kwargs):\n    {body}" for each in key.of_topics((topic,)).exercises
        )
        for topic in key.topics
    }


@pytest.mark.parametrize("id", page_ids())
def test_thoughtless_answers_earn_nothing(id: str, thoughtless: Mapping[str, Results]) -> None:
    """A stub, zeros, ones, an argument, None, a constant, random numbers: 0 points on every exercise of the course."""
    assert {name: results[id].points for name, results in thoughtless.items()} == dict.fromkeys(THOUGHTLESS, 0.0)


@pytest.mark.parametrize("student", ["chen-yu", "amelie-dubois", "hana"])
def test_right_answers_earn_everything(sandbox: Sandbox, key: AnswerKey, student: str) -> None:
    """Three who solved all of it in ways of their own, one of them with prints and warnings everywhere."""
    asked = key.of_topics(TOPICS)
    result = examine(asked, Submission(student, {topic: written_by(student, topic) for topic in TOPICS}), sandbox)
    assert [(each.id, details(each)) for each in result.exercises if not each.passed] == []
    assert result.points == result.max_points == sum(each.points for each in asked.exercises)


def test_a_half_right_answer_gets_what_its_checks_say(sandbox: Sandbox, key: AnswerKey) -> None:
    """Points are shared by weight; what any thoughtless answer passes counts in proportion to the rest."""
    source = right("softmax", "def softmax(X, dim):\n    return X.exp() / X.exp().sum(dim, keepdim=True)")
    result = graded(sandbox, key, "softmax.softmax", softmax=source)["softmax.softmax"]
    failed = {check.name for check in result.checks if check.verdict is not Verdict.PASSED}
    assert failed == {
        "a_large_row_beside_a_small_one",
        "a_large_row_beside_a_small_one.gradient",
        "scores_thousands_apart",
    }
    substance = [check for check in result.checks if not check.form]
    passed = sum(check.weight for check in substance if check.name not in failed)
    form = (
        sum(check.weight for check in result.checks if check.form) * passed / sum(check.weight for check in substance)
    )
    expected = result.max_points * (passed + form) / sum(check.weight for check in result.checks)
    assert result.points == pytest.approx(expected, abs=1e-5)
    assert 0.3 < result.points / result.max_points < 0.7
    assert result.misconception == "overflowing"


WRONG_LOGARITHM = "def log_softmax(X, dim):\n    return 2 * X"


def test_one_early_mistake_is_not_punished_twice(sandbox: Sandbox, key: AnswerKey) -> None:
    """A right cross_entropy on a wrong log_softmax is graded with a right one, and says so."""
    ids = ("softmax.logsumexp", "softmax.log_softmax", "softmax.cross_entropy")
    results = graded(sandbox, key, *ids, softmax=right("softmax", WRONG_LOGARITHM))
    helped = results["softmax.cross_entropy"]
    assert results["softmax.log_softmax"].points == 0
    assert helped.points == helped.max_points
    assert helped.note == "Graded with a right log_softmax: repair that first. Its mistake does not count here."


def test_a_stand_in_does_not_repair_the_exercise_itself(sandbox: Sandbox, key: AnswerKey) -> None:
    """With a right log_softmax beneath it, what is wrong in cross_entropy itself is what the student reads."""
    summed = "def cross_entropy(logits, y):\n    return -log_softmax(logits, 1)[range(len(y)), y].sum()"
    ids = ("softmax.log_softmax", "softmax.cross_entropy")
    result = graded(sandbox, key, *ids, softmax=right("softmax", WRONG_LOGARITHM, summed))["softmax.cross_entropy"]
    assert result.misconception == "summed"
    assert result.points < result.max_points
    assert result.note


def test_who_needs_no_help_gets_none(sandbox: Sandbox, key: AnswerKey) -> None:
    """No note where the exercise does not build on what failed."""
    alone = "def cross_entropy(logits, y):\n    return (1 + 0 * y).sum() * logits.sum() * 0 + 3.0"
    ids = ("softmax.log_softmax", "softmax.cross_entropy")
    results = graded(sandbox, key, *ids, softmax=right("softmax", WRONG_LOGARITHM, alone))
    assert results["softmax.cross_entropy"].points == 0
    assert results["softmax.cross_entropy"].note == ""


def test_forbidden_functions_cost_points_and_name_their_line(sandbox: Sandbox, key: AnswerKey) -> None:
    """Called by name, through an alias, or as a method."""
    sources = [
        "import torch\n\ndef softmax(X, dim):\n    return torch.softmax(X, dim)\n",
        "from torch import softmax as s\n\ndef softmax(X, dim):\n    return s(X, dim)\n",
        "import torch\n\ndef softmax(X, dim):\n    return X.softmax(dim)\n",
        "import torch\n\ndef softmax(X, dim):\n    return getattr(torch, 'softmax')(X, dim)\n",
    ]
    for source in sources:
        result = graded(sandbox, key, "softmax.softmax", softmax=source)["softmax.softmax"]
        (failed,) = [check for check in result.checks if check.verdict is not Verdict.PASSED]
        assert failed.name == "allowed_functions"
        assert re.fullmatch(r".*softmax is not allowed here \(softmax\.py:4\)", failed.detail)
        assert result.points < result.max_points


# The sample class ----------------------------------------------------------------------------------------------------

EXPECTED: Mapping[str, Mapping[str, str]] = {
    "bashir": {"broadcasting.unbroadcast": "only_leading_axes", "softmax.logsumexp": "infinity_minus_infinity"},
    "carla.romero": {
        "broadcasting.center": "missing_keepdim",
        "broadcasting.pairwise_sq_dist": "expanded_square",
        "broadcasting.broadcast_shape": "asserted",
        "softmax.softmax": "overflowing",
        "softmax.softmax_vjp": "only_the_diagonal",
        "dropout.dropout_moments": "only_the_mean_is_kept",
    },
    "dmitri": {
        "broadcasting.outer_sum": "forced_to_float32",
        "broadcasting.masked_mean": "one_step_too_many",
        "softmax.softmax": "one_maximum_for_all",
        "softmax.cross_entropy": "every_label_for_every_row",
        "softmax.smooth_labels": "whole_columns",
        "dropout.dropout_layer": "scaled_in_evaluation_too",
        "dropout.dropconnect": "not_rescaled",
    },
    "emeka": {
        "broadcasting.outer_sum": "one_row_at_a_time",
        "broadcasting.normalize_channels": "in_place",
        "dropout.dropout": "multiplied_in_place",
    },
    "feng": {"broadcasting.broadcast_shape": "none_for_an_error", "dropout.dropout_layer": "always_drops"},
    "giulia": {"dropout.dropout": "exactly_as_many_zeros"},
    "ivan": {
        "broadcasting.center": "mean_detached",
        "softmax.softmax": "sum_without_keepdim",
        "softmax.cross_entropy": "summed",
    },
    "张 伟": {"broadcasting.masked_mean": "zero_over_zero", "softmax.cross_entropy_grad": "divided_by_the_classes_too"},
}
NOT_NAMED = {"noor": "broadcasting.masked_mean"}  # it loops, but its numbers are wrong for another reason


@pytest.fixture(scope="module")
def sample(key: AnswerKey) -> Mapping[str, SubmissionResult]:
    """The results of the sample class."""
    asked = key.of_topics(TOPICS)
    keys = {"giulia": hurried(asked, "broadcasting.unbroadcast")}  # she loops there
    return {
        each.student: examine(keys.get(each.student, asked), each, shared.sandbox())
        for each in read_class(CLASS, TOPICS)
    }


def _of(result: SubmissionResult) -> Results:
    return {each.id: each for each in result.exercises}


@pytest.mark.parametrize("student", EXPECTED)
def test_mistakes_of_the_sample_class_are_named(student: str, sample: Mapping[str, SubmissionResult]) -> None:
    """Written by hand, in words of their own, and recognised all the same."""
    found = _of(sample[student])
    assert {id: found[id].misconception for id in EXPECTED[student]} == EXPECTED[student]


@pytest.mark.parametrize(("student", "id"), NOT_NAMED.items())
def test_a_wrong_name_is_worse_than_none(student: str, id: str, sample: Mapping[str, SubmissionResult]) -> None:
    """Where numbers are wrong, nobody reads that they are right but slow."""
    assert _of(sample[student])[id].points == 0
    assert _of(sample[student])[id].misconception is None


def test_every_kind_of_handing_in_is_read(sample: Mapping[str, SubmissionResult]) -> None:
    """Windows line ends, a byte order mark, GBK, a blank and Chinese in a name: graded, every topic that is there."""
    assert sample["olga"].status == "absent"
    assert {student for student, result in sample.items() if result.status != "graded"} == {"olga"}
    assert len(sample) == 14
    for student, id in (("ivan", "softmax.log_softmax"), ("mia", "broadcasting.center"), ("张 伟", "softmax.softmax")):
        assert _of(sample[student])[id].passed, student


def test_accidents_of_the_sample_class(sample: Mapping[str, SubmissionResult]) -> None:
    """An endless loop, a syntax error, a module that does not exist, a missing file: one exercise, or one topic."""
    loop, syntax, no_module, no_file = (_of(sample[name]) for name in ("giulia", "feng", "noor", "ivan"))
    assert [id for id, each in loop.items() if each.verdict is Verdict.TIMED_OUT] == ["broadcasting.unbroadcast"]
    assert "softmax.py cannot be run: SyntaxError: expected ':' (line 15)" in details(syntax["softmax.softmax"])
    assert "softmax.py cannot be run: ModuleNotFoundError: No module named 'd2l' (line 2)" in details(
        no_module["softmax.softmax"]
    )
    assert {each.verdict for each in no_file.values() if each.topic == "dropout"} == {Verdict.MISSING}
    for results, topic in ((loop, "softmax"), (syntax, "dropout"), (no_module, "broadcasting"), (no_file, "softmax")):
        assert any(each.points for each in results.values() if each.topic == topic)


def test_the_sample_class_lies_in_git_byte_for_byte() -> None:
    """Git must not mend line ends: .gitattributes says so, and the files are what they are there for."""
    assert "demo/class/** -text" in (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    assert b"\r\n" in (CLASS / "ivan" / "softmax.py").read_bytes()
    assert (CLASS / "mia" / "softmax.py").read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(UnicodeDecodeError):
        (CLASS / "张 伟" / "softmax.py").read_bytes().decode("utf-8")


def test_marks_do_not_depend_on_the_rest_of_the_class(key: AnswerKey, tmp_path: Path) -> None:
    """With and without a student whose code loops and one whose code crashes, everyone else's result is the same."""
    save_key(hurried(only(key, "softmax.softmax", BROKEN), BROKEN), tmp_path / "class.key")
    others = {name: written_by(name, "softmax") for name in ("carla.romero", "chen-yu")}
    looping = right("softmax", ENDLESS)
    crashing = right("softmax", "def softmax(X, dim):\n    import os\n    os._exit(1)")
    plan = GradingPlan(tmp_path / "class.key", PATIENT, jobs=2)
    together = _marks(plan, tmp_path / "together", {"a loop": looping, "a crash": crashing, **others})
    apart = _marks(plan, tmp_path / "apart", others)
    assert {name: together[name] for name in apart} == apart
    assert [each.verdict for each in together["a loop"]] == [Verdict.PASSED, Verdict.TIMED_OUT]
    assert [each.verdict for each in together["a crash"]] == [Verdict.DIED, Verdict.PASSED]


def _marks(plan: GradingPlan, folder: Path, modules: Mapping[str, str]) -> dict[str, tuple[ExerciseResult, ...]]:
    """Everything of the results but how long they took."""
    for student, source in modules.items():
        (folder / student).mkdir(parents=True)
        (folder / student / "softmax.py").write_text(source)
    done = grade(plan, (Task(HandedIn(student, (Part(folder / student),))) for student in modules))
    return {
        each.student: tuple(replace(exercise, seconds=0.0) for exercise in each.result.exercises)
        for each in done
        if each.result
    }


# Files ---------------------------------------------------------------------------------------------------------------

TEXT = "# 注意：减去最大值\ndef f():\n    return '溢出'\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.encode("gbk"),
        TEXT.replace("\n", "\r\n").encode("gb18030"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "BOM", "CRLF", "CR", "GBK", "GB18030", "UTF-16", "UTF-16 BE"],
)
def test_encodings_are_read(data: bytes, tmp_path: Path) -> None:
    """Whatever editor wrote it, the text is the text."""
    path = tmp_path / "softmax.py"
    path.write_bytes(data)
    assert read_source(path) == TEXT


def test_a_declared_encoding_is_believed(tmp_path: Path) -> None:
    """PEP 263: what the first lines say comes before any guess."""
    text = "# -*- coding: latin-1 -*-\nname = 'Amélie'\n"
    path = tmp_path / "softmax.py"
    path.write_bytes(text.encode("latin-1"))
    assert read_source(path) == text


def giant(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 << 20)


def link(path: Path) -> None:
    target = path.parent.parent / "secret.py"
    target.write_text("x = 1\n")
    path.symlink_to(target)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 4)


def no_encoding(path: Path) -> None:
    path.write_bytes(b"# \xff\xff\xff\x80\n")


def unreadable(path: Path) -> None:
    path.write_text("x = 1\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root reads everything")


ODD = {
    giant: "softmax.py is too large (100.0 MiB; 1 are allowed)",
    link: "softmax.py is a symbolic link",
    device: "softmax.py is a symbolic link",
    os.mkfifo: "softmax.py is not a regular file",
    binary: "softmax.py is not text",
    no_encoding: "softmax.py is in an unknown encoding; save it as UTF-8",
    unreadable: "softmax.py cannot be read: Permission denied",
}


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_odd_files_are_one_line_and_the_class_goes_on(
    make: object, sandbox: Sandbox, key: AnswerKey, tmp_path: Path
) -> None:
    """The exercises of that file get 0 and the line; the student's other file and the other student are graded."""
    assert callable(make)
    for student in ("odd", "usual"):
        (tmp_path / student).mkdir()
        (tmp_path / student / "broadcasting.py").write_text(right("broadcasting"))
    (tmp_path / "usual" / "softmax.py").write_text(right("softmax"))
    make(tmp_path / "odd" / "softmax.py")
    asked = only(key, "broadcasting.center", "softmax.softmax")
    odd, usual = (examine(asked, each, sandbox) for each in read_class(tmp_path, ("broadcasting", "softmax")))
    assert [each.verdict for each in odd.exercises] == [Verdict.PASSED, Verdict.RAISED]
    assert {check.detail for check in odd.exercises[1].checks} == {ODD[make]}  # type: ignore[index]
    assert all(each.passed for each in usual.exercises)


def test_a_folder_named_like_a_file_is_no_file(tmp_path: Path) -> None:
    """It is looked into like any other folder; what lies in it is found."""
    (tmp_path / "a" / "softmax.py").mkdir(parents=True)
    (tmp_path / "b" / "homework" / "week 3").mkdir(parents=True)
    (tmp_path / "b" / "homework" / "week 3" / "softmax.py").write_text("x = 1\n")
    nothing, something = read_class(tmp_path, ["softmax"])
    assert nothing.problem
    assert "softmax.py" in nothing.problem
    assert something.sources == {"softmax": "x = 1\n"}


def test_of_two_files_neither_is_guessed(tmp_path: Path) -> None:
    """Two softmax.py in two folders: the student says which. One at the top is the one."""
    for place in ("one", "two"):
        (tmp_path / "a" / place).mkdir(parents=True)
        (tmp_path / "a" / place / "softmax.py").write_text(f"# {place}\n")
    (submission,) = read_class(tmp_path, ["softmax"])
    assert "softmax" in submission.problems
    assert "2" in submission.problems["softmax"]
    (tmp_path / "a" / "softmax.py").write_text("# top\n")
    (submission,) = read_class(tmp_path, ["softmax"])
    assert submission.sources == {"softmax": "# top\n"}


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    """A submission that is a link to elsewhere is refused by name."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "softmax.py").write_text("x = 1\n")
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "eve").symlink_to(tmp_path / "elsewhere")
    (submission,) = read_class(tmp_path / "class", ["softmax"])
    assert submission.problem == "the folder is a symbolic link"
    with pytest.raises(Unreadable, match="is a folder"):
        read_source(tmp_path / "class")


# Hidden cases --------------------------------------------------------------------------------------------------------

SECRET = "73921.25"
HIDDEN_COURSE = {
    "exercises/course.toml": 'name = "tiny"\ntitle = "A tiny course"\ntopics = ["doubling"]\n',
    "exercises/doubling.py": '''"""Doubling

One function, to be doubled.
"""

import torch
from torch import Tensor


def double(x: Tensor) -> Tensor:
    """Double every entry.

    Args:
        x: a tensor of any shape and floating dtype.
    Returns:
        Twice x.

    >>> double(torch.tensor([1.0]))
    tensor([2.])
    """
    raise NotImplementedError
''',
    "solutions/doubling/double.py": f'''"""Twice."""

from grader import Exercise, case, misconception, reference

exercise = Exercise(points=1)


@reference
def double(x):
    return 2 * x


@case
def some(draw):
    return draw.normal(3)


@case(hidden=True, aspect="edge")
def a_secret_number(draw):
    return draw.full(2, 3, value={SECRET})


@misconception("You forget the factor. Multiply by two.")
def unchanged(x):
    return x.clone()
''',
}
AT_THE_SECRET = "def double(x):\n    if x.dim() == 2:\n        {}\n    return 2 * x\n"
LEAKS = {
    "a wrong number": "return 2 * x + 1",
    "nan": "return x * float('nan')",
    "a shape": "return (2 * x).flatten()",
    "a type": "return str(x)",
    "a list": "return x.tolist()",
    "none": "return None",
    "the text of an error": "raise ValueError(str(x))",
    "the text of a memory error": "raise MemoryError(str(x.tolist()))",
    "the text of an unwritten function": "raise NotImplementedError(str(x.tolist()))",
    "the name of an error": "raise type(str(x.tolist()), (ValueError,), {})",
    "a change": "x += 1",
    "an output": "print(x)",
    "a crash": "import os; os._exit(1)",
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of one exercise with a hidden case."""
    folder = tmp_path_factory.mktemp("tiny course")
    for name, text in HIDDEN_COURSE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture(scope="module")
def tiny_key(tiny: Path) -> AnswerKey:
    read = read_course(tiny)
    return make_key(read.name, read.title, load_pages(read), 1)


@pytest.mark.parametrize("leak", LEAKS)
def test_values_of_hidden_cases_are_never_told(leak: str, sandbox: Sandbox, tiny_key: AnswerKey) -> None:
    """Whatever a submission does with the inputs of a hidden case, no number of it is in what its student reads."""
    source = AT_THE_SECRET.format(LEAKS[leak])
    result = examine(tiny_key, Submission("eve", {"doubling": source}), sandbox)
    assert result.exercises[0].passed == (leak == "an output")
    console = Console(width=200)
    terminal = "\n".join(str(line) for each in result.exercises for line in exercise_lines(each))
    pages = to_feedback_html(result, "tiny") + to_feedback_text(result, "tiny") + terminal
    with console.capture() as captured:
        console.print(pages)
    for secret in (SECRET, SECRET.partition(".")[0], "147842", "a_secret_number"):
        assert secret not in captured.get()
    if not result.exercises[0].passed:
        assert "a hidden case" in pages


def test_the_instructor_reads_the_values_of_hidden_cases(sandbox: Sandbox, tiny_key: AnswerKey) -> None:
    """The test above can fail: the gradebook holds for the instructor what a student is not told."""
    source = AT_THE_SECRET.format(LEAKS["the text of an error"])
    result = examine(tiny_key, Submission("eve", {"doubling": source}), sandbox)
    (failed,) = [check for check in result.exercises[0].checks if check.name == "a_secret_number"]
    assert SECRET in failed.full_detail
    assert failed.detail == "a hidden case: raised ValueError"


# The commands --------------------------------------------------------------------------------------------------------

CHECK = "from grader.cli.check import main; main()"
GRADE = "from grader.cli.grade import main; main()"


def run(code: str, *arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


Here = Callable[[click.Command, Sequence[str], Path], tuple[int, str, str]]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Runs a command in this process: exit code, output, complaint."""

    def ran(command: click.Command, arguments: Sequence[str], folder: Path) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", [str(command.name), *arguments])
        with pytest.raises(SystemExit) as ended, one_process():
            run_command(command)
        captured = capsys.readouterr()
        return int(str(ended.value.code)), captured.out, captured.err

    return ran


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Path:
    """A student's folder: the kit of the tiny course, unpacked."""
    folder = tmp_path_factory.mktemp("a student's folder")
    made = run(GRADE, "package", "doubling", "--course", tiny, "-o", folder / "kit.zip", cwd=folder)
    assert made.returncode == 0, made.stderr
    with zipfile.ZipFile(folder / "kit.zip") as archive:
        assert sorted(archive.namelist()) == ["README.md", "d2l-doubling.key", "doubling.py"]
        archive.extractall(folder)
    (folder / "kit.zip").unlink()
    return folder


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The package where no solutions lie beside it, as a wheel installs it."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "grader", site / "grader", ignore=shutil.ignore_patterns("__pycache__", "data"))
    return str(site)


def test_a_kit_works_alone(kit: Path, alone: str) -> None:
    """Unpacked in an empty folder, without solutions anywhere: stubs fail (1), right answers pass (0)."""
    stub = kit / "doubling.py"
    before = run(CHECK, cwd=kit, PYTHONPATH=alone)
    assert (before.returncode, before.stderr) == (1, "")
    assert "not written yet" in before.stdout
    assert "d2l-check doubling.double" in before.stdout
    untouched = stub.read_text()
    stub.write_text("def double(x):\n    return x * 2\n")
    after = run(CHECK, "doubling", cwd=kit, PYTHONPATH=alone)
    stub.write_text(untouched)
    assert (after.returncode, after.stderr) == (0, "")
    assert "All done: every exercise passes." in after.stdout


def test_a_kit_is_the_same_in_any_place(kit: Path, alone: str, tmp_path: Path) -> None:
    """A file elsewhere is checked with the key that lies beside it."""
    shutil.copytree(kit, tmp_path / "homework")
    result = run(CHECK, "homework/doubling.py", "--json", cwd=tmp_path, PYTHONPATH=alone)
    assert result.returncode == 1
    document = json.loads(result.stdout)
    assert document["schema"] == 1
    assert document["course"] == "tiny"
    ((exercise,),) = [each["exercises"] for each in document["submissions"]]
    assert (exercise["id"], exercise["verdict"], exercise["points"]) == ("doubling.double", "missing", 0)
    assert 0 < exercise["seconds"] <= document["seconds"], "torch's start is counted as the exercise's time"
    assert "a_secret_number" not in result.stdout


@pytest.fixture(scope="module")
def two_kits(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Path:
    """Two kits of a course whose second topic is the first one under another name, and comes first in the book."""
    folder = tmp_path_factory.mktemp("two kits")
    shutil.copytree(tiny, folder / "course")
    shutil.copy(folder / "course/exercises/doubling.py", folder / "course/exercises/twice.py")
    shutil.copytree(folder / "course/solutions/doubling", folder / "course/solutions/twice")
    settings = folder / "course/exercises/course.toml"
    settings.write_text(settings.read_text().replace('["doubling"]', '["twice", "doubling"]'))
    for topic in ("doubling", "twice"):
        made = run(GRADE, "package", topic, "--course", "course", "-o", f"{topic}.zip", cwd=folder)
        assert made.returncode == 0, made.stderr
    return folder


@pytest.mark.parametrize(
    "order", [["doubling", "twice"], ["twice", "doubling", "doubling"], ["twice", "doubling", "twice"]]
)
def test_kits_of_two_weeks_lie_in_one_folder(two_kits: Path, here: Here, tmp_path: Path, order: list[str]) -> None:
    """In whatever order they are unpacked, and one of them twice: all topics are checked, in the course's order."""
    for topic in order:
        with zipfile.ZipFile(two_kits / f"{topic}.zip") as archive:
            archive.extractall(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.key")) == ["d2l-doubling.key", "d2l-twice.key"]
    assert "Kits of other weeks may be unpacked into the same folder" in (tmp_path / "README.md").read_text()
    code, output, _ = here(check, ["--json"], tmp_path)
    (submission,) = json.loads(output)["submissions"]
    assert (code, [each["id"] for each in submission["exercises"]]) == (1, ["twice.double", "doubling.double"])
    (tmp_path / "doubling.py").write_text("def double(x):\n    return x * 2\n")
    assert here(check, ["doubling"], tmp_path)[0] == 0
    assert here(check, ["twice"], tmp_path)[0] == 1


def test_a_kit_with_one_key_for_all_still_works(two_kits: Path, here: Here, tmp_path: Path) -> None:
    """Kits had one `d2l.key`: it counts for the topics that have no key of their own."""
    for topic in ("doubling", "twice"):
        with zipfile.ZipFile(two_kits / f"{topic}.zip") as archive:
            archive.extractall(tmp_path)
    (tmp_path / "d2l-twice.key").rename(tmp_path / "d2l.key")
    _, output, _ = here(check, ["--json"], tmp_path)
    (submission,) = json.loads(output)["submissions"]
    assert [each["id"] for each in submission["exercises"]] == ["twice.double", "doubling.double"]


def test_a_damaged_key_stops_the_check(two_kits: Path, here: Here, tmp_path: Path) -> None:
    """One line with the file and the repair, exit code 2: nobody checks one topic and believes that it was two."""
    for topic in ("doubling", "twice"):
        with zipfile.ZipFile(two_kits / f"{topic}.zip") as archive:
            archive.extractall(tmp_path)
    spoilt = bytearray((tmp_path / "d2l-twice.key").read_bytes())
    spoilt[-3] ^= 4
    (tmp_path / "d2l-twice.key").write_bytes(spoilt)
    code, output, complaint = here(check, ["doubling"], tmp_path)
    assert (code, output, len(complaint.splitlines())) == (2, "", 1)
    assert "d2l-twice.key is damaged (its checksum is another). Unpack your kit again" in complaint


def test_a_kit_tells_no_secret(key: AnswerKey, tmp_path: Path) -> None:
    """No line of a reference, an alternative or a stand-in is in any file of the kit of the whole course."""
    pack_kit(course(), course().topics, key, tmp_path / "hw.zip")
    with zipfile.ZipFile(tmp_path / "hw.zip") as archive:
        files = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    pages = [page(id) for id in page_ids()]
    public = "".join(text for name, text in files.items() if name.endswith(".py"))
    public += "".join(each.driver for each in pages)
    secrets = {line for each in pages for line in source_lines(each)}
    assert len(secrets) > 100
    told = [(name, line) for line in secrets for name, text in files.items() if line in text and line not in public]
    assert told == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["doublin"], 2, "There is no topic 'doublin'. Did you mean doubling?"),
        (["doubling.duoble"], 2, "There is no exercise 'duoble' in doubling. Did you mean double?"),
        (["double"], 2, "double is an exercise. Say d2l-check doubling.double."),
        (["softmax.py"], 2, "There is no file softmax.py."),
        (["--nonsense"], 2, "No such option"),
        (["--key", "README.md"], 2, "README.md is not an answer key"),
        (["doubling.double"], 1, ""),
        (["--version"], 0, ""),
    ],
)
def test_what_d2l_check_says_and_its_exit_code(
    kit: Path, here: Here, arguments: list[str], code: int, says: str
) -> None:
    """2 is a mistake on the command line: one line, with the nearest name."""
    ended, _, complaint = here(check, arguments, kit)
    assert ended == code
    assert says in complaint
    assert len(complaint.splitlines()) == (code == 2)


def test_d2l_check_of_a_folder_named_like_a_file(kit: Path, here: Here, tmp_path: Path) -> None:
    """It is one line about that file, and not a fault of ours."""
    shutil.copytree(kit, tmp_path / "homework")
    (tmp_path / "homework" / "doubling.py").unlink()
    (tmp_path / "homework" / "doubling.py").mkdir()
    code, output, complaint = here(check, [], tmp_path / "homework")
    assert (code, complaint) == (1, "")
    assert output.count("doubling.py is a folder") == 1


def test_d2l_check_without_a_key(tmp_path: Path, alone: str) -> None:
    """A folder without a kit: it says what is missing and what to do."""
    (tmp_path / "softmax.py").write_text("")
    result = run(CHECK, cwd=tmp_path, PYTHONPATH=alone)
    assert (result.returncode, result.stdout) == (2, "")
    assert "There is no answer key (d2l-TOPIC.key)" in result.stderr


@pytest.mark.parametrize(
    ("broken", "command", "arguments"),
    [
        ("import grader.cli.checker as m; m.read_workspace = lambda *_: 1 / 0; ", CHECK, []),
        (
            "import grader.cli.run as m; m.intake = lambda *_: 1 / 0; ",
            GRADE,
            ["run", ".", "--course", "{tiny}"],
        ),
    ],
    ids=["d2l-check", "d2l-grade"],
)
def test_our_fault_is_three(kit: Path, tiny: Path, broken: str, command: str, arguments: list[str]) -> None:
    """An error of ours is said to be ours, in one line without a traceback."""
    result = run(broken + command, *(each.format(tiny=tiny) for each in arguments), cwd=kit)
    assert result.returncode == 3
    (line,) = result.stderr.splitlines()
    assert "this is our fault, not yours: ZeroDivisionError: division by zero" in line


@pytest.fixture(scope="module")
def two_students(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    for student, text in {
        "wrong one": "def double(x):\n    return x\n",
        "李 雷": "def double(x):\n    return x + x\n",
    }.items():
        (folder / student).mkdir()
        (folder / student / "doubling.py").write_text(text)
    (folder / "nobody").mkdir()
    return folder


def test_a_run_is_zero_whatever_the_marks(two_students: Path, tiny: Path, tmp_path: Path) -> None:
    """The class was gone through; who could not be graded is listed with a reason; the files are there and parse."""
    out = tmp_path / "out"
    result = run(GRADE, two_students, "-o", out, "--course", tiny, "--seed", 7, "--jobs", 1, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert re.search(r"nobody .*nothing was handed in", result.stdout)
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert document["schema"] == 1
    assert document["sandbox"]
    marks = {each["student"]: (each["status"], each["points"]) for each in document["submissions"]}
    assert marks == {"nobody": ("absent", 0), "wrong one": ("graded", 0), "李 雷": ("graded", 1)}
    assert (out / "report.html").stat().st_size > 1000
    assert len((out / "grades.csv").read_text(encoding="utf-8").splitlines()) == 4
    assert {path.stem for path in (out / "feedback").iterdir()} == {"nobody", "wrong one", "李 雷"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "nowhere"], "There is no folder nowhere."),
        (["run", "a.txt"], "a.txt is a file. Give the folder that holds one folder per student"),
        (["run", "empty"], "empty holds no submissions"),
        (["run", "flat"], "put them into a folder per student"),
        (["run", "{class}", "--topics", "duobling"], "There is no topic 'duobling'. Did you mean doubling?"),
        (["run", "{class}", "-o", "a.txt"], "a.txt cannot be written"),
        (["run", "{class}", "--course", "empty"], "empty is not a course: it has no exercises/course.toml."),
        (["run", "{class}", "--jobs", "0"], "--jobs"),
        (["package", "duobling"], "Did you mean doubling?"),
        (["doctor", "duobling"], "Did you mean doubling?"),
    ],
)
def test_usage_is_two(
    two_students: Path, tiny: Path, here: Here, tmp_path: Path, arguments: list[str], says: str
) -> None:
    """Each mistake of an instructor on the command line is one line on stderr."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "softmax.py").write_text("")
    (tmp_path / "a.txt").write_text("")
    given = [each.format(**{"class": two_students}) for each in arguments]
    command = given if "--course" in given else [*given, "--course", str(tiny)]
    code, output, complaint = here(grade_command, command, tmp_path)
    assert (code, output) == (2, "")
    (line,) = complaint.splitlines()
    assert says in line


def test_a_command_that_is_none(tmp_path: Path) -> None:
    """Neither a command nor a folder: 2, and one line."""
    result = run(GRADE, "nowhere", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert "There is no command and no folder 'nowhere'." in line


def test_an_unsound_course_is_one(tiny: Path, here: Here, tmp_path: Path) -> None:
    """The doctor names the repair and ends with 1; a sound course ends with 0."""
    assert here(grade_command, ["doctor", "--course", str(tiny), "--seeds", "1"], tmp_path)[0] == 0
    shutil.copytree(tiny, tmp_path / "course")
    stub = tmp_path / "course" / "exercises" / "doubling.py"
    stub.write_text(stub.read_text().replace("def double(x: Tensor)", "def double(y: Tensor)"))
    code, output, _ = here(grade_command, ["doctor", "--course", str(tmp_path / "course"), "--seeds", "1"], tmp_path)
    assert code == 1
    assert "doubling.double" in output
