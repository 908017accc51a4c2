"""Readers of archives and compressed files."""
