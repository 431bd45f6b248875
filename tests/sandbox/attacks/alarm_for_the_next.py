# outcome: right | raised OSError
# An alarm that goes off in somebody else's time.
import signal
def double(x):
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    return 2 * x
