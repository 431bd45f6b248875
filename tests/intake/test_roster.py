"""The roster: whatever its columns are called and however it was saved; who is meant, and who is not guessed."""

from __future__ import annotations

import sqlite3
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from grader.gradebook.opening import open_gradebook
from grader.intake.layout import intake
from grader.intake.roster import Roster, read_roster
from grader.model.errors import UsageError
from grader.model.student import Student
from tests.helpers.course import ROOT
from tests.helpers.downloads import CANVAS, GRADESCOPE, MOODLE, folder_of, read

ADA = Student("ada", "Ada Doe", "ada@example.edu", "12345", "0042", "adoe", "A")
LEI = Student("lei", "李雷", "lei@example.edu", "12348", "0043", "lei1", "B")
HEADERS = (
    "student,name,email,canvas_id,sis_id,login,section",
    "Student, Name ,E-Mail,Canvas ID,SIS User ID,SIS Login ID,Section",
    "student,Full name,Email address,Identifier,ID number,Username,Group",
    "STUDENT,姓名,邮箱,Canvas_ID,学号,login_id,班级",
)


def saved(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def rows(header: str, delimiter: str = ",") -> str:
    lines = [header, *(",".join(getattr(each, name) for name in Student.__slots__) for each in (ADA, LEI)), ""]
    order = [0, 1, 2, 3, 4, 5, 6]
    return "\r\n".join(delimiter.join(line.split(",")[place] for place in order) if line else "" for line in lines)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", HEADERS)
def test_however_it_was_saved(tmp_path: Path, header: str, delimiter: str, encoding: str) -> None:
    """Names of columns as people and learning systems write them; Excel's semicolons, tabs and encodings."""
    path = saved(tmp_path / "roster.csv", rows(header, delimiter), encoding)
    assert read_roster(path) == Roster((ADA, LEI))


def test_an_id_alone_is_the_schools(tmp_path: Path) -> None:
    """Beside a column that says that it is the school's, as in Canvas's own export, it is the learning system's."""
    alone = read_roster(saved(tmp_path / "a.csv", "student,id\nada,0042\n"))
    canvas = 'Student,ID,SIS User ID,Section\n    Points Possible,,,\n"Doe, Ada",12345,0042,A\n'
    both = read_roster(saved(tmp_path / "b.csv", canvas))
    assert alone.students == (Student("ada", sis_id="0042"),)
    assert both.students == (Student("Doe, Ada", id="12345", sis_id="0042", section="A"),)


def test_without_a_column_of_students(tmp_path: Path) -> None:
    """The surest of what there is names them: Gradescope's and Moodle's lists have no such column."""
    gradescope = "First Name,Last Name,SID,Email,Section\nAda,Doe,0042,ada@example.edu,A\n"
    moodle = "Identifier,Full name,Email address\nParticipant 12345,Ada Doe,\n"
    (first,) = read_roster(saved(tmp_path / "a.csv", gradescope)).students
    (second,) = read_roster(saved(tmp_path / "b.csv", moodle)).students
    assert first == Student("ada@example.edu", "Ada Doe", "ada@example.edu", sis_id="0042", section="A")
    assert second == Student("12345", "Ada Doe", id="12345")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("student,name\nada,Ada\nbob,Bob\nada,Ada\n", "names ada twice, in rows 2 and 4"),
        ("ada,Ada\nbob,Bob\n", "has no column called student"),
        ("student,name\n", "names no students"),
        ("", "has no column called student"),
    ],
)
def test_a_roster_that_is_none(tmp_path: Path, text: str, says: str) -> None:
    """One line with the file's name."""
    with pytest.raises(UsageError, match=says):
        read_roster(saved(tmp_path / "roster.csv", text))
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_roster(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "known",
    [
        Student("doeada_12345", "doeada", id="12345"),
        Student("doeada_1", "doeada"),
        Student("Ada Doe_12345", "Ada Doe", id="12345"),
        Student("x", email="ADA@example.edu"),
        Student("x", sis_id="0042"),
        Student("Doe, Ada"), Student("Ada Doe"), Student("ada"), Student("ADOE"), Student("0042"), Student("12345"),
    ],
)  # fmt: skip
def test_who_is_meant(known: Student) -> None:
    """By the id, the address, the school's number or the name, in Canvas's spelling too; a folder may be any of them."""
    found = Roster((LEI, ADA)).find(known)
    assert found == ADA


@pytest.mark.parametrize(
    "known",
    [
        Student("doeada_9", "doeada", id="9"),  # of the same name, but another of Canvas's numbers
        Student("x", sis_id="12345"),  # Ada's number in Canvas is not the school's
        Student("x", id="0042"),
        Student("ada d"),
        Student(""),
    ],
)
def test_who_is_not(known: Student) -> None:
    """Two people of one name, or two kinds of number, are not mixed up."""
    assert Roster((LEI, ADA)).find(known) is None


def test_two_of_one_name_are_not_guessed() -> None:
    """The name is nobody's then; the numbers still are."""
    roster = Roster((Student("a1", "Ada Doe", sis_id="1"), Student("a2", "Ada Doe", sis_id="2")))
    assert roster.find(Student("Ada Doe")) is None
    assert roster.find(Student("2")) == roster.students[1]


def test_a_folders_own_name_is_surest() -> None:
    """Even where another student's first name is the same."""
    roster = Roster((Student("lee"), Student("lee2", "Lee")))
    assert roster.find(Student("lee")) == roster.students[0]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (CANVAS, ["ada", "lei"]),
        (MOODLE, ["ada", "lei"]),
        (GRADESCOPE, ["ada", "lei"]),
        ({"adoe/softmax.py": "", "李雷/softmax.py": "", "eve/softmax.py": ""}, ["ada", "lei"]),
    ],
    ids=["canvas", "moodle", "gradescope", "folders"],
)
def test_students_of_every_layout(tmp_path: Path, files: dict[str, str | bytes], expected: list[str]) -> None:
    """Who is on the roster has its name for them; who is not is graded under the download's; who has not is absent."""
    folder_of(tmp_path, files)
    bob = Student("robert", "Robert")
    roster = Roster((ADA, LEI if files is not MOODLE else Student("lei", "李雷"), bob))
    found = intake(tmp_path, roster=roster)
    names = [each.student for each in found.handed_in]
    assert [name for name in names if name in ("ada", "lei")] == expected
    assert found.absent == ("robert",)
    assert found.strangers
    assert set(found.strangers) == set(names) - {"ada", "lei", "robert"}
    ada = next(each for each in found.about if each.student == "ada")
    assert (ada.email, ada.section, ada.sis_id) == (ADA.email, "A", "0042")
    assert read(tmp_path, roster=roster)["robert"].absent


def test_what_is_known_is_kept(tmp_path: Path) -> None:
    """Said again, it replaces what was known; a gradebook made before there was a place for it gets one."""
    book = str(tmp_path / "gradebook.db")
    everyone = [Student(f"s{number}", section="A") for number in range(1200)]
    with open_gradebook(book):
        pass
    with sqlite3.connect(book) as connection:
        connection.execute("DROP TABLE students")
    connection.close()
    with open_gradebook(book) as gradebook:
        gradebook.remember([*everyone, LEI])
        gradebook.remember([replace(LEI, section="C"), ADA])
        known = gradebook.students()
    assert len(known) == 1202
    assert (known["ada"], known["lei"].section, known["s7"]) == (ADA, "C", everyone[7])


def test_a_name_can_be_taken_and_marks_cannot(tmp_path: Path) -> None:
    """Who calls himself like another student does not come into her marks: the number says who she is.

    Where nothing does, both are graded under the download's names, and none is the one on the roster.
    """
    folder_of(tmp_path, {"doeada_12345_1_softmax.py": "ada = 1", "doeada_666_2_softmax.py": "eve = 1"})
    numbered = read(tmp_path, roster=Roster((replace(ADA, name=""), LEI)))
    named = read(tmp_path, roster=Roster((Student("ada", "Ada Doe"),)))
    assert numbered["ada"].sources == named["doeada_12345"].sources == {"softmax": "ada = 1"}
    assert numbered["doeada_666"].sources == named["doeada_666"].sources == {"softmax": "eve = 1"}
    assert named["ada"].absent


@pytest.mark.parametrize(
    ("text", "encoding", "note"),
    [
        ("student;name\nfr;François Lefèvre\nbj;Björn Åkesson\n", "cp1252", "Windows-1252"),
        ("student;name\nkw;Karl Groß\n", "cp1252", "Windows-1252"),
        ("student;name\npw;Paweł Wójcik\ngs;Grażyna Śliwa\n", "cp1250", "Windows-1250"),
        ("student;name\nna;Наталья Орлова\n", "cp1251", "Windows-1251"),
        ("student;name;class\nlei;李雷;软件A班\nzhe;王喆;软件B班\n", "gb18030", "GB18030"),
        ("student;name\nfr;François Lefèvre\n", "utf-8", ""),
        ("student;name\nfr;François Lefèvre\n", "utf-16", ""),
    ],
)
def test_an_encoding_that_was_guessed_is_told(tmp_path: Path, text: str, encoding: str, note: str) -> None:
    """Excel saves in the encoding of its Windows and does not say which."""
    roster = read_roster(saved(tmp_path / "roster.csv", text, encoding))
    expected = [row.split(";")[1] for row in text.splitlines()[1:]]
    assert [each.name for each in roster.students] == expected
    assert [note in said for said in roster.notes] == ([True] if note else [])


@pytest.mark.parametrize("first", ["sep=|", "SEP=|", '"sep=|"'])
def test_excels_own_first_line_is_skipped(tmp_path: Path, first: str) -> None:
    """It says what stands between cells, whatever else the header has more of; rows keep their numbers."""
    text = f"{first}\r\nstudent|name,first;last\r\nada|Ada\r\n"
    path = saved(tmp_path / "roster.csv", text, "utf-8-sig")
    assert [each.student for each in read_roster(path).students] == ["ada"]
    with pytest.raises(UsageError, match="in rows 3 and 4"):
        read_roster(saved(path, text + "ada|Ada\r\n"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04\x14\0\x06\0rest", "is an Excel workbook, not a CSV file: save it as CSV UTF-8"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500), "is an Excel workbook, not a CSV file: save it as CSV UTF-8"),
        (b"%PDF-1.7", "is a PDF, not a CSV file: save it as CSV UTF-8"),
        (b"\r\n<html><table>", "is a web page or XML, not a CSV file: save it as CSV UTF-8"),
        ("student,name\nada,Ada\n".encode("utf-16-le"), "holds NUL characters"),
        ("student,name\nada,Ada\n".encode("utf-16-be"), "holds NUL characters"),
        ("student,name\nada,Ada\n".encode("utf-32"), "holds NUL characters: save it as CSV UTF-8"),
        (b"student,name\nada,\x81\xff\x90\n", "is in an unknown encoding: save it as CSV UTF-8"),
        (b"Spring 2026,\n,\nstudent,name\nada,Ada\n", "Its first row must name its columns. Row 3 does"),
    ],
)
def test_what_is_no_roster_is_told_with_the_repair(tmp_path: Path, data: bytes, says: str) -> None:
    """One line, whatever a spreadsheet or a browser has saved under that name."""
    (tmp_path / "roster.csv").write_bytes(data)
    with pytest.raises(UsageError) as refused:
        read_roster(tmp_path / "roster.csv")
    assert says in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("row", "known"),
    [
        (Student("123", "Ada"), Student("00123")),
        (Student("ada", sis_id="00123"), Student("123")),
        (Student("ada", sis_id="123"), Student("x", sis_id="0123")),
        (Student("ada", id="77"), Student("Ada Doe_0077", "Ada Doe", id="0077")),
        (Student("ada", login="０12"), Student("12")),
    ],
)
def test_leading_zeros_that_a_spreadsheet_lost(row: Student, known: Student) -> None:
    """Either way round, for numbers of every kind; that it is only so is known."""
    roster = Roster((LEI, row))
    found = roster.find(known)
    assert found is not None and found.student == row.student
    assert roster.has_lost_zeros(known)
    assert not roster.has_lost_zeros(row)


@pytest.mark.parametrize(
    ("rows", "known", "expected"),
    [
        ((Student("7"), Student("07")), "007", None),
        ((Student("7"), Student("07")), "07", "07"),
        ((Student("a", sis_id="07"), Student("b", id="7")), "0007", None),
        ((Student("a7"),), "a07", None),
    ],
)
def test_zeros_are_not_guessed(rows: tuple[Student, ...], known: str, expected: str | None) -> None:
    """Where two numbers differ in zeros alone, only the whole number says who is meant."""
    found = Roster(rows).find(Student(known))
    assert (found and found.student) == expected


def test_a_class_whose_roster_lost_its_zeros(tmp_path: Path) -> None:
    """Everyone is found and nobody absent; the numbers are named for whoever reads the first lines of a run."""
    folder_of(tmp_path / "class", {"00501/softmax.py": "x = 1", "00502/softmax.py": "x = 2", "612/softmax.py": "x = 3"})
    class_ = intake(tmp_path / "class", roster=read_roster(saved(tmp_path / "r.csv", "student\n501\n502\n612\n")))
    assert (class_.absent, class_.strangers, class_.lost_zeros) == ((), (), ("00501", "00502"))
    assert [each.student for each in class_.handed_in] == ["501", "502", "612"]


ROSTERS = ROOT / "tests" / "data" / "rosters"


@pytest.mark.parametrize(
    ("file", "folder", "student"),
    [
        ("western_windows.csv", "Müller Jan", "mue"),
        ("composed.csv", unicodedata.normalize("NFD", "José Müller"), "jose"),
        ("sep.csv", "Ada", "ada"),
    ],
)
def test_rosters_that_were_reported(tmp_path: Path, file: str, folder: str, student: str) -> None:
    """As they came: the student is found, and is neither absent nor a stranger."""
    folder_of(tmp_path, {f"{folder}/softmax.py": "x = 1"})
    class_ = intake(tmp_path, roster=read_roster(ROSTERS / file))
    assert [each.student for each in class_.handed_in if each.parts] == [student]
    assert class_.strangers == () and student not in class_.absent


@pytest.mark.parametrize(("file", "says"), [("xlsx.csv", "is an Excel workbook"), ("title.csv", "Row 2 does")])
def test_rosters_that_were_reported_and_are_none(file: str, says: str) -> None:
    """Each is told with its repair."""
    with pytest.raises(UsageError, match=says):
        read_roster(ROSTERS / file)


@pytest.mark.parametrize("text", ['name,email\n"Ada,a@x\nBob,b@x\n', 'name,email\nAda,"a@x\nBob,b@x\nEve,"e@x\n'])
def test_a_quotation_mark_that_is_not_closed_costs_nobody(tmp_path: Path, text: str) -> None:
    """The students below it would be a part of somebody's name, and not in the class."""
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(UsageError, match="has a quotation mark in row 2 that is not closed there"):
        read_roster(tmp_path / "r.csv")


def test_lines_within_other_columns_are_no_fault(tmp_path: Path) -> None:
    """Notes of several lines are what CSV allows; so are blank rows above the header."""
    (tmp_path / "r.csv").write_text('\n,\nname,notes,email\nAda,"late\ntwice",a@x\nBob,,b@x\n')
    assert [student.student for student in read_roster(tmp_path / "r.csv").students] == ["a@x", "b@x"]


def test_numbers_that_identify_nobody_are_told(tmp_path: Path) -> None:
    """Two students with one number; a number that a spreadsheet has rounded."""
    (tmp_path / "r.csv").write_text("name,email,sis id\nAda,a@x,7\nBob,b@x,7\nEve,e@x,2.02E+11\n")
    first, second = read_roster(tmp_path / "r.csv").notes
    assert first.endswith("has 7 in rows 2 and 3: nobody is found by it.")
    assert second.endswith("has 2.02E+11 in row 4, a number of which a spreadsheet has kept the first digits only.")
