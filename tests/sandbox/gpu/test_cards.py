"""Which cards there are, and which files each of them needs: found in trees of /dev, /proc and /sys made for it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from grader.sandbox.gpu.cards import Card, cards, driver_libraries

UUIDS = ("GPU-0a000000-0000-0000-0000-000000000000", "GPU-0b000000-0000-0000-0000-000000000000")


def machine(top: Path, count: int = 2, told: bool = True) -> str:
    """A machine with so many cards, whose driver says what it says in /proc or does not."""
    for name in (
        "nvidiactl",
        "nvidia-uvm",
        "nvidia-uvm-tools",
        "nvidia-modeset",
        *(f"nvidia{n}" for n in range(count)),
    ):
        _file(top / "dev" / name)
    for path in ("proc/devices", "proc/modules", "proc/kallsyms", "proc/driver/nvidia/params", "sys/power/state"):
        _file(top / path)
    for number in range(count if told else 0):
        bus = f"0000:0{number + 1}:00.0"
        _file(
            top / "proc/driver/nvidia/gpus" / bus / "information",
            f"Model: \t\t Some card\nGPU UUID: \t {UUIDS[number]}\nDevice Minor: \t {count - 1 - number}\n",
        )
        _file(top / "sys/devices/pci0000:00" / bus / "numa_node")
        link = top / "sys/bus/pci/devices" / bus
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(top / "sys/devices/pci0000:00" / bus)
    return str(top)


def _file(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_machine_without_a_driver_has_no_cards(tmp_path: Path) -> None:
    """Nor one whose driver was not made ready for CUDA."""
    assert cards(str(tmp_path)) == ()
    _file(tmp_path / "dev/nvidia0")
    _file(tmp_path / "dev/nvidiactl")
    assert cards(str(tmp_path)) == ()


def test_a_card_needs_its_own_files_and_no_others(tmp_path: Path) -> None:
    """Cards are numbered by their place on the bus, whatever the driver calls their files."""
    first, second = cards(machine(tmp_path))
    assert (first.index, first.uuid, second.index, second.uuid) == (0, UUIDS[0], 1, UUIDS[1])
    assert first.devices == ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia1")
    assert second.devices == ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia0")


def test_a_card_shows_of_the_system_what_is_listed(tmp_path: Path) -> None:
    """Of /proc and /sys a few files, and of the bus the card's own folder."""
    first, _ = cards(machine(tmp_path))
    assert set(first.reading) == {
        "/proc/devices", "/proc/modules", "/proc/driver/nvidia",
        "/sys/bus/pci/devices/0000:01:00.0", "/sys/devices/pci0000:00/0000:01:00.0",
    }  # fmt: skip


def test_without_a_word_from_the_driver_device_files_are_counted(tmp_path: Path) -> None:
    """As in a container whose /proc hides the driver's."""
    first, second = cards(machine(tmp_path, told=False))
    assert (first.devices[-1], second.devices[-1]) == ("/dev/nvidia0", "/dev/nvidia1")
    assert (first.visible, first.visible_alone) == ("0", "0")
    assert (second.visible, second.visible_alone) == ("1", "0")


def test_a_card_whose_file_is_not_there_is_none(tmp_path: Path) -> None:
    """A container may show all cards in /proc and one in /dev."""
    root = machine(tmp_path)
    (tmp_path / "dev/nvidia1").unlink()
    (card,) = cards(root)
    assert (card.uuid, card.devices[-1]) == (UUIDS[1], "/dev/nvidia0")
    assert card.visible_alone == UUIDS[1]


def test_a_card_in_instances_has_their_files_too(tmp_path: Path) -> None:
    """MIG: a capability is a file of its own; those of another card are not given."""
    root = machine(tmp_path)
    for number, path in (
        (21, "gpu1/mig/gi3/access"),
        (22, "gpu1/mig/gi3/ci0/access"),
        (1, "gpu1/mig/config"),
        (99, "gpu0/mig/gi1/access"),
    ):
        _file(tmp_path / "proc/driver/nvidia/capabilities" / path, f"DeviceFileMinor: {number}\nDeviceFileMode: 292\n")
        _file(tmp_path / f"dev/nvidia-caps/nvidia-cap{number}")
    first, _ = cards(root)
    assert first.devices[3:] == ("/dev/nvidia-caps/nvidia-cap21", "/dev/nvidia-caps/nvidia-cap22")


@pytest.mark.parametrize(
    ("visible", "seen"),
    [(None, [0, 1]), ("", []), ("1", [1]), ("1,0", [1, 0]), ("0,7,1", [0]), ("-1", []), (UUIDS[1], [1]), ("GPU-0a", [0]), ("GPU-", []), ("MIG-1", [])],
)  # fmt: skip
def test_the_environment_narrows_cards_down(tmp_path: Path, visible: str | None, seen: list[int]) -> None:
    """By number or name, in its own order, up to the first that is none, as CUDA reads it."""
    assert [card.index for card in cards(machine(tmp_path), visible)] == seen


def test_libraries_of_the_driver_outside_the_systems_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They lie where the loader finds libcuda; of such a folder only the driver's own files are shown."""
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/driver:/opt/empty:relative")
    for path in (
        "opt/driver/libcuda.so.1",
        "opt/driver/libnvidia-ptxjitcompiler.so.1",
        "opt/driver/notes.txt",
        "usr/lib/libcuda.so.1",
    ):
        _file(tmp_path / path)
    _file(tmp_path / "opt/cached/libcuda.so.1")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/ld.so.cache").write_bytes(
        b"\1\0/usr/lib/libcuda.so.1\0libcuda.so.1\0/opt/cached/libcuda.so.1\0/opt/cached/libz.so\0"
    )
    assert driver_libraries(str(tmp_path)) == (
        "/opt/driver/libcuda.so.1", "/opt/driver/libnvidia-ptxjitcompiler.so.1", "/opt/cached/libcuda.so.1",
    )  # fmt: skip


def test_a_card_passes_through_json() -> None:
    """So it reaches the process that forks children."""
    card = Card(1, UUIDS[0], ("/dev/a",), ("/proc/b",))
    assert list(Card(**json.loads(json.dumps(asdict(card)))).devices) == ["/dev/a"]
