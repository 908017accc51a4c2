"""Stands in for the chat: accepts every post on the loopback interface and writes it down, one JSON line each."""

import http.server
import json
import sys
import time
from pathlib import Path


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with Path(sys.argv[2]).open("a", encoding="utf-8") as written:
            line = {
                "at": time.time(),
                "path": self.path,
                "id": self.headers.get("webhook-id"),
                "body": json.loads(body),
            }
            written.write(json.dumps(line) + "\n")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
