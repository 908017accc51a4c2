"""Killing the daemon under load."""
