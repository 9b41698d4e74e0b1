"""What the course gives you besides your own files: images of nuclei, and how a network is trained."""
