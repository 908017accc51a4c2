"""Macau."""
