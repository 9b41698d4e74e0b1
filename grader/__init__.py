"""grade: an autograder for deep-learning courses that observes in a sandbox and judges outside it."""
