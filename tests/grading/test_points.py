"""What a submission earns, end to end: nothing without a thought, everything for a right answer, and a share between."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from grader.grading.examine import examine
from grader.intake.notebook import notebook_of
from grader.intake.submission import Submission
from grader.model.keys.key import AnswerKey, for_students
from grader.model.result import Verdict
from grader.report.explanation import explanation, note_of
from grader.sandbox.session import Sandbox
from tests.helpers import sandboxes
from tests.helpers.course import core_ids
from tests.helpers.submissions import (
    TOPICS,
    Results,
    details,
    graded,
    only,
    right,
    written_by,
)

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
    return {name: graded(sandboxes.sandbox(), key, **_course_of(key, body)) for name, body in THOUGHTLESS.items()}


def _course_of(key: AnswerKey, body: str) -> dict[str, str]:
    return {
        topic: LIKE
        + "\n\n".join(
            f"def {each.function}(*args, **kwargs):\n    {body}" for each in key.of_topics((topic,)).exercises
        )
        for topic in key.topics
    }


@pytest.mark.parametrize("id", core_ids())
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
        "value.covering",
        "gradient.covering",
    }
    substance = [check for check in result.checks if not check.form]
    passed = sum(check.weight for check in substance if check.name not in failed)
    form = (
        sum(check.weight for check in result.checks if check.form) * passed / sum(check.weight for check in substance)
    )
    expected = result.max_points * (passed + form) / sum(check.weight for check in result.checks)
    assert result.points == pytest.approx(expected, abs=1e-5)
    assert 0.3 < result.points / result.max_points < 0.7
    assert result.mistakes == ("overflowing",)


WRONG_LOGARITHM = "def log_softmax(X, dim):\n    return 2 * X"


def test_one_early_mistake_is_not_punished_twice(sandbox: Sandbox, key: AnswerKey) -> None:
    """A right cross_entropy on a wrong log_softmax is graded with a right one, and says so."""
    ids = ("softmax.logsumexp", "softmax.log_softmax", "softmax.cross_entropy")
    results = graded(sandbox, key, *ids, softmax=right("softmax", WRONG_LOGARITHM))
    helped = results["softmax.cross_entropy"]
    assert results["softmax.log_softmax"].points == 0
    assert helped.points == helped.max_points
    assert note_of(helped) == "Graded with a right log_softmax: repair that first. Its mistake does not count here."


OF_A_MODULE = (
    "import {0}\n\ndef cross_entropy(logits, y):\n    return -{0}.log_softmax(logits, 1).gather(1, y[:, None]).mean()"
)


@pytest.mark.parametrize("module", ["helpers", "softmax"])
def test_a_stand_in_reaches_what_is_imported(sandbox: Sandbox, key: AnswerKey, module: str) -> None:
    """The wrong function may be called through a module: the student's own, or the topic itself under its name."""
    ids = ("softmax.logsumexp", "softmax.log_softmax", "softmax.cross_entropy")
    imported = "from helpers import log_softmax" if module == "helpers" else WRONG_LOGARITHM
    source = right("softmax", imported, OF_A_MODULE.format(module))
    own = {"helpers": WRONG_LOGARITHM} if module == "helpers" else {}
    result = examine(only(key, *ids), Submission("ada", {"softmax": source}, own=own), sandbox)
    points = {exercise.id: (exercise.points, exercise.max_points) for exercise in result.exercises}
    assert points["softmax.log_softmax"][0] == 0
    assert points["softmax.cross_entropy"][0] == points["softmax.cross_entropy"][1]


def test_what_an_own_module_forbids_to_itself(sandbox: Sandbox, key: AnswerKey) -> None:
    """Through a module of the student's, a function of theirs may have a forbidden name; what it calls may not."""
    through = "import helpers\n\ndef softmax(X, dim):\n    return helpers.softmax(X, dim)\n"
    own = {
        "def softmax(X, dim):\n    E = (X - X.amax(dim, keepdim=True)).exp()\n    return E / E.sum(dim, keepdim=True)\n": "",
        "import torch\n\ndef softmax(X, dim):\n    return getattr(torch, 'softmax')(X, dim)\n": "softmax is not allowed here",
    }
    for helpers, told in own.items():
        submission = Submission("ada", {"softmax": through}, own={"helpers": helpers})
        (result,) = examine(only(key, "softmax.softmax"), submission, sandbox).exercises
        assert result.passed == (not told)
        assert told in details(result)


def test_what_fails_beside_what_it_needs_says_what_to_repair_first(sandbox: Sandbox, key: AnswerKey) -> None:
    """At home no key holds a right function to ask beside: the note names the one to repair."""
    ids = ("softmax.log_softmax", "softmax.cross_entropy")
    part = for_students(only(key, *ids))
    result = examine(part, Submission("you", {"softmax": right("softmax", WRONG_LOGARITHM)}), sandbox)
    notes = {exercise.id: note_of(exercise) for exercise in result.exercises}
    said = r"It calls log_softmax \(line (\d+)\), which fails: repair that first."
    called = re.fullmatch(said, notes["softmax.cross_entropy"])
    lines = right("softmax", WRONG_LOGARITHM).splitlines()
    assert called and "log_softmax(" in lines[int(called[1]) - 1]
    assert notes["softmax.log_softmax"] == ""


WRONG_SOFTMAX = "def softmax(X, dim):\n    E = X.exp()\n    return E / E.sum(0)\n"
WRONG_LOGSUMEXP = "def logsumexp(X, dim, keepdim=False):\n    return X.sum(dim, keepdim=keepdim)\n"
OF_SOFTMAX = "def log_softmax(X, dim):\n    return torch.log(softmax(X, dim))\n"
BY_ITSELF = "def cross_entropy(logits, y):\n    return (logits * 0).sum() + 3.0\n"
OF_THREE = ("softmax.softmax", "softmax.logsumexp", "softmax.log_softmax", "softmax.cross_entropy")


@pytest.mark.parametrize(
    ("softmax", "logarithm", "told"),
    [
        (WRONG_SOFTMAX, OF_SOFTMAX, "It calls softmax (line 11), which fails: repair that first."),
        (WRONG_SOFTMAX, OF_SOFTMAX.replace("softmax(X, dim))", "exp_of(X))\n\ndef exp_of(X):\n    return softmax(X, 1)"), "It calls softmax (line 14), which fails: repair that first."),
        (WRONG_SOFTMAX, OF_SOFTMAX.replace("torch.log(softmax(X, dim))", "X - 1"), ""),
        ("def softmax(X, dim): ...\n\n", OF_SOFTMAX, ""),
        ("def softmax(X, dim): ...\n\n", OF_SOFTMAX.replace("return", "return X if len(X) else"), "it calls softmax, which is not written yet (line 3): write that first"),
    ],
)  # fmt: skip
def test_what_is_to_be_repaired_first_is_what_is_called(
    sandbox: Sandbox, key: AnswerKey, softmax: str, logarithm: str, told: str
) -> None:
    """Not what the page says that it may build on, and nothing where nothing is called that fails."""
    source = "\n".join(["import torch\n", softmax, WRONG_LOGSUMEXP, logarithm, BY_ITSELF])
    results = examine(for_students(only(key, *OF_THREE)), Submission("you", {"softmax": source}), sandbox).exercises
    notes = {exercise.function: note_of(exercise) for exercise in results}
    assert (notes["log_softmax"], notes["cross_entropy"]) == (told, "")


def test_what_is_to_be_repaired_first_is_found_in_cells(sandbox: Sandbox, key: AnswerKey) -> None:
    """The line counts in the cell; of a helper's cell, which nobody would know, none is told."""
    helper = "def exp_of(X):\n    return softmax(X, 1)"
    through = {OF_SOFTMAX: " (line 2)", OF_SOFTMAX.replace("(softmax(X, dim)", "(exp_of(X)"): ""}
    for logarithm, line in through.items():
        notebook = notebook_of(["import torch", WRONG_SOFTMAX, "def broken(", helper, logarithm])
        work = Submission("you", {"softmax": notebook.text}, notebooks={"softmax": notebook})
        part = for_students(only(key, "softmax.softmax", "softmax.log_softmax"))
        logarithm_result = examine(part, work, sandbox).exercises[1]
        assert note_of(logarithm_result) == f"It calls softmax{line}, which fails: repair that first."


def test_a_stand_in_does_not_repair_the_exercise_itself(sandbox: Sandbox, key: AnswerKey) -> None:
    """With a right log_softmax beneath it, what is wrong in cross_entropy itself is what the student reads."""
    summed = "def cross_entropy(logits, y):\n    return -log_softmax(logits, 1)[range(len(y)), y].sum()"
    ids = ("softmax.log_softmax", "softmax.cross_entropy")
    result = graded(sandbox, key, *ids, softmax=right("softmax", WRONG_LOGARITHM, summed))["softmax.cross_entropy"]
    assert result.mistakes == ("summed",)
    assert result.points < result.max_points
    assert result.note


def test_who_needs_no_help_gets_none(sandbox: Sandbox, key: AnswerKey) -> None:
    """No note where the exercise does not build on what failed."""
    alone = "def cross_entropy(logits, y):\n    return (1 + 0 * y).sum() * logits.sum() * 0 + 3.0"
    ids = ("softmax.log_softmax", "softmax.cross_entropy")
    results = graded(sandbox, key, *ids, softmax=right("softmax", WRONG_LOGARITHM, alone))
    assert results["softmax.cross_entropy"].points == 0
    assert results["softmax.cross_entropy"].note is None


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
        assert re.fullmatch(
            r".*softmax is not allowed here \(softmax\.py:4\): .* It costs 0\.25 points\.", explanation(failed)
        )
        assert result.points < result.max_points
