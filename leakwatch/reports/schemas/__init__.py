"""JSON Schemas of what leakwatch writes, shipped with it."""
