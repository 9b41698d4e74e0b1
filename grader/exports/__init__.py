"""A result, or the grades of a class, in the form of another system: one file for each format, found by the registry.

Belongs here: pure functions from what a reader may see to text. Does not: pages for people (`reporting`), where such
a text is written to (`integrations`, `batch`).
"""
