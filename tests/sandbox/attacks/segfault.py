# outcome: died
# Reads from nowhere.
import ctypes
def double(x):
    return ctypes.string_at(0)
