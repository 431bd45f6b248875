# outcome: died
# Announces more bytes than there are.
import os, struct
def double(x):
    for number in range(3, 64):
        try:
            os.write(number, struct.pack("<IQII", 2**32 - 1, 2**64 - 1, 2, 0) + bytes(1000))
        except OSError:
            pass
    return 2 * x
