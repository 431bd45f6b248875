# outcome: died
# Closes the line and goes on for ever.
import os
def double(x):
    os.closerange(0, 1024)
    while True:
        pass
