"""What the course gives you besides your own file: a network, images and figures."""
