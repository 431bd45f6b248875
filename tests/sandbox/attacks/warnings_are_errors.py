# outcome: right
# Would make every warning an exception from here on.
import warnings
warnings.simplefilter("error")
def double(x):
    warnings.simplefilter("error")
    return 2 * x
