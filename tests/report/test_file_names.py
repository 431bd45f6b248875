import pytest

from grader.report.file_names import feedback_name

PLAIN = [
    "ada",
    "Ada Lovelace",
    "王小明",
    "Émilie du Châtelet",
    "O'Brien, Pat (late)",
    "smith_12345_67890",
    "amara.okafor",
]
HOSTILE = [
    *("", ".", "..", "../../etc/passwd", "a/b", "a\\b", "a\0b", "CON", "nul.txt", "com1", ".hidden", "-rf"),
    *(" a", "a.", "a ", "<script>", "a:b", "a*b?", "line\nend", "x" * 5000, "王" * 400, "caf\udce9", "a~b"),
    *("e\u0301", "a\u2028b", "a\u00a0b", "\u202egnp", 'a"b|c'),
]


@pytest.mark.parametrize("name", PLAIN)
def test_an_ordinary_name_is_its_own_file(name):
    """Names of people and of learning systems stay as they are, in every script."""
    assert feedback_name(name) == name


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_becomes_a_file(name, tmp_path):
    """One file in its folder, on any system, whatever the name is."""
    stem = feedback_name(name)
    assert stem != name
    assert not set(stem) & set('/\\:*?"<>|\0\n\u202e\u2028')
    assert not stem.startswith((".", "-", " "))
    assert len(f"{stem}.html".encode()) <= 140
    (tmp_path / f"{stem}.html").write_text("")
    assert [each.name for each in tmp_path.iterdir()] == [f"{stem}.html"]


def test_no_two_students_share_a_file():
    """Names that look alike once they are safe are still told apart, also from a name made to look like one."""
    names = ["a/b", "a_b", "a\\b", "a:b", "a\0b", "x" * 500, "x" * 501, *HOSTILE, *PLAIN]
    names += [feedback_name(name) for name in HOSTILE]
    assert len({feedback_name(name) for name in names}) == len(set(names))


def test_a_readable_part_is_left():
    """An instructor finds the file by eye."""
    assert feedback_name("Pat / O'Brien").startswith("Pat _ O'Brien~")
