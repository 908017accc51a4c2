"""The running service: threads that read, a ledger that stores, channels that send, and their supervision."""
