"""Graphics cards and the sandbox: none behind the walls, and no limit that CUDA cannot start under where there are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from grader.cli.device import resolved
from grader.errors import UsageError
from grader.question import Question, Returned
from grader.sandbox import child
from grader.sandbox.launch import environment
from grader.sandbox.session import Sandbox
from grader.value import Array

from .conftest import LIMITS

CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
SOURCE = "import torch\ndef count(): return torch.cuda.device_count()\ndef double(x): return 2 * x\n"


@pytest.mark.parametrize(
    ("hidden", "built", "there", "may"),
    [(None, "12.8", True, True), ("", "12.8", True, False), (None, None, True, False), (None, "12.8", False, False), ("1", "12.8", True, True)],
)  # fmt: skip
def test_where_cuda_could_start(
    monkeypatch: pytest.MonkeyPatch, hidden: str | None, built: str | None, there: bool, may: bool
) -> None:
    """With a card, a torch that knows cards, and an environment that does not hide it."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if hidden is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    monkeypatch.setattr(torch.version, "cuda", built)
    monkeypatch.setattr("os.path.exists", lambda path: there)
    assert child.may_use_a_gpu() is may


def test_the_limit_of_memory_stays_behind_walls(monkeypatch: pytest.MonkeyPatch, hardened: Sandbox) -> None:
    """A card in the machine is no way to more memory: what is not trusted is told that there is none."""
    assert environment(trust=False)["CUDA_VISIBLE_DEVICES"] == ""
    source = "import resource\ndef f(): return resource.getrlimit(resource.RLIMIT_AS)[1]\n"
    with hardened.submission({"topic": source}, replace(LIMITS, memory_mb=64)) as submission:
        (answer,) = submission.ask("topic", [Question("f")])
    assert isinstance(answer, Returned)
    assert 0 < answer.values[0] < 8 << 30


def test_a_card_is_not_looked_for_behind_walls(hardened: Sandbox) -> None:
    """Who asks for one is told why there is none, and what there is instead."""
    with pytest.raises(UsageError, match=r"outside its walls\. Say --device sim, or --trust-submissions"):
        resolved("cuda", hardened)
    assert resolved("auto", hardened) == "cpu"


@pytest.fixture
def trusting() -> Iterator[Sandbox]:
    with Sandbox.start(replace(LIMITS, question_seconds=60.0), trust=True) as sandbox:
        yield sandbox


@pytest.mark.cuda
@CUDA
def test_trusted_code_has_the_card(trusting: Sandbox) -> None:
    """CUDA starts in a forked child, answers there, and does so in the child after it."""
    x = Array("float32", (2,), b"\0\0\x80?\0\0\0@")
    for _ in range(2):
        with trusting.submission({"topic": SOURCE}) as submission:
            count, answer = submission.ask("topic", [Question("count"), Question("double", (x,), device="cuda")])
        assert isinstance(count, Returned) and count.values[0] >= 1
        assert answer == Returned((Array("float32", (2,), b"\0\0\0@\0\0\x80@"),))


@pytest.mark.cuda
@CUDA
def test_untrusted_code_has_none(hardened: Sandbox) -> None:
    """A card in the machine is not in the sandbox, whatever the code says."""
    source = "import os\nos.environ['CUDA_VISIBLE_DEVICES'] = '0'\n" + SOURCE
    with hardened.submission({"topic": source}) as submission:
        (answer,) = submission.ask("topic", [Question("count")])
    assert not isinstance(answer, Returned) or answer.values == (0,)
