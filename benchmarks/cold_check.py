"""A student's cold check, as a ratio to `import torch` in the same run: `python benchmarks/cold_check.py`.

Both are whole processes, taken in turn; the ratio of medians is what counts. Goal: at most 1.5.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.keymaking.cache import cached_key
from grader.kits.student import write_kit

ROOT = Path(__file__).parent.parent
ROUNDS = 7


def seconds(command: list[str], folder: Path) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=False, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from tests.helpers.course import solved

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_kit(cached_key(ROOT, ["softmax"]), folder)
        (folder / "softmax.py").write_text(solved("softmax"), encoding="utf-8")
        check = [str(Path(sys.executable).parent / "d2l-check"), "softmax"]
        torch = [sys.executable, "-c", "import torch"]
        pairs = [(seconds(torch, folder), seconds(check, folder)) for _ in range(ROUNDS + 1)][1:]
    imports, checks = (statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"import torch {imports:.2f} s, d2l-check softmax {checks:.2f} s, ratio {checks / imports:.2f} (goal: 1.5)")


if __name__ == "__main__":
    main()
