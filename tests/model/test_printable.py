"""What students and their code say reaches nobody's terminal as anything but text; and answers are compared as they are."""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli.grade import grade
from grader.gradebook.opening import open_gradebook
from grader.intake.handed_in import HandedIn, by_student
from grader.intake.roster import read_roster
from grader.judging.findings import findings
from grader.model.encoding import decode, encode
from grader.model.keys.key import AnswerKey
from grader.model.printable import clean, one_line
from grader.model.question import Returned
from grader.model.student import Student
from grader.model.value import Device, Dtype, Opaque
from grader.report.explanation import explanation, full_explanation, note_of
from tests.helpers.tiny_class import hand_in, run, write_course

NASTY = "\x1b[31m\x07\x00\r\x7f\x85\x9b31m\u202e\u2066\u200e\u061c\u2028\u2029\ufeff\u200b\U000e0041\udce9\ufffe"
FILE = "".join(letter for letter in NASTY if letter not in "\0\udce9")
"""The same without what no file can be called everywhere."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "␛[2J"),
        ("a\x07b\0", "a␇b␀"),
        ("one\r\ntwo\rthree\n\tfour", "one\ntwo␍three\n\tfour"),
        ("\x7f\x85\x9b", "␡\ufffd\ufffd"),
        ("a\u202eb\u2066c\u200ed\u061ce", "a\ufffdb\ufffdc\ufffdd\ufffde"),
        ("a\u2028b\u2029c\ufeffd\u200be\u00adf", "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf"),
        ("\ud800 \udce9 \ufffe \U0001ffff \ufdd0", "\ufffd \ufffd \ufffd \ufffd \ufffd"),
        ("\U000e0041", "\ufffd"),
        ("王小明　学号", "王小明　学号"),
        ("👩‍🔬 👍🏽 🏳️‍🌈 می‌خواهم", "👩‍🔬 👍🏽 🏳️‍🌈 می‌خواهم"),
        ("נעמה محمد é e\u0301\u00a0ß \ue000 \U0001fae9", "נעמה محمد é e\u0301\u00a0ß \ue000 \U0001fae9"),
    ],
)
def test_what_is_obeyed_is_spelt_out_and_what_is_read_stays(text: str, shown: str) -> None:
    """Each character that steers something is seen in its place; every script, emoji and private characters stay."""
    assert clean(text) == shown
    assert clean(shown) == shown


def test_every_character_is_one_or_the_other() -> None:
    """Of all of Unicode, nothing that steers gets through but line ends, tabs and joiners."""
    through = {chr(code) for code in range(0x110000) if clean(chr(code)) == chr(code)}
    steering = {letter for letter in through if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert steering == set("\n\t\u200c\u200d")


def test_a_line_is_one_line() -> None:
    """Whatever ends a line anywhere is a space, or is spelt out."""
    assert one_line(" a\r\nb\x85c\u2028d\te ") == "a b c d e"
    assert len(one_line(NASTY).splitlines()) == 1


def test_names_of_odd_things_are_clean_where_they_arrive() -> None:
    """A type, a dtype, a device: names that a child sends, and that are only ever shown."""
    for kind in (Opaque, Dtype, Device):
        arrays: list = []  # type: ignore[type-arg]
        assert decode(encode(kind(f"a{FILE}"), arrays), arrays) == kind(clean(f"a{FILE}"))


def test_text_is_compared_as_it_came(key_of_text: AnswerKey) -> None:
    """An answer that is text is right if it is the very text, and wrong where it only looks like it once cleaned."""
    (exercise,) = key_of_text.exercises
    right, looks_like_it = [Returned(("a\u202eb\x1b",))], [Returned((clean("a\u202eb\x1b"),))]
    entries = tuple(entry for entry in exercise.entries if entry.check == "a_text")
    asked = replace(exercise, entries=entries)
    assert all(each.passed for each in findings(asked, right * len(entries)))
    assert not all(each.passed for each in findings(asked, looks_like_it * len(entries)))


@pytest.fixture
def key_of_text(tmp_path: Path) -> AnswerKey:
    from grader.course.course import load_pages, read_course
    from grader.keymaking.keymaker import make_key

    for name, text in {
        "exercises/course.toml": 'name = "t"\ntitle = "T"\ntopics = ["t"]\n',
        "exercises/t.py": '"""T."""\n\n\ndef f(x: str) -> str:\n    """Reverse it."""\n    raise NotImplementedError\n',
        "solutions/t/f.py": "from grader import Exercise, case, reference\n\nexercise = Exercise(points=1)\n\n\n"
        "@reference\ndef f(x):\n    return x[::-1]\n\n\n@case\ndef a_text(draw):\n    return '\\x1bb\\u202ea'\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    course = read_course(tmp_path)
    return make_key(course.name, course.title, load_pages(course), 1)


def test_students_whose_names_look_alike_stay_two() -> None:
    """A name that had to be changed tells by a digest that it was."""
    names = ["ada", "a\u202eda", "a\u2066da", "a\x1bda", "a\tda", "a\nda"]
    there = by_student(HandedIn(name, about=Student(name)) for name in names)
    assert len({each.student for each in there}) == len(names)
    assert [each.student for each in there if each.about and each.about.student != each.student] == []
    assert all(one_line(each.student) == each.student for each in there)
    assert by_student(there) == there
    assert by_student([HandedIn("李 雷  👩‍🔬")])[0].student == "李 雷  👩‍🔬"


def test_a_roster_is_clean(tmp_path: Path) -> None:
    """In every column."""
    path = tmp_path / "roster.csv"
    path.write_text(f'student,name,email,section\nada,"A{FILE}da\nDoe","a@b{FILE}","1{FILE}"\n', encoding="utf-8")
    (ada,) = read_roster(path).students
    assert all(clean(fact) == fact and "\n" not in fact for fact in (ada.name, ada.email, ada.section))


# Everything that a run writes ----------------------------------------------------------------------------------------

SAYS = f"""
NASTY = {NASTY!r}

class Odd: pass
Odd.__name__ = Odd.__qualname__ = {FILE!r}
Odd.__module__ = "builtins"

def double(x):
    raise type({FILE!r}, (ValueError,), {{}})(NASTY)

def quadruple(x):
    return {{NASTY: NASTY, 1: Odd()}}

def halve(x):
    return Odd()
"""
ALSO_SAYS = f"""
import sys
def double(x):
    return {NASTY!r}
def quadruple(x):
    from grader.model.question import Observed, Returned
    from grader.model.value import Array, Dtype
    text = {NASTY!r}
    child = sys.modules["grader.sandbox.child.child"]
    child.respond = lambda module, question: Returned(
        (Array.of((4 * x).numpy()),), observed=Observed(state=(text,), changed=(text,), elsewhere=(("value", text),))
    )
    raise ValueError(text)
def halve(x):
    from grader.model.value import Dtype
    return Dtype({NASTY!r})
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A class with such names and such code, graded and exported; the folder, and what was printed."""
    home = tmp_path_factory.mktemp("home")
    course = write_course(home / "course")
    hand_in(home / "in", f"a{FILE}", SAYS)
    hand_in(home / "in", "bob", ALSO_SAYS)
    (home / "in" / f"nobody{FILE}").mkdir()
    (home / "roster.csv").write_text(f'student,name,id\nbob,"B{FILE}ob",5\n"zoe{FILE}",Zoe,6\n', encoding="utf-8")
    options = ("--jobs", "1", "--roster", str(home / "roster.csv"))
    printed = run(home / "in", home / "out", course, *options)
    done = CliRunner().invoke(grade, ["export", str(home / "out"), "--roster", str(home / "roster.csv")])
    assert done.exit_code == 0, done.output
    return home / "out", printed + done.output


def obeyed(text: str) -> set[str]:
    """What a terminal would obey; CSV files end their lines with \\r\\n."""
    text = text.replace("\r\n", "\n")
    return {letter for letter in text if letter not in "\n\t" and clean(letter) != letter}


def strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for each in [*node, *node.values()] if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from strings(each)


def test_no_file_holds_what_is_obeyed(written: tuple[Path, str]) -> None:
    """Names of files too; and what JSON spells with a backslash is the same once it is read."""
    out, _ = written
    files = [path for path in out.rglob("*") if path.suffix in (".csv", ".json", ".xml", ".html", ".md", ".txt")]
    names = {path.name for path in files}
    assert {"results.json", "grades.csv", "checks.csv", "junit.xml", "canvas.csv", "report.html", "bob.md"} <= names
    found = {}
    for path in files:
        text = path.read_bytes().decode("utf-8")
        parsed = "".join(strings(json.loads(text))) if path.suffix == ".json" else ""
        found[path.name] = obeyed(text) | obeyed(parsed) | obeyed(path.name)
    assert {name: letters for name, letters in found.items() if letters} == {}


def test_nothing_that_is_printed_is_obeyed(written: tuple[Path, str]) -> None:
    """Summary, names of the absent, and where things lie."""
    assert obeyed(written[1]) == set()


def test_the_gradebook_holds_what_is_shown(written: tuple[Path, str]) -> None:
    """So whoever asks it in SQL, and every report that is still to come, meets nothing else."""
    out, _ = written
    with open_gradebook(str(out / "gradebook.db"), None) as book:
        for submission in book.results().submissions:
            assert obeyed(submission.student) == set()
            for exercise in submission.exercises:
                for check in exercise.checks:
                    assert obeyed(explanation(check) + full_explanation(check) + note_of(exercise)) == set()


def test_something_was_said(written: tuple[Path, str]) -> None:
    """The tests above can fail: names and messages are there, spelt out."""
    out, _ = written
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        students = [row["student"] for row in csv.DictReader(file)]
    assert any("␛[31m␇" in student for student in students)
    checks = (out / "exports" / "checks.csv").read_text(encoding="utf-8")
    assert "raised ␛[31m␇" in checks
