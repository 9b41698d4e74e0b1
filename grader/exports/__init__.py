"""Results in the words of other systems: the registry of formats, and what several formats write alike.

A format is a file in `single` or `class_grades`. Folders and exit codes of a platform belong to `platforms`.
"""
