"""Throw-away certificates for servers on loopback, made by the openssl command."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path


def certificate(directory: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A server context for that DNS name, and the file that a client has to trust."""
    key, cert = directory / f"{name}.key", directory / f"{name}.pem"
    curve = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(["openssl", "req", *curve, *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert
