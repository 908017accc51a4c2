"""The parser sandbox: binary formats are parsed in a confined process."""
