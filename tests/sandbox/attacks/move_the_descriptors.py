# outcome: died | raised OSError
# Puts something else where the line was.
import os
def double(x):
    nothing = os.open("/dev/null", os.O_RDONLY)
    for number in range(3, 64):
        os.dup2(nothing, number)
    return 2 * x
