"""A student begins alone: init, list, hint, explain, reset; never over work, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.cli.check import check
from tests.helpers.commands import Here
from tests.helpers.kits import PICTURE, kit_of_three

SQUARED = '''def double(x):
    """Double every entry."""
    return x * x
'''


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kit of three exercises, one of which has a picture."""
    return kit_of_three(tmp_path_factory.mktemp("course"), PICTURE)


@pytest.fixture
def begun(kit: Path, tmp_path: Path, here: Here) -> Path:
    """A working folder that was begun from a kit."""
    code, _, complaint = here(check, ["init", "--kit", str(kit)], tmp_path)
    assert (code, complaint) == (0, "")
    return tmp_path


def test_a_folder_begins_with_all_that_is_needed(begun: Path, kit: Path) -> None:
    """Stubs as the kit has them, the key, a page to read, and what git leaves out."""
    names = {path.name for path in begun.iterdir()}
    assert names == {"doubling.py", "d2l-doubling.key", "README.md", ".gitignore"}
    assert (begun / "doubling.py").read_bytes() == (kit / "doubling.py").read_bytes()


def test_work_is_never_touched(begun: Path, kit: Path, here: Here) -> None:
    """Who begins twice keeps the file, and is told."""
    (begun / "doubling.py").write_text(SQUARED)
    code, said, _ = here(check, ["init", "--kit", str(kit), "doubling"], begun)
    assert (code, (begun / "doubling.py").read_text()) == (0, SQUARED)
    assert "Left as it was: doubling.py." in said


def test_a_checkout_carries_its_course(tmp_path: Path, here: Here) -> None:
    """Who has cloned the project needs no kit: its course is there."""
    code, said, complaint = here(check, ["init", "norms"], tmp_path)
    assert (code, complaint) == (0, "")
    assert "Begun here: norms.py." in said
    assert {path.name for path in tmp_path.iterdir()} == {"norms.py", "d2l-norms.key", "README.md", ".gitignore"}


def test_notebooks_come_in_the_place_of_modules(kit: Path, tmp_path: Path, here: Here) -> None:
    """A cell for each function and one that checks it; and no notebook where the module is there already."""
    here(check, ["init", "--kit", str(kit), "--notebooks"], tmp_path)
    cells = json.loads((tmp_path / "doubling.ipynb").read_text())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert code[1].startswith("def double(")
    assert code[2] == 'check("doubling.double")'
    _, said, _ = here(check, ["init", "--kit", str(kit)], tmp_path)
    assert not (tmp_path / "doubling.py").exists()
    assert "Left as it was: doubling.ipynb." in said


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["init", "--kit", "nothing.zip"],
            "nothing.zip is no kit: a zip file or a folder with answer keys is expected.",
        ),
        (["init", "--kit", "."], "holds no answer key (d2l-TOPIC.key): it is no kit."),
        (["reset"], "Name one exercise, as in d2l-check reset softmax.softmax, or say --all."),
        (["explain"], "Name a mistake. d2l-check hint says what those in your answer are called."),
        (["reset", "double"], "There is no answer key"),
        (["list"], "There is no answer key"),
    ],
)
def test_a_users_mistake_is_one_line(arguments: list[str], complaint: str, tmp_path: Path, here: Here) -> None:
    """With the repair, and exit code 2."""
    code, said, complained = here(check, arguments, tmp_path)
    assert (code, said, complained.count("\n")) == (2, "", 1)
    assert complaint in complained


def test_the_list_knows_what_was_done(begun: Path, here: Here) -> None:
    """Before, after a wrong answer, after a right one, and after a change that nobody has checked."""
    file = begun / "doubling.py"
    before = here(check, ["list"], begun)[1]
    assert "0 of 3 done" in before
    assert "Next: d2l-check doubling.double" in before
    stubs = file.read_text()
    for body in ("x * x", "2 * x"):
        file.write_text(stubs.replace("raise NotImplementedError", f"return {body}", 1))
        here(check, ["doubling.double"], begun)
    (double, *_) = json.loads(here(check, ["list", "--json", "double"], begun)[1])
    assert (double["id"], double["state"], double["tries"]) == ("doubling.double", "done", 2)
    assert "builds on double" in here(check, ["list", "quad"], begun)[1]
    file.write_text(file.read_text().replace("return 2 * x", "return x + x", 1))
    assert json.loads(here(check, ["list", "--json", "double"], begun)[1])[0]["state"] == "changed"


def test_hints_go_one_step_further_each_time(begun: Path, here: Here) -> None:
    """The line is not said before it is asked for; with other code the steps begin again."""
    (begun / "doubling.py").write_text(SQUARED)
    first = here(check, ["doubling.double"], begun)[1]
    assert "That is a square." in first
    assert "Multiply by two." not in first
    assert "Multiply by two." in here(check, ["hint", "double"], begun)[1]
    last = here(check, ["hint", "double"], begun)[1]
    assert "Multiply by two." in last
    assert "In numbers: d2l-check explain doubling.double.squared" in last
    assert "That is all that is known here." in last


def test_a_mistake_is_explained_in_numbers(begun: Path, here: Here) -> None:
    """What it is, what to do, and a call with what it should give and what it gives; no line of a solution."""
    code, said, _ = here(check, ["explain", "squared"], begun)
    assert code == 0
    for part in ("That is a square.", "Multiply by two.", "double(tensor(", "should give", "with it"):
        assert part in said
    code, _, complaint = here(check, ["explain", "sqared"], begun)
    assert code == 2
    assert "Did you mean squared?" in complaint
    code, _, complaint = here(check, ["explain", "doubling.double"], begun)
    assert (code, "is an exercise. d2l-check hint doubling.double says what" in complaint) == (2, True)


def test_a_syntax_error_is_said_once(begun: Path, here: Here) -> None:
    """Above everything, with the place to repair; no exercise is blamed for it, and it is nobody's try."""
    file = begun / "doubling.py"
    file.write_text(file.read_text().replace("raise NotImplementedError", "return (x + x", 1))
    _, said, _ = here(check, ["doubling"], begun)
    assert said.count("doubling.py cannot be run: SyntaxError") == 1
    assert said.count("✗ not asked") == 3
    assert "It may build on" not in said
    assert "Next: repair line " in said and "nothing of that file can be run before." in said
    states = json.loads(here(check, ["list", "--json"], begun)[1])
    assert [each["tries"] for each in states] == [0, 0, 0]


def test_whoever_solves_one_is_told_of_the_next(begun: Path, here: Here) -> None:
    """Not that all is done."""
    file = begun / "doubling.py"
    file.write_text(file.read_text().replace("raise NotImplementedError", "return x + x", 1))
    _, said, _ = here(check, ["double"], begun)
    assert "Next: go on with quadruple, then run  d2l-check doubling.quadruple" in said


def test_reset_keeps_what_was_there(begun: Path, here: Here) -> None:
    """The stub stands again, the old code lies beside it, twice if it is done twice, and the list knows."""
    stubs = (begun / "doubling.py").read_text()
    for number in (1, 2):
        mine = stubs.replace("raise NotImplementedError", f"return {number} * x", 1)
        (begun / "doubling.py").write_text(mine)
        here(check, ["doubling.double"], begun)
        code, said, _ = here(check, ["reset", "double"], begun)
        assert (code, (begun / "doubling.py").read_text()) == (0, stubs)
        assert f"what you had is in reset/doubling.double.{number}.py." in said.replace("\\", "/")
        assert f"return {number} * x" in (begun / "reset" / f"doubling.double.{number}.py").read_text()
    assert "0 of 3 done" in here(check, ["list"], begun)[1]


def test_reset_of_a_file_that_cannot_be_read(begun: Path, here: Here) -> None:
    """Nothing is touched; the line is named."""
    (begun / "doubling.py").write_text("def double(:\n")
    code, _, complaint = here(check, ["reset", "double"], begun)
    assert (code, (begun / "doubling.py").read_text()) == (2, "def double(:\n")
    assert "doubling.py cannot be read (line 1)" in complaint


def test_a_picture_is_drawn_beside_the_work(begun: Path, here: Here) -> None:
    """A file with both answers; before anything is written, with the right one alone, and the reason."""
    pytest.importorskip("matplotlib")
    code, said, complaint = here(check, ["plot", "double"], begun)
    file = begun / "plots" / "doubling.double.a_straight_line.png"
    assert (code, complaint) == (0, "")
    assert said.splitlines() == [
        "double: not written yet; so only what is right is drawn.",
        f"Twice x is a straight line. {file}",
    ]
    alone = file.read_bytes()
    (begun / "doubling.py").write_text(SQUARED)
    assert here(check, ["plot", "double"], begun)[1] == f"Twice x is a straight line. {file}\n"
    assert file.read_bytes() != alone


def test_which_exercises_have_pictures(begun: Path, here: Here) -> None:
    """Without a name they are listed; an exercise without one says which have."""
    code, said, _ = here(check, ["plot"], begun)
    assert (code, said.split()) == (0, ["doubling.double", "Twice", "x", "is", "a", "straight", "line."])
    code, _, complaint = here(check, ["plot", "halve"], begun)
    assert code == 2
    assert "doubling.halve has no picture. These have: doubling.double." in complaint


def test_one_exercise_alone_says_what_to_repair_first(begun: Path, here: Here) -> None:
    """Also where what it calls was not asked for; that is not shown, and not tried where it is not called."""
    calling = f"{SQUARED}\ndef quadruple(x):\n    return double(double(x))\n"
    (begun / "doubling.py").write_text(calling)
    code, said, _ = here(check, ["doubling.quadruple"], begun)
    assert code == 1
    assert "It calls double (line 6), which fails: repair that first." in " ".join(said.split())
    assert [line for line in said.splitlines() if line.startswith("double ")] == []
    (begun / "doubling.py").write_text(calling.replace("double(double(x))", "x"))
    assert "repair that first" not in here(check, ["doubling.quadruple"], begun)[1]
