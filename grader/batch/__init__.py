"""Grade a class: find what was handed in, grade it on every core, keep what was found."""
