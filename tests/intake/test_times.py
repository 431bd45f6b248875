"""When who handed in: from downloads, from a file, or not known; never from a file's own date."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from grader.intake.handed_in import HandedIn
from grader.intake.layout import intake
from grader.intake.moments import moment
from grader.intake.times import read_times, with_times
from grader.marks.lateness import HandInTime
from grader.model.errors import UsageError
from grader.model.student import Student
from tests.helpers.downloads import folder_of

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
CLASS = (
    HandedIn("ada", about=Student("ada", "Ada Doe", "ada@example.edu")),
    HandedIn("bob_12345", about=Student("bob_12345", "bob", id="12345")),
    HandedIn("zoë"),
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-03-09 12:00 Z", NOON),
        ("2026-03-09T12:00:00Z", NOON),
        ("2026-03-09 12:00:00.000000 UTC", NOON),
        ("2026-03-09 13:00:00 +0100", NOON),
        ("2026-03-09 20:00 Asia/Shanghai", NOON),
        ("2026-03-09 12:00:00.900000000 Z", NOON.replace(microsecond=900_000)),
        ("2026-03-09 12:00", None),
        ("2026-03-09", None),
        ("2026-99-09 12:00 Z", None),
        ("2026-03-09 12:00 Nowhere/Land", None),
        ("09.03.2026 12:00 Z", None),
        ("", None),
    ],
)
def test_a_time_says_its_zone_or_is_none(text: str, told: datetime | None) -> None:
    assert moment(text) == told


def test_a_zone_may_be_meant() -> None:
    """Of a file whose course says it; a time with a zone of its own keeps that."""
    berlin = ZoneInfo("Europe/Berlin")
    assert moment("2026-03-09 13:00", berlin) == moment("2026-03-09 12:00 Z", berlin) == NOON


def times_of(folder: Path) -> dict[str, HandInTime]:
    return {each.student: each.time for each in intake(folder).handed_in}


def test_gradescope_says_it(tmp_path: Path) -> None:
    """The time of the submission that counts, in whatever zone; one that says none is not known."""
    facts = "".join(
        f"submission_{number}:\n  :submitters:\n  - :email: {who}\n  :created_at: {time}\n"
        for number, (who, time) in enumerate(
            (("ada", "2026-03-08 12:00:00 Z"), ("ada", "2026-03-09 07:00:00.0 -0500"), ("bob", "2026-03-09 12:00:00")),
            1,
        )
    )
    folder_of(
        tmp_path,
        {"submission_metadata.yml": facts, "submission_1/t.py": "", "submission_2/t.py": "", "submission_3/t.py": ""},
    )
    assert times_of(tmp_path) == {"ada": HandInTime(NOON, None, "gradescope"), "bob": HandInTime()}


def test_nbgrader_says_it(tmp_path: Path) -> None:
    """In its timestamp.txt; of several assignments the one that is graded, whose files alone are looked at."""
    files = {
        "nbgrader_config.py": "",
        "submitted/ada/hw1/t.py": "", "submitted/ada/hw1/timestamp.txt": "2026-03-09 12:00:00.000000 UTC",
        "submitted/ada/hw2/t.py": "", "submitted/ada/hw2/timestamp.txt": "2026-03-16 08:00:00 America/New_York\n",
        "submitted/bob/hw1/t.py": "", "submitted/bob/hw1/timestamp.txt": "yesterday",
        "submitted/cyd/hw1/t.py": "",
    }  # fmt: skip
    folder_of(tmp_path, files)
    told = {each.student: each for each in intake(tmp_path, assignment="hw1").handed_in}
    assert {name: each.time for name, each in told.items()} == {
        "ada": HandInTime(NOON, None, "nbgrader"), "bob": HandInTime(), "cyd": HandInTime(),
    }  # fmt: skip
    assert told["ada"].parts[0].path.name == "hw1"
    assert times_of(tmp_path)["ada"] == HandInTime(), "which of the two it is is not guessed"
    [second] = [each for each in intake(tmp_path, assignment="hw2").handed_in if each.student == "ada"]
    assert second.time.moment == datetime(2026, 3, 16, 12, tzinfo=UTC)


def test_canvas_says_whether_and_not_when(tmp_path: Path) -> None:
    folder_of(tmp_path, {"doeada_1_2_t.py": "", "roebob_LATE_3_4_t.py": ""})
    assert times_of(tmp_path) == {
        "doeada_1": HandInTime(None, False, "canvas"), "roebob_3": HandInTime(None, True, "canvas"),
    }  # fmt: skip


def test_the_date_of_a_file_is_nobodys_word(tmp_path: Path) -> None:
    """Neither of a folder's files nor of an archive: whoever unpacks or copies it changes it."""
    folder_of(tmp_path, {"ada/t.py": ""})
    os.utime(tmp_path / "ada" / "t.py", (0, 0))
    assert times_of(tmp_path) == {"ada": HandInTime()}


def read(tmp_path: Path, text: str, zone: ZoneInfo | None = None) -> dict[str, datetime]:
    (tmp_path / "times.csv").write_text(text, encoding="utf-8")
    return dict(read_times(tmp_path / "times.csv", CLASS, zone).moments)


@pytest.mark.parametrize(
    "text",
    [
        "student,time\nada,2026-03-09 12:00 Z\n",
        "Email address;Submitted at\nADA@example.edu;2026-03-09T13:00:00+01:00\n",
        "time,name,grade\n2026-03-09 12:00:00 UTC,Ada Doe,7\n",
        "student,time\nada,2026-03-09 13:00\nbob_12345,\n",
    ],
)
def test_a_file_says_it(tmp_path: Path, text: str) -> None:
    """Students are found as a roster finds them; who has no time in it stays unknown."""
    assert read(tmp_path, text, ZoneInfo("Europe/Berlin")) == {"ada": NOON}


def test_its_word_is_the_last(tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_text("id,time\n12345,2026-03-09 12:00 Z\n")
    told = read_times(tmp_path / "times.csv", CLASS)
    canvas = [HandedIn("bob_12345", time=HandInTime(late=True, source="canvas")), HandedIn("ada")]
    assert [each.time for each in with_times(canvas, told)] == [HandInTime(NOON, None, "--times"), HandInTime()]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("student,time\nada,2026-03-09 12:00\n", r"row 2: '2026-03-09 12:00' does not say its time zone\. Write 2026"),
        ("student,time\nada,noon\n", r"row 2: 'noon' is no time that can be read"),
        ("student,time\nada,2026-03-09 12:00 Z\nada,2026-03-09 13:00 Z\n", r"row 3, names ada a second time"),
        ("student,when\nada,x\n", r"needs a column student and a column time"),
        ("", r"needs a column student and a column time"),
    ],
)
def test_a_file_that_says_it_wrongly(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read(tmp_path, text)


def test_a_name_that_nobody_has_is_said(tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_text("student,time\nnobody,2026-03-09 12:00 Z\n")
    assert read_times(tmp_path / "times.csv", CLASS).strangers == ("nobody",)
