# outcome: right
# A hundred thousand lines, in every way to print.
import os, sys, warnings, logging
def double(x):
    for number in range(20_000):
        print("line", number)
        print("line", number, file=sys.stderr)
    os.write(1, b"x" * 1_000_000)
    os.write(2, b"x" * 1_000_000)
    warnings.warn("careful")
    logging.error("oh")
    return 2 * x
