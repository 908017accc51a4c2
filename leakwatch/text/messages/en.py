"""English texts."""

MESSAGES: dict[str, str] = {}
