"""Runs under the sandbox of the service and writes down which addresses it reaches, as JSON: address -> error."""

import errno
import json
import os
import socket
import sys
from pathlib import Path

found = {}
for address in sys.argv[2:]:
    try:
        socket.create_connection((address, int(sys.argv[1])), 2).close()
        found[address] = "connected"
    except OSError as error:
        found[address] = errno.errorcode.get(error.errno, type(error).__name__)
(Path(os.environ["STATE_DIRECTORY"]) / "dial.json").write_text(json.dumps(found))
