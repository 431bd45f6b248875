# outcome: wrong
# Rewrites the child so that whatever happens is an answer: it is no more than an answer.
import sys
def double(x):
    child, wire = sys.modules["grader.sandbox.child.child"], sys.modules["grader.sandbox.protocol.messages"]
    returned = sys.modules["grader.model.question"].Returned
    child.encode_reply = lambda reply: wire.encode_reply(wire.Reply(reply.number, reply.place, returned((1.0,))))
    raise ValueError
