"""`d2l-grade` over downloads: a class with hostile archives in it, a roster, and a second run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from grader.gradebook.opening import open_gradebook
from grader.model.student import Student
from tests.helpers.course import ROOT
from tests.helpers.downloads import folder_of, zip_of
from tests.helpers.tiny_class import HALF_DONE, RIGHT, marks, run

ROSTER = "student,name,email,canvas_id,section\nada,Ada Doe,ada@x,1,A\nli,Li Bo,li@x,2,A\nzoe,Zoe,zoe@x,9,B\n"
CLASS = {
    "doeada_1_11_doubling.py": RIGHT,
    "libo_LATE_2_12_doubling-1.py": HALF_DONE,
    "libo_LATE_2_13_doubling.py": "broken(",
    "eve_3_14_hw.zip": zip_of({"doubling.py": RIGHT, "../../solutions/doubling/double.py": "evil"}),
    "mallory_4_15_hw.zip": zip_of({"doubling.py": bytes(64 << 20)}),
    "trudy_5_16_hw.zip": b"PK, but broken",
    "many_8_19_hw.zip": zip_of({f"{number}.py": "" for number in range(10_000)}),
}


def test_students_need_none_of_it() -> None:
    """`d2l-check` reads a folder and nothing else, so it loads none of what reads downloads."""
    code = "import sys, grader.cli.check, grader.cli.checker; print(*(m for m in sys.modules if 'intake' in m or m == 'yaml'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    needed = ("", ".submission", ".files", ".notebook", ".own_modules", ".encodings")
    needed += (".finding", ".finding.names", ".finding.definitions", ".references")
    assert set(done.stdout.split()) <= {f"grader.intake{part}" for part in needed}


def test_a_download_with_a_roster(tmp_path: Path, course: Path) -> None:
    """Names from the roster, the absent, the late, strangers; refusals by name; and what is known of whom is kept.

    The same class as the zip that it came as is not graded again; who is not in it any more keeps the marks.
    """
    folder, out = folder_of(tmp_path / "class", CLASS), tmp_path / "out"
    (tmp_path / "roster.csv").write_text(ROSTER)
    (folder / "lin_6_17_doubling.py").symlink_to(course / "solutions" / "doubling" / "double.py")
    with (folder / "spa_7_18_hw.zip").open("wb") as file:
        file.truncate(2 << 30)
    options = ("--roster", str(tmp_path / "roster.csv"), "--jobs", "1")
    said = run(folder, out, course, *options)
    assert "9 students, read as Canvas's download." in said
    assert "1 is late: li." in said
    assert "1 is absent: zoe." in said
    assert "6 are not on the roster and graded all the same: eve_3, lin_6, mallory_4, many_8, spa_7 and 1 more." in said
    found = marks(out)
    assert {student: (mark[0], mark[2]) for student, mark in found.items()} == {
        "ada": ("graded", 4.0), "li": ("graded", 3.0), "zoe": ("absent", 0), "eve_3": ("graded", 4.0),
        "mallory_4": ("not_graded", None), "trudy_5": ("not_graded", None), "lin_6": ("not_graded", None), "spa_7": ("not_graded", None),
        "many_8": ("not_graded", None),
    }  # fmt: skip
    assert found["li"][1] == "handed in late, says Canvas; doubling.py was uploaded again"
    assert "../../solutions/doubling/double.py is refused: its path leads out of the archive" in str(found["eve_3"][1])
    assert (
        found["trudy_5"][1]
        == "there is no doubling.py; hw.zip is not a zip archive that can be read; it may be cut short"
    )
    with open_gradebook(str(out / "gradebook.db")) as gradebook:
        assert gradebook.students()["li"] == Student("li", "Li Bo", "li@x", "2", section="A")

    gone = {"doeada_1_11_doubling.py": "ada", "lin_6_17_doubling.py": "lin_6", "spa_7_18_hw.zip": "spa_7"}
    for name in gone:
        (folder / name).unlink()
    archive = Path(shutil.make_archive(str(tmp_path / "submissions"), "zip", folder))
    said = run(archive, out, course, *options)
    assert "2 are absent: ada, zoe." in said
    assert "6 unchanged" in said
    assert marks(out) == {
        **found,
        **dict.fromkeys(gone.values(), ("absent", "withdrawn: what was handed in is gone", 0)),
    }
