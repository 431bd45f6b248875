# outcome: missing
# Leaves before there is a function.
import sys
sys.exit(0)
