# outcome: raised ModuleNotFoundError
# Imports it, as a file beside the submission.
import sys
def double(x):
    sys.path.insert(0, "@SECRETS@")
    import solution_of_double
    return "BREACH: " + solution_of_double.SECRET
