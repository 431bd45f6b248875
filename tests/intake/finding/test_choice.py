"""Which file of a submission is read for a topic, and what is said where nobody can know."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from grader.intake.handed_in import HandedIn, Part
from grader.intake.read import read_handed_in, read_submission
from grader.intake.submission import Submission
from tests.helpers.downloads import Files, folder_of, tar_of, zip_of

WANTED = {"softmax": ("softmax", "log_softmax"), "dropout": ("dropout", "mlp")}
ONE = {"softmax": WANTED["softmax"]}
STUB = '''"""Softmax"""

def softmax(X, dim):
    """Scores into probabilities."""
    raise NotImplementedError


def log_softmax(X, dim):
    """Their logarithms."""
    raise NotImplementedError()
'''
WORK = """EPS = 1e-9

def softmax(X, dim):
    return (X + EPS).exp()


def log_softmax(X, dim):
    return softmax(X, dim).log()
"""
OTHER_WORK = WORK.replace("1e-9", "1e-3")
DROPOUT = "def dropout(X, p):\n    return X\n\n\ndef mlp(X):\n    return X\n"


def notebook(*cells: str) -> str:
    made = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def indented(head: str, code: str) -> str:
    return "\n".join([head, *(f"    {line}" for line in code.splitlines())]) + "\n"


def read(tmp_path: Path, files: Files, wanted: dict[str, tuple[str, ...]] = ONE) -> Submission:
    return read_submission(folder_of(tmp_path / "ada", files), wanted)


OBVIOUS = [
    "softmax (2).py", "softmax(1).py", "softmax （2）.py", "softmax-Copy1.py", "softmax_copy.py", "softmax - Copy (3).py",
    "Copy of softmax.py", "softmax - Kopie.py", "softmax - 副本.py", "Softmax.py", "SOFTMAX.PY", " softmax.py",
    "softmax .py", "softmax.py ", "softmax.py.txt", "softmax.txt", "softmax.py.py", "softmax.PY.TXT", "softmax (2).py.txt",
    "softmax.py (2).txt", "softmax", "hw1_softmax.py", "softmax_final.py", "softmax-v2.py", "HW1Softmax.py",
    "softmax2.py", "doe_ada_softmax (1).py", "soft_max.py", "softmax%20(2).py", "a/b/c/d/e/f/g/h/softmax.py",
]  # fmt: skip


@pytest.mark.parametrize("name", OBVIOUS)
def test_the_obvious_is_read_and_named(tmp_path: Path, name: str) -> None:
    """Copies, capitals, spaces, endings too many, prefixes and suffixes, folders: read, with what was read."""
    found = read(tmp_path, {name: WORK})
    assert found.sources == {"softmax": WORK}
    assert found.problems == {} and found.problem is None
    shown = name if name == name.strip() else f"'{name}'"
    assert found.notes == (() if name.endswith("/softmax.py") else (f"{shown} is read as softmax.py",))


@pytest.mark.parametrize("name", ["softmax.ipynb.json", "softmax (2).ipynb", "Softmax.IPYNB", "softmax.ipynb.txt",
                                  "softmax.json", "hw1 softmax.ipynb", "softmax.py"])  # fmt: skip
def test_a_notebook_is_read_by_what_is_in_it(tmp_path: Path, name: str) -> None:
    """Whatever its ending has become."""
    assert read(tmp_path, {name: notebook(WORK)}).notebooks["softmax"].cells == (WORK,)


@pytest.mark.parametrize("encoding", ["utf-32", "utf-16", "utf-8-sig", "gb18030"])
def test_source_in_many_encodings(tmp_path: Path, encoding: str) -> None:
    """Whatever an editor has saved it in."""
    assert read(tmp_path, {"softmax.py": f"# 归一化的概率\n{WORK}".encode(encoding)}).sources["softmax"].endswith(WORK)


def test_names_are_compared_after_nfc(tmp_path: Path) -> None:
    """macOS takes letters apart: the topic's name in one form is the file's in the other."""
    topic = "Übung"
    name = unicodedata.normalize("NFD", f"{topic}.py")
    assert read(tmp_path, {name: "def f(): return 1"}, {topic: ("f",)}).sources == {topic: "def f(): return 1"}


@pytest.mark.parametrize(
    ("files", "source"),
    [
        ({"a/softmax.py": WORK, "b/softmax.py": WORK}, WORK),
        ({"softmax.py": WORK, "softmax (1).py": WORK}, WORK),
        ({"softmax.py": WORK, "softmax.ipynb": notebook("import torch", WORK, "print(1)")}, WORK),
        ({"softmax.py": WORK, "softmax-copy.py": "# the same\n" + WORK.replace("    ", "  ")}, WORK),
        ({"kit/softmax.py": STUB, "mine/softmax.py": WORK}, WORK),
        ({"softmax.py": STUB, "work/softmax.py": WORK}, WORK),
        ({"softmax.py": STUB, "softmax (2).py": WORK}, WORK),
        ({"softmax.py": STUB, "hw1_softmax.py": WORK}, WORK),
        ({"softmax.py": WORK, "softmax.ipynb": notebook("# here", STUB)}, WORK),
        ({"softmax.py": "", "softmax_v2.py": WORK}, WORK),
        ({"softmax.py": STUB, "hw.zip": zip_of({"softmax.py": WORK})}, WORK),
        ({"softmax.py": WORK, "test_softmax.py": "def test_softmax(): pass"}, WORK),
        ({"softmax.py": WORK, "softmax_old.py": OTHER_WORK}, WORK),
        ({"softmax.py": "from softmax_parts import softmax\n" + WORK, "softmax_parts.py": WORK},
         "from softmax_parts import softmax\n" + WORK),
        ({"softmax.py": WORK, "old/softmax.py": OTHER_WORK}, WORK),
        ({"softmax.py": WORK, "homework.py": OTHER_WORK}, WORK),
    ],
)  # fmt: skip
def test_one_of_several_is_meant(tmp_path: Path, files: Files, source: str) -> None:
    """The same bytes or code are one file; a stub, an older one, a part of it and a test of it are no rivals."""
    found = read(tmp_path, files)
    assert found.sources == {"softmax": source}
    assert found.problems == {}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a/softmax.py": WORK, "b/softmax.py": OTHER_WORK}, "a/softmax.py and b/softmax.py differ"),
        ({"softmax.py": WORK, "softmax (2).py": OTHER_WORK}, "softmax.py and softmax (2).py differ"),
        ({"softmax.py": WORK, "Softmax.py": OTHER_WORK}, "Softmax.py and softmax.py differ"),
        ({"softmax.py": WORK, "softmax.ipynb": notebook(OTHER_WORK)}, "softmax.py and softmax.ipynb differ"),
        ({"softmax_v1.py": WORK, "softmax_v2.py": OTHER_WORK}, "softmax_v1.py and softmax_v2.py differ"),
        ({"softmax.py": WORK, "softmax_final.py": OTHER_WORK}, "softmax.py and softmax_final.py differ"),
        ({"softmax.py": WORK, "softmax.ipynb": "{"}, "softmax.py is there, and softmax.ipynb is not a notebook"),
        ({"homework.py": WORK}, "there is no softmax.py; homework.py is there, which defines softmax and log_softmax"),
        ({"solution.ipynb": notebook(WORK)}, "solution.ipynb is there, which defines softmax and log_softmax"),
        ({"main.txt": WORK}, "main.txt is there, which defines softmax and log_softmax"),
        ({"softmax.py": STUB, "homework.py": WORK}, "no function of softmax is written in softmax.py; homework.py is"),
        ({"softmax.py": STUB, "softmax.docx": b"PK"}, "softmax.docx is there, which is not read"),
        ({"softmax.ipynb": "{"}, "softmax.ipynb is not a notebook: it cannot be read as JSON"),
        ({"homework.ipynb": "{"}, "there is no softmax.py; homework.ipynb is not a notebook"),
        ({"softmax.py": b"\0\1\2"}, "softmax.py is not text"),
        ({"softmax.py": "\n <!DOCTYPE html>\n<p>def softmax(X):"}, "softmax.py is a page of the web, and no Python"),
        ({"softmax.py": r"{\rtf1\ansi def softmax(X)\par}"}, "softmax.py is a document of a word processor, and no Python"),
        ({"softmax.py": "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 9\n"}, "Git keeps in the place of"),
        ({"link.txt": "https://example.org/me/softmax.ipynb\n"}, "link.txt is there, which holds only an address"),
        ({"work.txt": zip_of({"softmax.py": WORK})}, "work.txt is not text"),
        ({"softmax.py": indented("class Solution:", WORK)}, "softmax.py has softmax and log_softmax only in a comment, in"),
        ({"softmax.py": indented("def main():", WORK)}, "softmax.py has softmax and log_softmax only in a comment, in a"),
        ({"softmax.py": WORK.replace("def", "# def").replace("    ", "#    ")}, "softmax.py has softmax and log_softmax only"),
        ({"softmax.py": f"import torch\nOLD = '''\n{WORK}'''\n"}, "softmax.py has softmax and log_softmax only in a"),
        ({"softmax.ipynb": notebook("def softmax(X): 0").replace('"code"', '"raw"')}, "softmax.ipynb has softmax only in a"),
        ({"softmax.py": b"#" * (2 << 20)}, "softmax.py is too large (2.0 MiB; 1 are allowed)"),
        ({"softmax.pdf": b"%PDF"}, "there is no softmax.py; softmax.pdf is there, which is not read"),
        ({"sofmax.py": "x = 1"}, "there is no softmax.py; sofmax.py is there"),
        ({"softmax.py.bak": WORK}, "softmax.py.bak is there, which is not read"),
        ({"homework.docx": b"PK"}, "there is no softmax.py; homework.docx is there, which is not read"),
        ({"hw3.pdf": b"%PDF"}, "hw3.pdf is there, which is not read"),
        ({"softmax_screenshot.png": b"\x89PNG"}, "softmax_screenshot.png is there, which is not read"),
        ({"README.md": f"```\n{WORK}```\n"}, "README.md is there, which defines softmax and log_softmax"),
        ({"work.json": json.dumps({"cell": WORK})}, "work.json is there, which defines softmax and log_softmax"),
        ({"notes.txt": f"{WORK}\nis what I have"}, "notes.txt is there, which defines softmax and log_softmax"),
        ({"Untitled.py.bak": WORK}, "Untitled.py.bak is there, which is not read"),
        ({"hw.py.doc": WORK}, "hw.py.doc is there, which is not read"),
        ({"hw.py.gz": b"\x1f\x8b"}, "hw.py.gz is there, which is not read"),
        ({"hw.tar.zst": b"x"}, "hw.tar.zst is there, which is not read"),
        ({"hw.r00": b"Rar!"}, "hw.r00 is there, which is not read"),
        ({"link.url": "x"}, "link.url is there, which is not read"),
        ({".Trash/softmax.py": WORK}, ".Trash/softmax.py is there, which defines softmax and log_softmax"),
        ({".work/softmax.py": WORK}, ".work/softmax.py is there, which defines softmax and log_softmax"),
        ({".hw.zip": b"PK"}, ".hw.zip is there, which is not read"),
        ({"softmax.py": STUB, "hw.py.bak": WORK}, "hw.py.bak is there, which is not read"),
        ({".softmax.py": WORK}, ".softmax.py is there, which defines softmax and log_softmax"),
        ({".ipynb_checkpoints/softmax-checkpoint.ipynb": notebook(WORK), "x.txt": ""}, "softmax-checkpoint.ipynb is there"),
        ({"softmax.rar": b"Rar!\x1a\x07\x00"}, "softmax.rar is a RAR archive, which is not read here"),
        ({"hw.zip": zip_of({"inner.zip": zip_of({"softmax.py": WORK})})}, "hw.zip/inner.zip is an archive inside an archive"),
        ({"hw.zip": zip_of({"homework.py": WORK})}, "hw.zip/homework.py is there, which defines softmax and log_softmax"),
        ({"hw.tar.gz": tar_of({"a/softmax.py": WORK, "b/softmax.py": OTHER_WORK}, "gz")}, "b/softmax.py differ"),
    ],
)  # fmt: skip
def test_what_nobody_can_know_is_named_and_has_no_mark(tmp_path: Path, files: Files, says: str) -> None:
    """Ambiguous, unreadable, misnamed, misplaced, packed twice: one sentence with what is there."""
    found = read(tmp_path, {**files, "dropout.py": DROPOUT}, WANTED)
    assert says in found.problems["softmax"]
    assert "\n" not in found.problems["softmax"]
    assert set(found.sources) == {"dropout"}, "the other topic is graded"


@pytest.mark.parametrize(
    "files",
    [
        {}, {"README.md": "softmax", "notes.txt": "not done"}, {"homework.py": STUB},
        {"d2l-softmax.key": b"x", "requirements.txt": "torch"}, {"hw1_softmax.py": STUB},
        {"data.csv": "1,2", "data.csv.gz": b"x", "weights.pt": b"x", ".DS_Store": b"x", ".bashrc": "x"},
        {"__pycache__/helpers.cpython-311.pyc": b"x", "~$homework.docx": b"x", ".cover.png": b"x", "dropout.pdf": b"%PDF"},
        {"plot.png": b"\x89PNG", "curves.svg": b"<svg/>"},
        {"helpers.py": "def helper(): return 1"}, {"test.py": "from softmax import softmax\n"},
    ],
)  # fmt: skip
def test_nothing_like_it_is_final(tmp_path: Path, files: Files) -> None:
    """A topic that is not there, and nothing like it: the mark is zero, and nobody has to look."""
    found = read(tmp_path, {**files, "dropout.py": DROPOUT}, WANTED)
    if "test.py" in files:  # it binds the name, so somebody looks
        assert "test.py" in found.problems["softmax"]
        return
    assert found.problems == {}
    assert set(found.sources) == {"dropout"}


@pytest.mark.parametrize(
    "files",
    [
        {"softmax.py": STUB}, {"softmax.py": STUB, "README.md": "", "d2l-softmax.key": b"x"},
        {"a/softmax.py": STUB, "softmax.ipynb": notebook(STUB)}, {"softmax.ipynb": notebook("# hello", STUB)},
        {"softmax.py": STUB, "__pycache__/softmax.cpython-311.pyc": b"\0", "softmax.png": b"x"},
        {"softmax.ipynb": notebook(STUB), ".ipynb_checkpoints/softmax-checkpoint.ipynb": notebook(STUB)},
        {"softmax.py": "def softmax(X:\n"}, {"softmax.ipynb": notebook("x = 1", "def softmax(X:\n")},
        {"softmax.py": "exec('def softmax(X): return X')"}, {"softmax.py": "from somewhere import *  # def softmax(X)"},
        {"softmax.py": ""}, {"softmax.py": "# softmax: I was ill, and define nothing"}, {"softmax.py": STUB, "task.pdf": b"%PDF", "README.md": f"Write\n{STUB}"},
    ],
)  # fmt: skip
def test_an_untouched_stub_and_a_syntax_error_are_final(tmp_path: Path, files: Files) -> None:
    """Read as ever, beside whatever a kit and the programs that students use leave there."""
    found = read(tmp_path, {**files, "dropout.py": DROPOUT}, WANTED)
    assert found.problems == {}
    assert set(found.sources) == set(WANTED)


@pytest.mark.parametrize("name", [".softmax.py", ".work/softmax.py", ".Trash/softmax.py", "homework.docx"])
def test_what_nobody_sees_is_not_nothing(tmp_path: Path, name: str) -> None:
    """A hidden file, or a document, alone: named, and a person can say that it is the topic's."""
    folder = folder_of(tmp_path / "ada", {name: WORK})
    found = read_submission(folder, ONE)
    assert name in found.problems["softmax"] and not found.absent and not found.empty
    settled = read_handed_in(HandedIn("ada", (Part(folder),), mapped=(("softmax", name),)), ONE)
    assert settled.sources == {"softmax": WORK} and settled.problem is None


@pytest.mark.parametrize("files", [{}, {".DS_Store": b"x"}, {".bashrc": "x", ".config/x.png": b"x"}])
def test_what_programs_leave_is_nothing(tmp_path: Path, files: Files) -> None:
    """Nobody has handed in a thing where only such files are there."""
    assert read(tmp_path, files).absent


def test_a_topic_in_the_file_of_another_one(tmp_path: Path) -> None:
    """Everything in one file, or two files whose names were swapped: misplaced, so somebody looks."""
    found = read(tmp_path / "one", {"softmax.py": WORK + DROPOUT}, WANTED)
    assert found.problems == {"dropout": "there is no dropout.py; softmax.py is there, which defines dropout and mlp"}
    found = read(tmp_path / "swapped", {"softmax.py": DROPOUT, "dropout.py": WORK}, WANTED)
    assert set(found.problems) == {"softmax", "dropout"}
    assert "dropout.py is there, which defines softmax and log_softmax" in found.problems["softmax"]


def test_a_name_that_holds_two_topics_is_not_obvious(tmp_path: Path) -> None:
    """Whose file is softmax_and_dropout.py?"""
    found = read(tmp_path, {"softmax_and_dropout.py": WORK + DROPOUT}, WANTED)
    assert set(found.problems) == set(WANTED) and found.sources == {}
    assert found.problem and "softmax_and_dropout.py" in found.problem and not found.empty


def test_a_folder_that_is_a_link_is_said(tmp_path: Path) -> None:
    """It is not followed, and what may be in it is no zero."""
    folder = folder_of(tmp_path / "ada", {"dropout.py": DROPOUT})
    (folder / "work").symlink_to(folder_of(tmp_path / "elsewhere", {"softmax.py": WORK}))
    assert "work is a symbolic link" in read_submission(folder, WANTED).problems["softmax"]


@pytest.mark.parametrize("depth", [5, 60, 250])
def test_a_folder_is_as_deep_as_in_a_zip(tmp_path: Path, depth: int) -> None:
    """One limit for both: what is read of the one is read of the other."""
    files = {"x/" * depth + "softmax.py": WORK}
    packed = read_handed_in(
        HandedIn("ada", (Part(folder_of(tmp_path / "zip", {"ada.zip": zip_of(files)}) / "ada.zip"),)), ONE
    )
    assert read(tmp_path, files).sources == packed.sources == {"softmax": WORK}


def test_beyond_the_limit_it_is_said(tmp_path: Path) -> None:
    """In a folder and in a zip: no file is passed over in silence."""
    deep = "deeper-and-deeper/" * 70 + "softmax.py"
    packed = read_handed_in(
        HandedIn("ada", (Part(folder_of(tmp_path / "z", {"a.zip": zip_of({deep: WORK})}) / "a.zip"),)), ONE
    )
    for found in (read(tmp_path, {deep: WORK}), packed):
        assert found.sources == {} and not found.empty
        assert "softmax" in found.problems


def test_what_decides_what_is_read_is_in_the_digest(tmp_path: Path) -> None:
    """A rival that comes, changes into the same, goes: whatever changes what is read changes the digest."""
    folder = folder_of(tmp_path / "ada", {"softmax.py": WORK})
    seen = [read_submission(folder, ONE).digest]
    for content in (OTHER_WORK, STUB, None):
        rival = folder / "softmax (2).py"
        rival.unlink(missing_ok=True)
        if content:
            rival.write_text(content)
        seen.append(read_submission(folder, ONE).digest)
    assert seen[0] == seen[2] == seen[3] != seen[1]
    (folder / "softmax.py").rename(folder / "softmax_v2.py")
    assert read_submission(folder, ONE).digest not in seen, "what is read is the same; what it is called is told"


def test_a_file_that_a_person_names_is_the_topic_s(tmp_path: Path) -> None:
    """Whatever it is called, and in an archive too; where it is gone, that is said and the rest holds."""
    folder = folder_of(
        tmp_path / "ada", {"a/x.txt": WORK, "hw.zip": zip_of({"deep/y.py": OTHER_WORK}), "softmax.py": STUB}
    )
    one = HandedIn("ada", (Part(folder),))
    for path, source in (("a/x.txt", WORK), ("A/X.TXT", WORK), ("hw.zip/deep/y.py", OTHER_WORK)):
        found = read_handed_in(HandedIn("ada", one.parts, mapped=(("softmax", path),)), ONE)
        assert found.sources == {"softmax": source}
        assert "is read as softmax.py, as --map says" in found.notes[0]
    gone = read_handed_in(HandedIn("ada", one.parts, mapped=(("softmax", "b.py"),)), ONE)
    assert "a/x.txt is there, which defines" in gone.problems["softmax"]
    assert gone.notes == ("b.py, which --map names for softmax, is not there",)


def test_not_all_of_very_much_is_looked_through(tmp_path: Path) -> None:
    """Beyond so many files nobody has looked, which is said and is no zero."""
    many = {f"part{number}.py": "x = 1" for number in range(1100)}
    found = read(tmp_path, {**many, "dropout.py": DROPOUT}, WANTED)
    assert found.problems == {"softmax": "there is no softmax.py; there are more files than are looked through"}
