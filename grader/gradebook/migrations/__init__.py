"""Bring a gradebook of any earlier version to this one's."""
