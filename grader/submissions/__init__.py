"""What a student handed in, from folder or archive to the sources of an assignment's modules."""
