"""The pictures that the networks are trained on. Provided."""
