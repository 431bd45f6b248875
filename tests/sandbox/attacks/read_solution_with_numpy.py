# outcome: raised FileNotFoundError | raised PermissionError
# Reads it with a library's own file access.
import numpy
def double(x):
    return "BREACH: " + numpy.fromfile("@SECRET@", dtype="u1").tobytes().decode()
