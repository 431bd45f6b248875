# outcome: raised | timed_out | out_of_memory
# An expression that a compiler would like to compute ahead.
def double(x):
    return "x" * 10**13
