# outcome: out_of_memory
# Asks the driver itself for memory, which no limit of torch's sees: the guard does.
import ctypes
import time

cuda = ctypes.CDLL("libcuda.so.1")


def double(x):
    place = ctypes.c_uint64()
    while cuda.cuMemAlloc_v2(ctypes.byref(place), ctypes.c_size_t(1 << 28)) == 0:
        time.sleep(0.02)
    time.sleep(60)
