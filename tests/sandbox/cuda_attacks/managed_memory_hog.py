# outcome: out_of_memory | raised
# Memory that moves between card and machine, more of it than either has.
import ctypes
import time

cuda = ctypes.CDLL("libcuda.so.1")


def double(x):
    place = ctypes.c_uint64()
    while cuda.cuMemAllocManaged(ctypes.byref(place), ctypes.c_size_t(1 << 28), 1) == 0:
        ctypes.memset(place.value, 1, 1 << 28)
        time.sleep(0.02)
    raise RuntimeError("the driver gave no more")
