"""Gradescope's download: which submission is the last, and whose is whose."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.intake.layout import intake
from tests.helpers.downloads import folder_of, read


def download(folder: Path, *times: str, emails: tuple[str, ...] = ("ada@example.edu",) * 9) -> Path:
    """Submissions 8, 9, 10, …: each by who has that address and at that time."""
    facts = "".join(
        f"submission_{number}:\n  :submitters:\n  - :name: Ada\n    :email: {email}\n  :created_at: {time}\n"
        for number, (time, email) in enumerate(zip(times, emails, strict=False), 8)
    )
    files = {f"submission_{number}/softmax.py": f"x = {number}" for number in range(8, 8 + len(times))}
    return folder_of(folder, {"submission_metadata.yml": facts, **files})


@pytest.mark.parametrize(
    ("times", "last"),
    [
        (("2026-03-01 23:30:00.5 -0800", "2026-03-02 01:00:00 Z"), 8),
        (("2026-03-02 09:00:00 +09:00", "2026-03-01 23:00:00 UTC"), 8),
        (("2026-11-01T01:50:00-07:00", "2026-11-01T01:10:00-08:00"), 9),
        (("2026-03-01 12:00:00.900000000 Z", "2026-03-01 12:00:00.1000 Z"), 8),
        (("2026-03-01 12:00:00 Z", "2026-03-01 13:00:00 +01:00", "2026-03-01 12:00:00 +0000"), 10),
        (("2026-03-01 12:00 Z", "yesterday"), 8),
        (("", "soon", "2026-99-99 12:00:00 Z"), 10),
    ],
)
def test_the_last_submission_by_its_time(tmp_path: Path, times: tuple[str, ...], last: int) -> None:
    """Times are compared as times, with their zones; at one time, and where none can be read, the number decides."""
    [submission] = read(download(tmp_path, *times)).values()
    assert submission.sources == {"softmax": f"x = {last}"}


def test_one_address_is_one_student(tmp_path: Path) -> None:
    """Capitals do not make two: the last submission of both counts."""
    times = ("2026-03-01 12:00:00 Z", "2026-03-01 13:00:00 Z")
    [submission] = read(download(tmp_path, *times, emails=("Ada@Example.edu", "ada@example.edu"))).values()
    assert submission.sources == {"softmax": "x = 9"}


@pytest.mark.parametrize("people", ["", "  :submitters: []\n", "  :submitters:\n", "  :submitters:\n  - nobody\n"])
def test_a_submission_of_nobody_stands_for_itself(tmp_path: Path, people: str) -> None:
    """It is graded under its number, and it is said that nobody knows whose it is."""
    facts = f"submission_8:\n{people}  :created_at: 2026-03-01 12:00:00 Z\n"
    folder_of(tmp_path, {"submission_metadata.yml": facts, "submission_8/softmax.py": "x = 8"})
    [one] = intake(tmp_path).handed_in
    assert one.student == "submission_8" and one.notes == ("Gradescope does not say whose it is",)
    assert read(tmp_path)["submission_8"].sources == {"softmax": "x = 8"}
