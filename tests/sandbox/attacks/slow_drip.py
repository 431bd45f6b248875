# outcome: timed_out
# An answer of one byte at a time: always busy, never done.
import os, struct, time
def double(x):
    for number in range(3, 64):
        try:
            os.write(number, struct.pack("<IQII", 1 << 20, 0, 2, 0))
        except OSError:
            continue
        while True:
            os.write(number, b"{")
            time.sleep(0.01)
