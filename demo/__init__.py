"""The demo: ten invented forces, one hub, and notices between them."""
