# outcome: timed_out
# Costs no processor time.
import time
def double(x):
    time.sleep(10_000)
