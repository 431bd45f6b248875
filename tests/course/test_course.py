"""Reading a course: one clear line, with the repair, for whatever is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course.course import load_pages, read_course
from grader.model.errors import PageError, UsageError

STUB = 'def f(x: int) -> int:\n    """Say one.\n\n    Args:\n        x: a number.\n    Returns:\n        One.\n    """\n    raise NotImplementedError\n'
PAGE = "from grader import *\n\n\n@reference\ndef f(x):\n    return 1\n\n\n@case\ndef one(draw):\n    return 1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course of one exercise."""
    (tmp_path / "exercises").mkdir()
    (tmp_path / "solutions" / "t").mkdir(parents=True)
    (tmp_path / "exercises" / "course.toml").write_text('title = "T"\ntopics = ["t"]\n')
    (tmp_path / "exercises" / "t.py").write_text(f'"""The topic."""\n\n\n{STUB}')
    (tmp_path / "solutions" / "t" / "f.py").write_text(PAGE)
    return tmp_path


def test_a_folder_is_registry_enough(folder: Path) -> None:
    """A stub and a page make an exercise; nothing else is edited."""
    course = read_course(folder)
    assert [topic.functions for topic in course.topics] == [("f",)]
    assert [page.id for page in load_pages(course)] == ["t.f"]


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("exercises/course.toml", None, "it has no exercises/course.toml"),
        ("exercises/course.toml", "title = 3\n", "needs a title and a list of topics"),
        ("exercises/course.toml", "= nonsense", "course.toml:1 cannot be read: Invalid statement at line 1, column 1"),
        ("exercises/course.toml", 'title = "T"\ntopics = "t"\n', "needs a title and a list of topics"),
        (
            "exercises/course.toml",
            'title = "T"\ntopic = ["t"]\ntopics = []\n',
            "course.toml:2: there is no setting 'topic'",
        ),
        ("exercises/course.toml", 'title = "T"\ntopics = ["t"]\ntf32 = "yes"\n', "tf32 is true or false, not 'yes'"),
        ("exercises/course.toml", 'title = "T"\ntopics = ["u"]\n', "course.toml:2 lists the topic 'u', but "),
        ("exercises/course.toml", 'title = "T"\ntopics = ["t", "t"]\n', "lists the topic 't' twice. Keep one."),
        ("exercises/t.py", "def (", "t.py:1 cannot be read: invalid syntax. Correct it."),
        ("exercises/t.py", f"{STUB}\n\n{STUB}", "t.py has two stubs f, in lines 1 and 12. Keep one."),
        ("exercises/t.py", f"class f:\n    pass\n\n\n{STUB}", "t.py has two stubs f, in lines 1 and 5. Keep one."),
    ],
)
def test_what_is_wrong_with_a_course_is_said_in_one_line(folder: Path, file: str, text: str | None, says: str) -> None:
    """With the file and the repair."""
    (folder / file).unlink()
    if text is not None:
        (folder / file).write_text(text)
    with pytest.raises(UsageError) as error:
        read_course(folder)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_stub_without_a_page_and_a_page_without_a_stub(folder: Path) -> None:
    """Either is said with the file that is missing."""
    (folder / "solutions" / "t" / "g.py").write_text(PAGE)
    with pytest.raises(PageError, match=r"g\.py has no stub"):
        load_pages(read_course(folder))
    (folder / "solutions" / "t" / "g.py").unlink()
    (folder / "solutions" / "t" / "f.py").unlink()
    with pytest.raises(PageError, match="f has no page"):
        load_pages(read_course(folder))


def test_a_reference_of_another_name(folder: Path) -> None:
    """File, stub and reference have one name."""
    (folder / "solutions" / "t" / "f.py").write_text(PAGE.replace("def f", "def g"))
    with pytest.raises(PageError, match="Call it f"):
        load_pages(read_course(folder))


def test_pages_of_a_topic_share_what_begins_with_an_underscore(folder: Path) -> None:
    """`_shared.py` is no page, is importable by the pages beside it, and is forgotten afterwards."""
    (folder / "solutions" / "t" / "_shared.py").write_text("ONE = 1\n")
    (folder / "solutions" / "t" / "f.py").write_text("from _shared import ONE\n" + PAGE)
    assert len(load_pages(read_course(folder))) == 1
    (folder / "solutions" / "t" / "_shared.py").write_text("TWO = 2\n")
    with pytest.raises(PageError, match="ONE"):
        load_pages(read_course(folder))
