# outcome: right
# Cannot be removed once it is set.
import sys
def double(x):
    sys.addaudithook(lambda event, args: None)
    return 2 * x
