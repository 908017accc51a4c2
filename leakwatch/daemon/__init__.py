"""The running service: threads that read, one ledger that records, channels that tell, and the eyes on all of them."""
