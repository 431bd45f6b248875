"""`d2l-check`: what it says, and its exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from grader.cli.check import check
from tests.helpers.commands import CHECK, Here, run


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["doublin"], 2, "There is no topic and no exercise 'doublin'. Did you mean doubling?"),
        (["doubel"], 2, "There is no topic and no exercise 'doubel'. Did you mean double?"),
        (["xyz"], 2, "There is no topic and no exercise 'xyz'. There is: doubling."),
        (["doubling.duoble"], 2, "There is no exercise 'duoble' in doubling. Did you mean double?"),
        (["double"], 1, ""),
        (["softmax.py"], 2, "There is no file softmax.py."),
        (["--nonsense"], 2, "No such option"),
        (["--key", "README.md"], 2, "README.md is not an answer key"),
        (["doubling.double"], 1, ""),
        (["--version"], 0, ""),
    ],
)
def test_what_d2l_check_says_and_its_exit_code(
    kit: Path, here: Here, arguments: list[str], code: int, says: str
) -> None:
    """2 is a mistake on the command line: one line, with the nearest name."""
    ended, _, complaint = here(check, arguments, kit)
    assert ended == code
    assert says in complaint
    assert len(complaint.splitlines()) == (code == 2)


def test_d2l_check_of_a_folder_named_like_a_file(kit: Path, here: Here, tmp_path: Path) -> None:
    """It is one line about that file, and not a fault of ours."""
    shutil.copytree(kit, tmp_path / "homework")
    (tmp_path / "homework" / "doubling.py").unlink()
    (tmp_path / "homework" / "doubling.py").mkdir()
    code, output, complaint = here(check, [], tmp_path / "homework")
    assert (code, complaint) == (1, "")
    assert output.count("doubling.py is a folder") == 1


def test_d2l_check_without_a_key(tmp_path: Path, alone: str) -> None:
    """A folder without a kit: it says what is missing and what to do."""
    (tmp_path / "softmax.py").write_text("")
    result = run(CHECK, cwd=tmp_path, PYTHONPATH=alone)
    assert (result.returncode, result.stdout) == (2, "")
    assert "There is no answer key (d2l-TOPIC.key)" in result.stderr


WRITTEN = "def double(x):\n    return 2 * x\n"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (f"{WRITTEN}raise SystemExit\n", "doubling.py stopped at line 3 (SystemExit)"),
        (f"{WRITTEN}open('data.csv')\n", "the grader has none of your files: data.csv"),
        (f"import threading\n{WRITTEN}threading.Thread(target=print).start()\n", "the grader allows no threads"),
        (f"{WRITTEN}import torch\ntorch.save(torch.ones(1), 'w.pt')\n", "the grader allows no files to be written"),
        (f"import helpers\n{WRITTEN}", "Hand in helpers.py too: your files import it."),
        (f"%matplotlib inline\n{WRITTEN}!ls\n", ""),
    ],
)
def test_home_tells_what_class_would_refuse(kit: Path, here: Here, tmp_path: Path, source: str, told: str) -> None:
    """The function counts, and whatever would fail where it is graded is told, once, beside the results."""
    shutil.copytree(kit, tmp_path / "homework")
    (tmp_path / "homework" / "doubling.py").write_text(source, encoding="utf-8")
    (tmp_path / "homework" / "helpers.py").write_text("K = 2\n", encoding="utf-8")
    (tmp_path / "homework" / "data.csv").write_text("1\n", encoding="utf-8")
    code, output, complaint = here(check, ["doubling.double"], tmp_path / "homework")
    assert (code, complaint) == (0, ""), output
    if told:
        assert output.count(told) == 1
    else:
        assert "stopped" not in output


def test_a_notebook_is_checked_where_there_is_no_module(kit: Path, here: Here, tmp_path: Path) -> None:
    """As in class: its cells are run, whatever one of them does. Beside a module it is only spoken of."""
    folder = tmp_path / "homework"
    shutil.copytree(kit, folder)
    (folder / "doubling.py").unlink()
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in ("1 / 0", WRITTEN)]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "doubling.ipynb").write_text(json.dumps(document), encoding="utf-8")
    assert here(check, ["doubling.double"], folder)[0] == 0
    (folder / "doubling.py").write_text("", encoding="utf-8")
    code, output, _ = here(check, ["doubling.double"], folder)
    assert code == 1
    assert "doubling.ipynb lies beside it: hand in one of them" in output
