"""Steps from the tables of one version to those of the next, run by alembic.

Belongs here: the environment of a step. Does not: the tables of today (`gradebook.tables`).
"""
