"""Taiwan."""
