# outcome: died
# Closes the line.
import os
def double(x):
    os.closerange(0, 1024)
    return 2 * x
