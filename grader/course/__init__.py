"""A course on disk: found, read whole or refused with every problem at once, and hashed by what it decides.

Belongs here: reading and validating a course folder, and writing what students receive. Does not: running any of it
(`subjects`, `judging`), testing it (`lint`).
"""
