# outcome: missing | timed_out
# Never finishes being imported.
while True:
    pass
