"""Have calls answered by other processes, of this machine or of others; of grading they know how to begin it."""
