"""The words that people read: facts go in, a sentence comes out.

Belongs here: how a failure, a value, a status or points are said. Does not: running code, reading files, deciding.
"""
