"""Letting the daemon work for long."""
