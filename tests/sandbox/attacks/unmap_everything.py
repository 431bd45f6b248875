# outcome: died
# Takes the ground from under its own feet, the answer and the line with it.
import ctypes
def double(x):
    libc = ctypes.CDLL(None)
    here = ctypes.cast(libc.munmap, ctypes.c_void_p).value & ~4095
    libc.munmap(ctypes.c_void_p(here - (1 << 24)), ctypes.c_size_t(1 << 25))
    return 2 * x
