"""What the course gives you besides the notebook: images."""
