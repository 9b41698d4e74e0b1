"""Formats of one result. A file here is a format: it says its name, its suffix and what it is for.

Belongs here: one system's form of a result. Does not: what several formats write alike, which stands one room up.
"""
