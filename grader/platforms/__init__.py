"""Grading where another system has put the submission: Gradescope, a build server."""
