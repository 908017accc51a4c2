"""Runs the daemon for hours."""
