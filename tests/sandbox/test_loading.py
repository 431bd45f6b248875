"""Loading a file: what fails at its top costs what depends on it, and nothing else."""

from __future__ import annotations

import pytest

from grader.intake.notebook import notebook_of
from grader.model.question import Answer, Failed
from grader.model.result import Verdict
from grader.sandbox.session import Sandbox
from tests.helpers.failures import said_of
from tests.sandbox.test_session import is_right, question

DOUBLE = "def double(x):\n    return 2 * x\n"
STOPS = {
    "its own exit": ("import sys\n{}sys.exit(0)\n", Verdict.RAISED, "0", 4),
    "an own check that fails": ("{}assert double(1) == 3, 'mine'\n", Verdict.RAISED, "mine", 3),
    "a picture of nothing": ("{}plt.show()\n", Verdict.RAISED, "name 'plt' is not defined", 3),
    "a file of one's own": (
        "{}data = open('data.csv').read()\n", Verdict.RAISED, "the grader has none of your files: data.csv", 3),
    "a folder of one's own": ("import os\n{}os.listdir('C:/me')\n", Verdict.RAISED, "the grader has none of your files", 4),
    "a question": ("{}input('learning rate? ')\n", Verdict.RAISED, "EOF when reading a line", 3),
    "arguments": ("import sys\n{}rate = sys.argv[1]\n", Verdict.RAISED, "list index out of range", 4),
    "a log": ("{}print('done', file=open('run.log', 'w'))\n", Verdict.RAISED, "the grader allows no files to be written", 3),
    "a new folder": ("import os\n{}os.makedirs('runs')\n", Verdict.RAISED, "the grader allows no files to be written", 4),
    "another folder": ("import os\n{}os.chdir('/')\n", Verdict.RAISED, "the grader allows no change of folder", 4),
    "a thread": (
        "from threading import Thread\n{}Thread(target=print).start()\n", Verdict.RAISED, "the grader allows no threads", 4),
    "a command": ("import os\n{}os.system('ls')\n", Verdict.RAISED, "the grader allows no other processes", 4),
    "an event loop": (
        "import asyncio\n{}asyncio.run(asyncio.sleep(0))\n", Verdict.RAISED,
        "the grader allows no network connections (asyncio needs one to itself)", 4),
    "workers that load": (
        "import torch\n{}next(iter(torch.utils.data.DataLoader([1], num_workers=1)))\n", Verdict.RAISED,
        "the grader allows no other processes", 4),
    "what a command says": (
        "import subprocess\n{}subprocess.check_output(['ls'])\n", Verdict.RAISED, "the grader allows no other processes", 4),
    "a signal": ("import os\n{}os.kill(os.getpid(), 0)\n", Verdict.RAISED, "the grader allows no other processes", 4),
    "another priority": (
        "import os\n{}os.nice(1)\n", Verdict.RAISED, "the grader allows no change to how its process runs", 4),
    "a thread that C starts": (
        "import faulthandler\n{}faulthandler.dump_traceback_later(100)\n", Verdict.RAISED, "the grader allows no threads", 4),
    "one's own name": (
        "import getpass\n{}getpass.getuser()\n", Verdict.RAISED,
        "the grader does not tell whose account it runs under", 4),
    "a list of accounts": (
        "import os\nimport sys\n{}print(os.stat('/etc/passwd'))\n", Verdict.RAISED,
        "the grader has none of your files: /etc/passwd", 5),
    "the processor's name": (
        "{}open('/proc/cpuinfo').read()\n", Verdict.RAISED, "the grader has none of your files: /proc/cpuinfo", 3),
    "the size of the interpreter": (
        "import os, sys\nsys.executable = '/opt/python'\n{}os.path.getsize(sys.executable)\n", Verdict.RAISED,
        "the grader has none of your files: /opt/python", 5),
    "a group of processes": ("import os\n{}os.getpgid(0)\n", Verdict.RAISED, "the grader allows no other processes", 4),
    "a fifo": ("import os\n{}os.mkfifo('f')\n", Verdict.RAISED, "the grader allows no files to be written", 4),
    "a file for a while": (
        "import tempfile\n{}tempfile.NamedTemporaryFile()\n", Verdict.RAISED,
        "the grader allows no files to be written", 4),
    "a shelf": (
        "import shelve\n{}shelve.open('cache')\n", Verdict.RAISED, "the grader allows no files to be written", 4),
    "the null device, made anew": (
        "import os\n{}open(os.devnull, 'x')\n", Verdict.RAISED, "the grader allows no files to be written", 4),
    "the null device, by a class": (
        "import io, os\n{}io.FileIO(os.devnull, 'w')\n", Verdict.RAISED, "the grader allows no files to be written", 4),
    "the address of a name": (
        "import socket\n{}socket.gethostbyname('localhost')\n", Verdict.RAISED,
        "the grader allows no network connections", 4),
    "the name of an address": (
        "import socket\n{}socket.gethostbyaddr('127.0.0.1')\n", Verdict.RAISED,
        "the grader allows no network connections", 4),
    "an exit that cannot be caught": (
        "import os\n{}os._exit(0)\n", Verdict.DIED, "the process ended itself (exit code 0)", 4),
    "a crash": ("import ctypes\n{}ctypes.string_at(0)\n", Verdict.DIED, "the process crashed (Segmentation fault)", 4),
    "a loop": (
        "{}while True:\n    pass\n", Verdict.TIMED_OUT,
        "stopped after 2 s, which is what running the module's source may take; it was computing", 3),
}  # fmt: skip
"""What stops a file -> its source around a function, and verdict, words and line of what is told of it."""


def loaded(sandbox: Sandbox, source: str, **modules: str) -> tuple[Answer, Failed | None]:
    """What the file's `double` answers, and what stopped the file."""
    with sandbox.submission({"topic": source}, modules=modules) as submission:
        (answer,) = submission.ask("topic", [question("double")])
        return answer, submission.stops.get("topic")


@pytest.mark.parametrize("what", STOPS)
@pytest.mark.parametrize("above", [False, True], ids=["function above", "function below"])
def test_what_stops_a_file_costs_no_function(sandbox: Sandbox, what: str, above: bool) -> None:
    """A function above the line and one below it are asked as if the line was not there. The line is told, once."""
    source, verdict, words, line = STOPS[what]
    if above and ("double(1)" in source or verdict is Verdict.TIMED_OUT):
        pytest.skip("it is a function of the file that fails, or it is tried below and takes its time")
    text = source.format("") + f"F = 2\n{DOUBLE}" if above else source.format(DOUBLE)
    answer, stop = loaded(sandbox, text)
    assert is_right(answer), answer
    assert stop is not None
    assert (stop.verdict, said_of(stop), stop.line) == (verdict, words, line - 2 * above)


def test_what_never_ends_is_left_out_once_for_all(sandbox: Sandbox) -> None:
    """A file whose line ends it is run a second time without it, not a third: also by a child that comes later."""
    source = f"import os\n{DOUBLE}def leave(x):\n    os._exit(1)\nos._exit(2)\n"
    with sandbox.submission({"topic": source}) as submission:
        assert is_right(submission.ask("topic", [question("double")])[0])
        assert isinstance(submission.ask("topic", [question("leave")])[0], Failed)
        assert is_right(submission.ask("topic", [question("double")])[0])


def test_of_a_line_only_the_statement_that_never_ends_is_left_out(sandbox: Sandbox) -> None:
    """What stands before it on its line is run, and what stands behind it as far as it is a definition."""
    source = (
        "import os; K = 1; os._exit(0); L = 1\ndef double(x):\n    return (K + L) * os.path.curdir.count('.') * x\n"
    )
    answer, stop = loaded(sandbox, source)
    assert is_right(answer), answer
    assert stop and (said_of(stop), stop.line) == ("the process ended itself (exit code 0)", 1)


@pytest.mark.parametrize("source", ["@(lambda f: os._exit(3))\ndef f(): pass\n", "def f(x=os._exit(3)): pass\n"])
def test_a_definition_that_ends_the_process_is_left_out(sandbox: Sandbox, source: str) -> None:
    """A decorator and a default are run where a function is defined."""
    answer, stop = loaded(sandbox, f"import os\n{source}{DOUBLE}")
    assert is_right(answer), answer
    assert stop and stop.verdict is Verdict.DIED


@pytest.mark.parametrize(
    ("cell", "works"),
    [
        ("K = 2; 1 / 0; K = 3\ndef double(x): return K * x", False),
        ("K = 2\n1 / 0\nprint('é', K.nothing); L = 2\ndef double(x): return L * x", True),
        ("import nowhere\nK = [1]\nK.append(2)\ndef double(x): return K[1] * x", True),
        ("for n in range(3):\n    if n == 2:\n        raise SystemExit\ndef double(x): return n * x", True),
        ("@undefined\ndef f(): pass\ndef double(x): return 2 * x", True),
        ("def fail():\n    raise ValueError\ndef double(x): return 2 * x\nfail()\ndef double(x): return 0 * x", True),
    ],
)
def test_a_cell_goes_on_where_it_failed(sandbox: Sandbox, cell: str, works: bool) -> None:
    """As a file does, from the very statement: what was run is not run again, and what was defined stays."""
    answer, _ = loaded(sandbox, notebook_of(["K = 0", cell]).module)
    assert is_right(answer) is works, answer


def test_a_second_line_that_never_ends_costs_the_file(sandbox: Sandbox) -> None:
    """Two children at most: below a loop a definition that never ends either cannot be left out too."""
    answer, stop = loaded(sandbox, f"{DOUBLE}import os\nos._exit(1)\nx = os._exit(2)\n")
    assert isinstance(answer, Failed)
    assert (answer.verdict, said_of(answer)) == (Verdict.DIED, "the process ended itself (exit code 2)")
    assert stop and stop.line == 4


def test_below_a_stop_only_definitions_run(sandbox: Sandbox) -> None:
    """What is below is not a program that goes on: calls are not made, names are given."""
    below = (
        "x = 1 / 0\nK = 2\nK += 1\nprint(undefined)\nclass Two:\n    two = K\ndef double(x):\n    return Two.two * x\n"
    )
    answer, stop = loaded(sandbox, below)
    assert is_right(answer)
    assert stop and stop.line == 1


def test_what_cannot_be_defined_says_why_when_it_is_called(sandbox: Sandbox) -> None:
    """Its decorator, or a block around it, is what failed."""
    for source, words in {
        "@undefined\ndef double(x):\n    return 2 * x\n": "name 'undefined' is not defined",
        "1 / 0\nif True:\n    def double(x):\n        return 2 * x\n": "division by zero",
    }.items():
        answer, _ = loaded(sandbox, source)
        assert isinstance(answer, Failed)
        assert said_of(answer) == words


@pytest.mark.parametrize(
    "source",
    [
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(1, 2)\nax[0].plot([1], label='a')\nplt.show()\n",
        "from matplotlib import pyplot\nwith pyplot.style.context('x'):\n    pyplot.figure().savefig('a.png')\n",
        "import seaborn as sns\nsns.set_theme()\n",
        "get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().system('ls')\n",
        "from IPython import display\ndisplay.clear_output(wait=True)\n",
        "from IPython import get_ipython\nget_ipython().run_line_magic('matplotlib', 'inline')\n",
        "import IPython\nIPython.get_ipython().system('ls')\nIPython.display.display(IPython.display.HTML('x'))\n",
        "import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 80\nprint(f'{plt.gca().x:.2f}', plt.a + 1)\n",
        "import matplotlib.pyplot as plt\n"
        "class Plot(plt.Figure, plt.Axes):\n    def __init__(self, x: plt.Axes | None = None):\n        super().__init__(x)\n"
        "assert isinstance(Plot(3), plt.Figure) and not isinstance(3, plt.Axes) and Plot().legend(loc='best')\n",
    ],
)
def test_what_draws_costs_nothing(sandbox: Sandbox, source: str) -> None:
    """What only shows something is ignored, whether it is installed or not, as magics are in notebooks."""
    answer, stop = loaded(sandbox, source + DOUBLE)
    assert is_right(answer)
    assert stop is None


@pytest.mark.parametrize(
    "line",
    [
        "with open(os.devnull, 'w') as f, contextlib.redirect_stdout(f): print('x' * 10000)",
        "os.write(os.open(os.devnull, os.O_WRONLY | os.O_TRUNC), b'x')",
        "Path(os.devnull).write_text('x')",
        "with open(os.devnull, 'r+b', buffering=0) as f: assert f.write(b'x') and not f.read()",
        "with open(os.devnull.encode(), mode='ab') as f: assert f.name == os.devnull.encode()",
        "logging.basicConfig(filename=os.devnull); logging.warning('x')",
        "assert open(os.devnull).read() == ''",
        "sys.stdout = open(os.devnull, 'w'); print('x', flush=True)",
    ],
)
def test_the_null_device_can_be_written_to(sandbox: Sandbox, line: str) -> None:
    """Whoever silences a part of their code does so in class as at home; there is nothing that it could leave behind."""
    source = f"import contextlib, io, logging, os, sys\nfrom pathlib import Path\n{line}\n{DOUBLE}"
    answer, stop = loaded(sandbox, source)
    assert is_right(answer)
    assert stop is None


def test_what_is_there_is_told_alike(sandbox: Sandbox) -> None:
    """Libraries and what leads to them are there; whatever else this machine has is not, and is no error to ask for."""
    source = (
        "import os\nfrom pathlib import Path\n"
        "assert os.path.isdir('/') and os.path.isfile(os.__file__) and not os.path.exists('/etc/passwd')\n"
        "assert not os.access('/etc/passwd', os.R_OK) and not Path('/proc/self').exists()\n"
        "assert os.path.expanduser('~nobody') == '~nobody'\n"
    )
    answer, stop = loaded(sandbox, source + DOUBLE)
    assert is_right(answer)
    assert stop is None, said_of(stop)


def test_what_draws_inside_a_function_costs_nothing(sandbox: Sandbox) -> None:
    """A function that imports and draws on its way still answers."""
    drawn = "    import matplotlib.pyplot as plt\n    fig, ax = plt.subplots()\n    ax.plot(x)\n"
    answer, stop = loaded(sandbox, DOUBLE.replace(":\n", f":\n{drawn}", 1))
    assert is_right(answer)
    assert stop is None


def test_a_package_that_is_not_there_fails_where_it_is_used(sandbox: Sandbox) -> None:
    """The rest of the file runs in order, and the import is told of."""
    source = (
        "from d2l import torch as d2l\nimport nowhere.deep\nK = []\nK.append(2)\ndef double(x):\n    return K[0] * x\n"
    )
    answer, stop = loaded(sandbox, source)
    assert is_right(answer)
    assert stop and (said_of(stop), stop.line) == ("No module named 'd2l'", 1)
    answer, _ = loaded(sandbox, "from d2l import torch as d2l\ndef double(x):\n    return d2l.double(x)\n")
    assert isinstance(answer, Failed)
    assert (answer.error[0], said_of(answer), answer.line) == ("ModuleNotFoundError", "No module named 'd2l'", 3)


def test_own_modules_are_imported_from_memory(sandbox: Sandbox) -> None:
    """Beside the topic, in packages, by one another; they never stand in the place of what is installed."""
    source = "import helpers\nfrom pack.deep import two\nimport math\ndef double(x):\n    return helpers.times(x, two()) * math.cos(0)\n"
    modules = {
        "helpers": "import other\ndef times(x, k):\n    return other.product(x, k)\n",
        "other": "def product(x, k):\n    return k * x\nraise ValueError('too late to matter')\n",
        "pack.deep": "from .side import TWO\ndef two():\n    return TWO\n",
        "pack.side": "TWO = 2\n",
        "math": "raise SystemExit\n",
        "torch": "raise SystemExit\n",
    }
    with sandbox.submission({"topic": source}, modules=modules) as submission:
        assert is_right(submission.ask("topic", [question("double")])[0])
        assert submission.stops == {}


def test_an_own_module_that_is_no_python_is_named(sandbox: Sandbox) -> None:
    """Whoever uses it learns in which file and line the mistake is."""
    answer, stop = loaded(sandbox, "from helpers import f\ndef double(x):\n    return f(x)\n", helpers="x = 1\ny = (\n")
    assert isinstance(answer, Failed)
    assert said_of(answer) == "helpers.py cannot be run: '(' was never closed (line 2)"
    assert stop and stop.line == 1


def test_lines_and_the_future_stay_true(sandbox: Sandbox) -> None:
    """A file's own line is told, and what it imports from the future holds for all of it."""
    head = '"""Mine."""\nfrom __future__ import annotations\n\n'
    answer, stop = loaded(sandbox, f"{head}def double(x: Undefined):\n    return 2 * x + len(__doc__) - 5\n")
    assert is_right(answer)
    assert stop is None
    answer, _ = loaded(sandbox, f"{head}def double(x):\n    return undefined\n")
    assert isinstance(answer, Failed)
    assert answer.line == 5
