"""A result in the words of other systems: one module per format, each a pure function of the result."""
