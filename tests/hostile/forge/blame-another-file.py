"""Announce the import of an honest file and die, so that the file is taken for deadly.

outcome = "it costs the submission its own points"
status = ["died"]
spares = false
"""
import os

from grader.sandbox import protocol


def transform(x, w):
    os.write(4, protocol.encode("note", 0, ["import", "last.py"]))
    os._exit(0)
