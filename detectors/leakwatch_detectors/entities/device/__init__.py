"""Devices, SIM cards, vehicles, network addresses."""
