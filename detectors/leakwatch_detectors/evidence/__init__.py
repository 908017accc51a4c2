"""Evidence: what the text around a value tells about it."""
