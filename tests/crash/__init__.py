"""Kills the daemon under load."""
