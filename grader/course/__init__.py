"""A course as its author wrote it: assignments, rubrics, samples, stubs, hand-outs, and what makes a verdict old.

Belongs here: reading and validating a course folder, and writing what students receive. Does not: running any of it
(`subjects`, `judging`), testing it (`lint`).
"""
