"""Hong Kong."""
