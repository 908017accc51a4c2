"""How well leakwatch finds what is there, and keeps silent about the rest, beside its peers on the same text."""
