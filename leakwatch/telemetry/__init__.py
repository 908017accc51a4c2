"""Logging and scan statistics."""
