"""detect-secrets with its default plugins and filters, on one file per text."""

import tempfile
from pathlib import Path

from detect_secrets import SecretsCollection
from detect_secrets.settings import default_settings
from protocol import Spans, serve


def find(text: str) -> Spans:
    """Every place of a secret's text in the line where it was found."""
    lines = text.splitlines(keepends=True)
    path.write_text(text, encoding="utf-8")
    found = SecretsCollection()
    found.scan_file(str(path))
    spans = []
    for _, secret in found:
        begin = sum(map(len, lines[: secret.line_number - 1]))
        line, value = lines[secret.line_number - 1], secret.secret_value or ""
        place = line.find(value)
        while value and place >= 0:
            spans.append((begin + place, begin + place + len(value), secret.type))
            place = line.find(value, place + 1)
    return spans


with tempfile.TemporaryDirectory() as directory, default_settings():
    path = Path(directory) / "app.log"
    serve(find)
