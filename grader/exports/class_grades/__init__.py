"""Formats of the grades of a class. A file here is a format: it says its name, its suffix and what it is for.

Belongs here: one system's table. Does not: what several formats write alike, which stands one room up.
"""
