# outcome: out_of_memory | raised
# Memory of the machine that the driver holds for the card: it may be in no process's numbers.
import ctypes
import time

cuda = ctypes.CDLL("libcuda.so.1")


def double(x):
    place = ctypes.c_void_p()
    while cuda.cuMemHostAlloc(ctypes.byref(place), ctypes.c_size_t(1 << 28), 0) == 0:
        ctypes.memset(place, 1, 1 << 28)
        time.sleep(0.02)
    raise RuntimeError("the driver gave no more")
