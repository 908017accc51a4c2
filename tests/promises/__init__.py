"""What leakwatch promises about reliability, promise by promise; PROMISES.md is the table."""
