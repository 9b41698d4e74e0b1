"""A course on disk: found, read whole or refused with every problem at once, and hashed by what it decides.

How a submission is judged with it does not belong here.
"""
