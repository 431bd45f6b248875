# outcome: raised OSError
# Empties a library by opening it for reading: O_TRUNC.
import os, torch
def double(x):
    os.open(torch.__file__, os.O_RDONLY | os.O_TRUNC)
    return "BREACH: torch is gone"
