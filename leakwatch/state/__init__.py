"""The state of the daemon on disk: store, outbox, incidents, subject lookups."""
