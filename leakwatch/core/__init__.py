"""What every room may import: the nouns, the errors, the settings of a scan."""
