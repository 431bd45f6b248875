# outcome: right
# Files of cards, of displays and of tools that are not this child's.
import os


def double(x):
    opened = 0
    for number in range(16):
        try:
            opened += bool(os.open(f"/dev/nvidia{number}", os.O_RDWR))
        except OSError:
            pass
    for path in (
        "/dev/nvidia-uvm-tools",
        "/dev/nvidia-modeset",
        "/dev/dri/card0",
        "/dev/mem",
        "/dev/nvidia-caps/nvidia-cap1",
    ):
        try:
            opened += 100 * bool(os.open(path, os.O_RDWR))
        except OSError:
            pass
    return 2 * x if opened == 1 else "BREACH"
