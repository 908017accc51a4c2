"""What is kept on disk: the store, the outbox, incidents, subject lookups."""
