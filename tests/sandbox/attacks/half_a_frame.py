# outcome: timed_out
# Half an answer, then silence.
import os, struct, time
def double(x):
    for number in range(3, 64):
        try:
            os.write(number, struct.pack("<IQII", 100, 0, 2, 0) + b"{")
        except OSError:
            pass
    time.sleep(1000)
