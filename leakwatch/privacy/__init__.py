"""The only code that turns a value into something printable: masks and keyed fingerprints."""
