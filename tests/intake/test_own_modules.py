"""A student's own modules: what the topics' files import of what lies beside them is handed to the child."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.intake.own_modules import MOST_MODULES, file_of, imported, in_folder, not_installed, own_modules
from grader.intake.read import read_submission
from grader.intake.submission import Submission
from tests.helpers.downloads import Files, folder_of, zip_of

TOPIC = "from helpers import scaled\n\ndef softmax(X, dim):\n    return scaled(X)\n"


def read(tmp_path: Path, files: Files) -> Submission:
    return read_submission(folder_of(tmp_path / "ada", files), {"softmax": ("softmax",)})


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a", {"a"}),
        ("import a.b as c, d\nfrom e.f import g", {"a", "d", "e"}),
        ("def f():\n    from inside import x\n", {"inside"}),
        ("from . import near\nfrom .side import y", set()),
        ("m = importlib.import_module('helpers')\nn = __import__( \"more.of\" )", {"helpers", "more"}),
        ("import_module(name)\nimport_module(f'{name}')", set()),
        ("import a  # import b", {"a"}),
        ("importer = 1\nfrom_ = 2\nprint('import nothing')", set()),
        ("from a import (\n    b,\n    c,\n)", {"a"}),
    ],
)
def test_the_names_that_a_source_imports(source: str, names: set[str]) -> None:
    """Their first parts, from wherever in the file, also by a call that says the name; text that only looks like an import may add one, and lose none."""
    assert imported(source) == names


def test_what_is_imported_comes_along_and_nothing_else(tmp_path: Path) -> None:
    """Modules, packages, and what these import in turn; a file that nobody imports stays."""
    files: Files = {
        "softmax.py": TOPIC,
        "helpers.py": "import more.deep\n\ndef scaled(x):\n    return x\n",
        "more/__init__.py": "",
        "more/deep.py": "ONE = 1\n",
        "unused.py": "1 / 0\n",
    }
    assert set(read(tmp_path, files).own) == {"helpers", "more", "more.deep"}


def test_they_lie_beside_the_topic_however_deep_it_lies(tmp_path: Path) -> None:
    """In a folder of the student's and in an archive; a module of the same name elsewhere is another one."""
    inside = {"hw/softmax.py": TOPIC, "hw/helpers.py": "HERE = 1\n", "helpers.py": "ELSEWHERE = 1\n"}
    assert read(tmp_path, inside).own == {"helpers": "HERE = 1\n"}
    assert read(tmp_path / "zipped", {"hand-in.zip": zip_of(inside)}).own == {"helpers": "HERE = 1\n"}


def test_a_notebook_may_import_them_too(tmp_path: Path) -> None:
    """What its cells import is looked for beside it."""
    cell = '{"cell_type": "code", "source": ["from helpers import scaled"], "metadata": {}, "outputs": []}'
    notebook = f'{{"cells": [{cell}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}'
    assert set(read(tmp_path, {"softmax.ipynb": notebook, "helpers.py": "scaled = abs\n"}).own) == {"helpers"}


def test_another_topic_is_importable_as_it_is_run(tmp_path: Path) -> None:
    """A topic that is graded beside is no own module; one that is not graded is."""
    folder = folder_of(
        tmp_path / "ada",
        {"softmax.py": "def softmax(X):\n    return X\n", "losses.py": "from softmax import softmax\n"},
    )
    both = read_submission(folder, {"softmax": ("softmax",), "losses": ()})
    assert both.own == {}
    assert set(both.importable) == {"softmax"}
    alone = read_submission(folder, {"losses": ()})
    assert set(alone.own) == set(alone.importable) == {"softmax"}


def test_a_changed_module_is_a_changed_submission(tmp_path: Path) -> None:
    """Resume and regrade go by the digest: it tells when a helper is another one, and not when nobody imports it."""
    first = read(tmp_path / "1", {"softmax.py": TOPIC, "helpers.py": "scaled = abs\n"}).digest
    assert read(tmp_path / "2", {"softmax.py": TOPIC, "helpers.py": "scaled = min\n"}).digest != first
    assert read(tmp_path / "3", {"softmax.py": TOPIC, "helpers.py": "scaled = abs\n", "x.py": "1\n"}).digest == first


def test_too_many_or_unreadable_modules_are_left_out(tmp_path: Path) -> None:
    """Caps hold for them as for all that is handed in; what is left out is a module that is not there."""
    many = {f"package/m{number}.py": "X = 1\n" for number in range(2 * MOST_MODULES)}
    assert len(read(tmp_path / "1", {"softmax.py": "import package\n", **many}).own) == MOST_MODULES
    large = {
        "softmax.py": f"import large, small, bad\n{TOPIC}",
        "large.py": "#" * (1 << 20) + "#",
        "small.py": "X = 1\n",
        "bad.py": "\0",
    }
    assert set(read(tmp_path / "2", large).own) == {"small"}


def test_at_home_what_is_installed_is_nobodys_own(tmp_path: Path) -> None:
    """A file that is called as a package is does not count: it is not what an import finds."""
    folder_of(tmp_path / "kit", {"torch.py": "", "random.py": "", "helpers.py": "X = 1\n"})
    sources = ["import torch\nimport random\nimport helpers\n"]
    assert own_modules(sources, not_installed(in_folder(tmp_path / "kit"))) == {"helpers": "X = 1\n"}


def test_a_module_is_found_by_the_case_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a system says that helpers.py is there because Helpers.py is, it is not: it would not be where it is graded."""
    (tmp_path / "Helpers.py").write_text("X = 1\n")
    (tmp_path / "Lib").mkdir()
    monkeypatch.setattr(Path, "is_file", lambda path: True)
    assert in_folder(tmp_path)("helpers") == {}
    assert set(in_folder(tmp_path)("Helpers")) == {"Helpers"}
    assert in_folder(tmp_path / "gone")("helpers") == {}


def test_a_package_is_handed_in_by_its_file(tmp_path: Path) -> None:
    """What to hand in is called as it lies there: lib/__init__.py, lib/tools.py, helpers.py."""
    (tmp_path / "lib").mkdir()
    named = [file_of(name, tmp_path) for name in ("lib", "lib.tools", "helpers")]
    assert named == ["lib/__init__.py", "lib/tools.py", "helpers.py"]
