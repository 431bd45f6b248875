"""The check that every collection finds the same tests: it would notice, and it cries no wolf."""

from __future__ import annotations

from pathlib import Path

from tests.collected import collected_twice, differences

UNSTABLE = {
    "clock": "import gzip; VALUES = [gzip.compress(b'x')]",
    "hash": "VALUES = {str(number) for number in range(99)}",
    "address": "VALUES = [str(object())]",
    "random": "import random; VALUES = [random.random()]",
    "folder": "import os; VALUES = os.listdir(FOLDER)",
    "glob": "from pathlib import Path; VALUES = [each.name for each in Path(FOLDER).glob('*')]",
    "temporary": "import tempfile; VALUES = [tempfile.gettempdir()]",
    "process": "import os; VALUES = [os.getpid()]",
}
STABLE = {
    "sorted": "import os; VALUES = sorted(os.listdir(FOLDER))",
    "plain": "import gzip; VALUES = [gzip.compress(b'x', mtime=0), 'a', 3]",
}
TEST = "\nimport pytest\n@pytest.mark.parametrize('value', VALUES)\ndef test(value): pass\n"


def test_ids_that_are_not_the_same_twice_are_noticed(tmp_path: Path) -> None:
    """Bytes with the time in them, sets, addresses, random numbers, folders as they are listed, paths of the day."""
    for name, source in (UNSTABLE | STABLE).items():
        (tmp_path / f"test_{name}.py").write_text(f"FOLDER = {str(tmp_path)!r}\n{source}{TEST}")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    first, second = collected_twice(str(tmp_path), "-c", str(tmp_path / "pytest.ini"))
    assert len(first) == len(second) > len(UNSTABLE | STABLE)
    named = {str(one).partition("::")[0] for one, _ in differences(first, second)}
    assert named == {f"test_{name}.py" for name in UNSTABLE}
