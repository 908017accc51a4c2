"""What the text around a value says about it."""
