# outcome: raised LookupError
# The environment as the C library has it, which clearing os.environ would not clear.
import ctypes
def double(x):
    block = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    place = 0
    while block and block[place]:
        if b"BREACH" in block[place]:
            return "BREACH: environ"
        place += 1
    raise LookupError("a clean environment")
