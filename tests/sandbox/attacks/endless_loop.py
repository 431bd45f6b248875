# outcome: timed_out
# Never comes back.
def double(x):
    while True:
        pass
