# outcome: raised SystemExit
# Leaves before there is a function.
import sys
sys.exit(0)
