# outcome: timed_out
# A loop that no Python signal handler interrupts.
def double(x):
    return 10 ** 10 ** 10
