"""Files of the book's own topics under the names that were handed in elsewhere, with the functions that are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.grading.examine import examine
from grader.intake.read import read_submission
from grader.model.keys.key import AnswerKey
from grader.sandbox.session import Sandbox
from tests.helpers.course import ROOT
from tests.helpers.downloads import Files, folder_of
from tests.helpers.submissions import written_by
from tests.intake.finding.test_choice import notebook

WORK = written_by("chen-yu", "softmax")
DROPOUT = written_by("chen-yu", "dropout")
STUB = (ROOT / "exercises" / "softmax.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "files",
    [
        {"softmax.py": WORK, "softmax.ipynb": notebook(WORK)}, {"kit/softmax.py": STUB, "mine/softmax.py": WORK},
        {"a/softmax.py": WORK, "b/softmax.py": WORK}, {"softmax (2).py": WORK, "dropout.py": DROPOUT},
        {"softmax(1).py": WORK}, {"softmax.py.txt": WORK}, {"Softmax.py": WORK}, {"a/b/c/d/e/softmax.py": WORK},
    ],
    ids=["both", "kit", "same", "two topics", "download", "hidden ending", "capital", "deep"],
)  # fmt: skip
def test_right_work_gets_full_marks(tmp_path: Path, key: AnswerKey, sandbox: Sandbox, files: Files) -> None:
    """Whatever it is called, and whatever lies beside it."""
    asked = key.of_topics(("softmax", "dropout") if "dropout.py" in files else ("softmax",))
    result = examine(asked, read_submission(folder_of(tmp_path / "ada", files), asked.functions), sandbox)
    assert result.status == "graded"
    assert (result.points, result.points) == (result.max_points, 27 if "dropout.py" in files else 15)


def test_a_whole_untouched_kit_is_final(tmp_path: Path, key: AnswerKey) -> None:
    """All stubs as they were handed out: read, and nobody has to look."""
    stubs = {path.name: path.read_bytes() for path in (ROOT / "exercises").glob("*.py")}
    extra = {"README.md": b"", "d2l-softmax.key": b"x", "d2l-dropout.key": b"x"}
    found = read_submission(folder_of(tmp_path / "ada", {**stubs, **extra}), key.functions)
    assert (found.problems, found.notes) == ({}, ())
    assert set(found.sources) == set(key.topics)


def test_the_sample_class_is_read_as_ever(key: AnswerKey) -> None:
    """No helper that a topic shares with another one makes anybody look."""
    for folder in sorted((ROOT / "demo" / "class").iterdir()):
        if folder.is_dir():
            found = read_submission(folder, key.functions)
            assert not any(problem.startswith(("no function of", "there is no")) for problem in found.problems.values())
