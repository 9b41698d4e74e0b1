"""Make an assignment of one that was written for another autograder: its tests run as they are, and ask by drivers.

Belongs here: what `grade import` reads and writes, a file for each format. Does not: what judges it, which is lint.
"""
