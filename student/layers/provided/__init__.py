"""What the course gives you besides your own notebook: images, and a comparison of two networks."""
