"""The sample class: mistakes written by hand are named, accidents cost what they should, and nobody costs others marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from grader.grading.examine import examine
from grader.grading.pool import GradingPlan, grade
from grader.grading.task import Task
from grader.intake.handed_in import HandedIn, Part
from grader.model.keys.key import AnswerKey
from grader.model.keys.key_file import save_key
from grader.model.result import ExerciseResult, SubmissionResult, Verdict
from tests.helpers import sandboxes
from tests.helpers.course import ROOT
from tests.helpers.sandboxes import PATIENT, one_process
from tests.helpers.submissions import (
    BROKEN,
    CLASS,
    ENDLESS,
    TOPICS,
    Results,
    details,
    hurried,
    only,
    read_class,
    right,
    written_by,
)

EXPECTED: Mapping[str, Mapping[str, str]] = {
    "bashir": {"broadcasting.unbroadcast": "only_leading_axes", "softmax.logsumexp": "infinity_minus_infinity"},
    "carla.romero": {
        "broadcasting.center": "missing_keepdim",
        "broadcasting.pairwise_sq_dist": "expanded_square",
        "broadcasting.broadcast_shape": "asserted",
        "softmax.softmax": "overflowing",
        "softmax.softmax_vjp": "only_the_diagonal",
        "dropout.dropout_moments": "only_the_mean_is_kept and always_inverted",
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
        each.student: examine(keys.get(each.student, asked), each, sandboxes.sandbox())
        for each in read_class(CLASS, TOPICS)
    }


def _of(result: SubmissionResult) -> Results:
    return {each.id: each for each in result.exercises}


@pytest.mark.parametrize("student", EXPECTED)
def test_mistakes_of_the_sample_class_are_named(student: str, sample: Mapping[str, SubmissionResult]) -> None:
    """Written by hand, in words of their own, and recognised all the same."""
    found = _of(sample[student])
    assert {id: " and ".join(found[id].mistakes) for id in EXPECTED[student]} == EXPECTED[student]


@pytest.mark.parametrize(("student", "id"), NOT_NAMED.items())
def test_a_wrong_name_is_worse_than_none(student: str, id: str, sample: Mapping[str, SubmissionResult]) -> None:
    """Where numbers are wrong, nobody reads that they are right but slow."""
    assert _of(sample[student])[id].points == 0
    assert _of(sample[student])[id].mistakes == ()


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
    assert "softmax.py, line 2: No module named 'd2l'" in (sample["noor"].reason or "")
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
    with one_process():
        apart = _marks(plan, tmp_path / "apart", others)
    assert {name: repr(together[name]) for name in apart} == {name: repr(each) for name, each in apart.items()}
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
