"""Coverage-guided fuzzing of whatever reads a stranger's bytes; `make fuzz` runs it."""
