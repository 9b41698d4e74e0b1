"""Send notes without end in place of an answer.

outcome = "the deadline holds while notes are read"
status = ["timed_out", "died"]
seconds = 8
quick = false
spares = false
"""
import os

from grader.sandbox import protocol

NOTES = (protocol.encode("note", 0, ["import", "attacked.py"]) + protocol.encode("note", 0, ["imported", "attacked.py"])) * 500


def transform(x, w):
    while True:
        os.write(4, NOTES)
