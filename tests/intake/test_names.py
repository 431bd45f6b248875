"""One name, however it is written or stored: for rosters, folders and the parts of one student's work."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from grader.intake.encodings import WINDOWS, guessed
from grader.intake.layout import intake
from grader.intake.names import folded, without_zeros, words_of
from grader.intake.roster import Roster
from grader.model.student import Student
from tests.helpers.downloads import folder_of, read


def apart(name: str) -> str:
    """The name as macOS stores it."""
    taken = unicodedata.normalize("NFD", name)
    assert taken != name
    return taken


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zoë Brontë", apart("Zoë Brontë")),
        ("Nguyễn Thị Ánh", apart("Nguyễn Thị Ánh").upper()),
        ("김민준", apart("김민준")),
        ("Strauß", "STRAUSS"),
        ("İLKER", "ilker"),
        ("IŞIK", "ışık"),
        ("００４２", "0042"),
        ("Ａｄａ Doe", "ada\u3000doe"),
    ],
)
def test_one_name(one: str, other: str) -> None:
    """Capitals, widths, marks that stand for themselves, and the two letters i of Turkish do not make another name."""
    assert folded(one) == folded(other)
    assert words_of(one) == words_of(other)


@pytest.mark.parametrize(("one", "other"), [("राम", "रमा"), ("Müller", "Muller"), ("Ada Doe", "Ada Do"), ("ก็", "ก่")])
def test_two_names(one: str, other: str) -> None:
    """Marks that are letters of their script, and accents, tell names apart."""
    assert words_of(one) != words_of(other)


@pytest.mark.parametrize(
    ("name", "number"),
    [("00123", "123"), ("123", "123"), ("０００", "0"), ("0", "0"), ("a007", ""), ("", ""), ("1.5", "")],
)
def test_numbers_without_leading_zeros(name: str, number: str) -> None:
    """Only what is digits throughout is a number."""
    assert without_zeros(name) == number


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("François;Åsa\nJürgen;Öz\n", "cp1252"),
        ("Groß", "cp1252"),
        ("name\nJääskeläinen\nPääkkönen\n", "cp1252"),
        ("O’Brien,Séamus – Ó Sé\n", "cp1252"),
        ("student,name,section\nada,张鑫A,软件A1班\nbob,李雷,网工B班\nlei,王珺喆,软件A1班\n", "gb18030"),
        ("作业hw1", "gb18030"),
        ("section\n软件A班\n", "gb18030"),
        ("student;name\nmi;Michał Łęcki\nza;Zażółć Gęś\n", "cp1250"),
        ("student;name\nan;Андрей Шевчук\nol;Ольга Ким\n", "cp1251"),
        ("ІВАН,Ґанна,Юлія\n", "cp1251"),
        ("# eine Lösung für größere X\nπ = 3\n".replace("π", "pi"), "cp1252"),
        ("# умножить на два\nx = 'готово'\n", "cp1251"),
        ("# 计算\n# 返回每一行的概率\n", "gb18030"),
        ("åäö ÅÄÖ Malmö, västra Götaland, Örebro: blåbär\n", "cp1252"),
    ],
)
def test_encodings_are_guessed(text: str, encoding: str) -> None:
    """Chinese that mostly stands beside Latin letters is western text that GB18030 has swallowed; Cyrillic is words."""
    assert guessed(text.encode(encoding), *WINDOWS) == (text, encoding)


def test_utf_8_is_what_can_be_utf_8() -> None:
    """Whatever else its bytes would be in another encoding."""
    for text in ("Zoë", "Привет", "你好 A", "Łódź"):
        assert guessed(text.encode(), *WINDOWS) == (text, "utf-8")


@pytest.mark.parametrize("roster_apart", [False, True])
@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"Zoë Brontë/softmax.py": "x = 1"}, "Zoë Brontë"),
        ({"zoë/softmax.py": "x = 1"}, "Zoë Brontë"),
        ({"Zoë Brontë_77_assignsubmission_file_/softmax.py": "x = 1"}, "Zoë Brontë"),
        ({"brontëzoë_77_88_softmax.py": "x = 1"}, "Brontë, Zoë"),
    ],
    ids=["name", "handle", "moodle", "canvas"],
)
def test_a_roster_finds_names_that_macos_took_apart(
    tmp_path: Path, files: dict[str, str | bytes], name: str, roster_apart: bool
) -> None:
    """In every layout, and where the roster's are the ones that were taken apart."""
    kept, other = (apart, str) if roster_apart else (str, apart)
    folder_of(tmp_path, {other(file): content for file, content in files.items()})
    class_ = intake(tmp_path, roster=Roster((Student(kept("zoë"), kept(name)),)))
    assert (len(class_.handed_in), class_.absent, class_.strangers) == (1, (), ())


def test_two_parts_of_one_students_work(tmp_path: Path) -> None:
    """A file whose name was taken apart and an online text whose name was not are one student's, without a roster."""
    folder_of(
        tmp_path,
        {
            apart("Zoë Brontë_77_assignsubmission_file_/softmax.py"): "x = 1",
            "Zoë Brontë_77_assignsubmission_onlinetext_/onlinetext.html": "see file",
        },
    )
    found = read(tmp_path)
    assert list(found) == ["Zoë Brontë_77"]
    assert found["Zoë Brontë_77"].sources == {"softmax": "x = 1"}
