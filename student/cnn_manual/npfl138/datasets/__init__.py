"""Data sets of the assignment. Provided."""
