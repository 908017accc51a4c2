"""The detectors, one file each; nothing else lives here."""
