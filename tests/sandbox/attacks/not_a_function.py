# outcome: missing
# A number by the name of the function.
double = 7
