"""Chinese texts."""

MESSAGES: dict[str, str] = {}
