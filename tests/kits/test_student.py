"""A student's kit: it works alone, beside kits of other weeks, and tells no secret."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from grader.cli.check import check
from grader.doctor.kit_leaks import public_text, source_lines
from grader.kits.student import pack_kit
from grader.model.keys.key import AnswerKey
from tests.helpers.commands import CHECK, GRADE, Here, run
from tests.helpers.course import core_ids, page


def test_a_kit_works_alone(kit: Path, alone: str) -> None:
    """Unpacked in an empty folder, without solutions anywhere: stubs fail (1), right answers pass (0)."""
    stub = kit / "doubling.py"
    before = run(CHECK, cwd=kit, PYTHONPATH=alone)
    assert (before.returncode, before.stderr) == (1, "")
    assert "not written yet" in before.stdout
    assert "d2l-check doubling.double" in before.stdout
    untouched = stub.read_text()
    stub.write_text("def double(x):\n    return x * 2\n")
    after = run(CHECK, "doubling", cwd=kit, PYTHONPATH=alone)
    stub.write_text(untouched)
    assert (after.returncode, after.stderr) == (0, "")
    assert "All done: every exercise passes." in after.stdout


def test_a_kit_is_the_same_in_any_place(kit: Path, alone: str, tmp_path: Path) -> None:
    """A file elsewhere is checked with the key that lies beside it."""
    shutil.copytree(kit, tmp_path / "homework")
    result = run(CHECK, "homework/doubling.py", "--json", cwd=tmp_path, PYTHONPATH=alone)
    assert result.returncode == 1
    document = json.loads(result.stdout)
    assert document["schema"] == 2
    assert document["course"] == "tiny"
    ((exercise,),) = [each["exercises"] for each in document["submissions"]]
    assert (exercise["id"], exercise["verdict"], exercise["points"]) == ("doubling.double", "missing", 0)
    assert 0 < exercise["seconds"] <= document["seconds"], "torch's start is counted as the exercise's time"
    assert "a_secret_number" not in result.stdout


@pytest.fixture(scope="module")
def two_kits(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Path:
    """Two kits of a course whose second topic is the first one under another name, and comes first in the book."""
    folder = tmp_path_factory.mktemp("two kits")
    shutil.copytree(tiny, folder / "course")
    shutil.copy(folder / "course/exercises/doubling.py", folder / "course/exercises/twice.py")
    shutil.copytree(folder / "course/solutions/doubling", folder / "course/solutions/twice")
    settings = folder / "course/exercises/course.toml"
    settings.write_text(settings.read_text().replace('["doubling"]', '["twice", "doubling"]'))
    for topic in ("doubling", "twice"):
        made = run(GRADE, "package", topic, "--course", "course", "-o", f"{topic}.zip", cwd=folder)
        assert made.returncode == 0, made.stderr
    return folder


@pytest.mark.parametrize(
    "order", [["doubling", "twice"], ["twice", "doubling", "doubling"], ["twice", "doubling", "twice"]]
)
def test_kits_of_two_weeks_lie_in_one_folder(two_kits: Path, here: Here, tmp_path: Path, order: list[str]) -> None:
    """In whatever order they are unpacked, and one of them twice: all topics are checked, in the course's order."""
    for topic in order:
        with zipfile.ZipFile(two_kits / f"{topic}.zip") as archive:
            archive.extractall(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.key")) == ["d2l-doubling.key", "d2l-twice.key"]
    assert "Kits of other weeks may be unpacked into the same folder" in (tmp_path / "README.md").read_text()
    code, output, _ = here(check, ["--json"], tmp_path)
    (submission,) = json.loads(output)["submissions"]
    assert (code, [each["id"] for each in submission["exercises"]]) == (1, ["twice.double", "doubling.double"])
    (tmp_path / "doubling.py").write_text("def double(x):\n    return x * 2\n")
    assert here(check, ["doubling"], tmp_path)[0] == 0
    assert here(check, ["twice"], tmp_path)[0] == 1


def test_a_kit_with_one_key_for_all_still_works(two_kits: Path, here: Here, tmp_path: Path) -> None:
    """Kits had one `d2l.key`: it counts for the topics that have no key of their own."""
    for topic in ("doubling", "twice"):
        with zipfile.ZipFile(two_kits / f"{topic}.zip") as archive:
            archive.extractall(tmp_path)
    (tmp_path / "d2l-twice.key").rename(tmp_path / "d2l.key")
    _, output, _ = here(check, ["--json"], tmp_path)
    (submission,) = json.loads(output)["submissions"]
    assert [each["id"] for each in submission["exercises"]] == ["twice.double", "doubling.double"]


def test_a_damaged_key_stops_the_check(two_kits: Path, here: Here, tmp_path: Path) -> None:
    """One line with the file and the repair, exit code 2: nobody checks one topic and believes that it was two."""
    for topic in ("doubling", "twice"):
        with zipfile.ZipFile(two_kits / f"{topic}.zip") as archive:
            archive.extractall(tmp_path)
    spoilt = bytearray((tmp_path / "d2l-twice.key").read_bytes())
    spoilt[-3] ^= 4
    (tmp_path / "d2l-twice.key").write_bytes(spoilt)
    code, output, complaint = here(check, ["doubling"], tmp_path)
    assert (code, output, len(complaint.splitlines())) == (2, "", 1)
    assert "d2l-twice.key is damaged (its checksum is another). Unpack your kit again" in complaint


def test_a_kit_tells_no_secret(key: AnswerKey, tmp_path: Path) -> None:
    """No line of a reference, an alternative or a stand-in is in any file of the kit of the core topics."""
    pack_kit(key, tmp_path / "hw.zip")
    with zipfile.ZipFile(tmp_path / "hw.zip") as archive:
        files = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    pages = [page(id) for id in core_ids()]
    public = "".join(text for name, text in files.items() if name.endswith(".py"))
    public += public_text(pages)
    secrets = {line for each in pages for line in source_lines(each)}
    assert len(secrets) > 100
    told = [(name, line) for line in secrets for name, text in files.items() if line in text and line not in public]
    assert told == []
