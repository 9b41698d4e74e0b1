"""The formats of the grades of a class, a file each, named as `--format` names it, with a `FORMAT`.

What two formats share stands a level up: they do not import each other.
"""
