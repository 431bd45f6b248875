"""Graphics cards and the sandbox: where they are looked for, and what holds there. What needs a card is marked so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import numpy as np
import pytest
import torch

from grader.grading import pool
from grader.grading.options import PER_CARD, Options
from grader.grading.pool import GradingPlan
from grader.grading.workers import Worker
from grader.model.errors import SandboxError, UsageError
from grader.model.limits import Limits
from grader.model.question import Answer, Failed, Question, Returned
from grader.model.result import Verdict
from grader.model.value import Array
from grader.sandbox import device
from grader.sandbox.child import child
from grader.sandbox.device import Placement, place_for, resolved
from grader.sandbox.gpu.cards import TOOLS, Card, cards
from grader.sandbox.gpu_retry import is_broken
from grader.sandbox.isolation.lockdown import LAYERS, Lockdown
from grader.sandbox.processes import environment
from grader.sandbox.session import Sandbox
from tests.helpers.attacks import allowed, outcomes
from tests.helpers.course import ROOT
from tests.helpers.processes import eventually, students_processes
from tests.helpers.sandbox_modes import LIMITS

CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
SOURCE = "import torch\ndef count(): return torch.cuda.device_count()\ndef double(x): return 2 * x\n"
ATTACKS = sorted((ROOT / "tests" / "sandbox" / "cuda_attacks").glob("*.py"))
NUMBERS = np.random.default_rng(7).normal(size=(3, 4)).astype("float32")
QUESTION = Question("double", (Array.of(NUMBERS),), device="cuda")
RIGHT = Array.of(2 * NUMBERS)
ON_A_CARD = Limits(question_seconds=5.0, submission_seconds=60.0, memory_mb=2_048, gpu_memory_mb=1_024)


# Where cards are looked for.


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


def test_behind_the_usual_walls_there_is_no_card(hardened: Sandbox) -> None:
    """Who wants one asks for other walls; code that asks the usual ones finds none."""
    with pytest.raises(UsageError, match="There is no cuda here: the sandbox sees no GPU"):
        resolved("cuda", hardened)
    assert resolved("auto", hardened) == "cpu"


class Walls:
    """Sandboxes that were started, each with the card it was started with; those of some cards do not start."""

    def __init__(self, broken: bool) -> None:
        self.started: list[Card | None] = []
        self._broken = broken

    def start(self, limits: Limits, trust: bool, card: Card | None = None) -> Walls:
        if card and self._broken:
            raise SandboxError("CUDA does not start: no device")
        self.started.append(card)
        return self

    @property
    def layers(self) -> tuple[str, ...]:
        return ("walls with a card",) if self.started[-1] else ("walls",)

    def __enter__(self) -> Walls:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


FIRST, SECOND = (Card(number, f"GPU-{number}", (), ()) for number in range(2))


def placed(
    monkeypatch: pytest.MonkeyPatch, name: str, *there: Card, broken: bool = False, trust: bool = False
) -> Placement:
    """Where a class is asked on a machine with these cards."""
    monkeypatch.setattr(device, "cards", lambda visible: there)
    monkeypatch.setattr(device, "Sandbox", Walls(broken))
    return place_for(name, LIMITS, trust)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("cuda", Placement("cuda", "cuda", (FIRST, SECOND), ("walls with a card",))),
        ("cuda:1", Placement("cuda:1", "cuda", (SECOND,), ("walls with a card",))),
        ("auto", Placement("cuda", "cuda", (FIRST, SECOND), ("walls with a card",))),
        ("cpu", Placement("cpu", "cpu", (), ("walls",))),
        ("sim", Placement("sim", "sim", (), ("walls",))),
    ],
)
def test_a_class_is_asked_on_all_cards_or_on_one(monkeypatch: pytest.MonkeyPatch, name: str, place: Placement) -> None:
    """Every process sees one card and calls it cuda; the report has the name that was given."""
    assert placed(monkeypatch, name, FIRST, SECOND) == place


@pytest.mark.parametrize(
    ("name", "there", "seen"),
    [("cuda", (), "no GPU"), ("cuda:1", (FIRST,), "one GPU"), ("cuda:2", (FIRST, SECOND), "2 GPUs")],
)
def test_a_card_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, name: str, there: tuple[Card, ...], seen: str
) -> None:
    """One line, with what there is and what to say instead, before anything is started."""
    with pytest.raises(UsageError) as refusal:
        placed(monkeypatch, name, *there)
    assert str(refusal.value) == f"There is no {name} here: this machine has {seen}. Say --device sim, or --device cpu."


def test_a_card_that_does_not_work_is_an_error_or_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked for it is told why there is none; who left it open is graded on the CPU, and told too."""
    with pytest.raises(UsageError) as refusal:
        placed(monkeypatch, "cuda", FIRST, broken=True)
    assert str(refusal.value) == (
        "cuda does not work in the sandbox: CUDA does not start: no device. Say --device sim, or --trust-submissions in "
        "a container that holds nothing else."
    )
    passed_over = Placement("cpu", "cpu", (), ("walls",), "No GPU is used: CUDA does not start: no device.")
    assert placed(monkeypatch, "auto", FIRST, broken=True) == passed_over
    with pytest.raises(UsageError, match=r"Say --device sim, or --device cpu\."):
        placed(monkeypatch, "cuda", FIRST, broken=True, trust=True)


def test_a_card_gets_one_more_file_only_where_it_does_not_work_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some versions of CUDA's library want the profilers' file; the layers say that it is there."""
    monkeypatch.setattr("os.path.exists", lambda path: True)
    card = Card(0, "", ("/dev/nvidia0",), ())

    class Picky(Walls):
        def start(self, limits: Limits, trust: bool, card: Card | None = None) -> Walls:
            self._broken = card is not None and TOOLS not in card.devices
            return super().start(limits, trust, card)

    monkeypatch.setattr(device, "cards", lambda visible: (card, card))
    monkeypatch.setattr(device, "Sandbox", Picky(broken=False))
    assert place_for("cuda", LIMITS, trust=False).cards == (card.with_tools(),) * 2
    assert placed(monkeypatch, "cuda", card).cards == (card,)
    assert "read-only root with a card and its tools" in layers_of(card.with_tools())
    assert "read-only root with a card" in layers_of(card)


def layers_of(card: Card) -> tuple[str, ...]:
    """What walls around a card call themselves, all standing."""
    walls = Lockdown([], card=card)
    walls._standing = {name: name for name in LAYERS}
    return walls.layers


@pytest.mark.parametrize(("jobs", "on_cards", "workers"), [(None, 0, 3), (None, 2, 2 * PER_CARD), (5, 2, 5), (5, 0, 5)])
def test_several_processes_share_a_card(
    monkeypatch: pytest.MonkeyPatch, jobs: int | None, on_cards: int, workers: int
) -> None:
    """As many as fit well, unless somebody says another number."""
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    nothing = dict.fromkeys(("topics", "dtype", "seed"))
    options = Options.of({**nothing, "out": Path("o"), "jobs": jobs, "device": "cuda", "trust_submissions": False})
    assert options.workers(on_cards) == workers


def test_processes_are_spread_over_the_cards(tmp_path: Path) -> None:
    """One after the other; without cards nobody has one."""
    assert pool._cards(GradingPlan(tmp_path, jobs=5, cards=(FIRST, SECOND))) == [FIRST, SECOND, FIRST, SECOND, FIRST]
    assert pool._cards(GradingPlan(tmp_path, jobs=2)) == [None, None]


def test_a_process_that_is_replaced_keeps_its_card() -> None:
    """What it was started with, its successor is started with."""
    started: list[tuple[object, ...]] = []
    worker = Worker(None, None, ("plan", FIRST))  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "grader.grading.workers._started", lambda life, arguments, pause: (started.append(arguments), worker)[1]
        )
        assert worker.begin_anew(print, 0.0)
    assert started == [("plan", FIRST)]


# On a card.


@pytest.fixture
def trusting() -> Iterator[Sandbox]:
    with Sandbox.start(replace(LIMITS, question_seconds=60.0), trust=True) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def walled() -> Iterator[Sandbox]:
    """The walls around the first card of this machine."""
    there = cards()
    if not there:
        pytest.skip("no file of a card here")
    with Sandbox.start(ON_A_CARD, card=there[0]) as sandbox:
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
    """A card in the machine is not in the usual sandbox, whatever the code says."""
    source = "import os\nos.environ['CUDA_VISIBLE_DEVICES'] = '0'\n" + SOURCE
    with hardened.submission({"topic": source}) as submission:
        (answer,) = submission.ask("topic", [Question("count")])
    assert not isinstance(answer, Returned) or answer.values == (0,)


def honest(sandbox: Sandbox) -> Answer:
    """What somebody who does the exercise gets."""
    with sandbox.submission({"honest": SOURCE}) as submission:
        (answer,) = submission.ask("honest", [QUESTION])
    return answer


@pytest.mark.cuda
@CUDA
def test_untrusted_code_computes_on_a_card_behind_walls(walled: Sandbox) -> None:
    """It sees one card, and answers; the walls say what they are."""
    assert "seccomp with CUDA's calls" in walled.layers
    with walled.submission({"topic": SOURCE}) as submission:
        count, answer = submission.ask("topic", [Question("count"), QUESTION])
    assert isinstance(count, Returned) and count.values == (1,)
    assert isinstance(answer, Returned) and answer.values == (RIGHT,)


@pytest.mark.cuda
@CUDA
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda path: path.stem)
def test_hostile_code_on_a_card_gains_nothing(walled: Sandbox, attack: Path) -> None:
    """What comes of it is what its first line says; nothing is left, and the next one notices nothing."""
    secret = "import torch\nkept = []\ndef double(x):\n    kept.append(torch.full((1 << 29,), 0x5E, dtype=torch.uint8, device='cuda'))\n    return 2 * x\n"
    with walled.submission({"before": secret}) as submission:
        submission.ask("before", [QUESTION])
    with walled.submission({"attack": attack.read_text(encoding="utf-8")}) as submission:
        first, _ = submission.ask("attack", [QUESTION, QUESTION])
    assert outcomes(first) & allowed(attack), first
    assert "BREACH" not in repr(first)
    assert eventually(lambda: not students_processes(walled)), "a process is left"
    answer = honest(walled)
    assert isinstance(answer, Returned) and answer.values == (RIGHT,)


@pytest.mark.cuda
@CUDA
def test_hostile_code_stops_nobody_beside_it(walled: Sandbox) -> None:
    """Another child computes on the same card while its neighbour resets the device, fails an assert, never ends."""
    with walled.submission({"honest": SOURCE}) as beside:
        for name in ("device_reset", "device_assert", "endless_kernel", "ioctl_fuzz"):
            (answer,) = beside.ask("honest", [QUESTION])
            assert isinstance(answer, Returned) and answer.values == (RIGHT,), name
            source = (Path(__file__).parent / f"cuda_attacks/{name}.py").read_text(encoding="utf-8")
            with walled.submission({"attack": source}) as hostile:
                hostile.ask("attack", [QUESTION])
            (answer,) = beside.ask("honest", [QUESTION])
            assert isinstance(answer, Returned) and answer.values == (RIGHT,), name


@pytest.mark.cuda
@CUDA
def test_a_device_side_assert_costs_one_question(walled: Sandbox) -> None:
    """Those after it are asked a child in which CUDA works."""
    source = "import torch\ndef f(n):\n    return torch.arange(4.0, device='cuda')[torch.tensor([n], device='cuda')]\n"
    with walled.submission({"topic": source}) as submission:
        answers = submission.ask("topic", [Question("f", (n,), device="cuda") for n in (1, 10**6, 2)])
    assert [isinstance(answer, Returned) for answer in answers] == [True, False, True]
    assert isinstance(answers[1], Failed) and answers[1].verdict is Verdict.RAISED and is_broken(answers[1])
