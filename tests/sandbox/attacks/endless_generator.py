# outcome: wrong
# Never stops producing.
def double(x):
    while True:
        yield x
