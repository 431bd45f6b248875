# outcome: raised | died | out_of_memory | timed_out | missing
# Small source, large parse tree.
exec("x = " + "(" * 5000 + ")" * 5000)
