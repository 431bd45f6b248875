# outcome: died
# Sends rubbish for ever.
import os
def double(x):
    while True:
        for number in range(3, 64):
            try:
                os.write(number, b"\0" * 65536)
            except OSError:
                pass
