"""An HTTP server on the loopback interface, for one test: receive.py FOLDER

FOLDER/port gets its port, and FOLDER/requests each request: a JSON object a line. It answers a path with "missing" in it
with 404, all others with 200.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

folder = sys.argv[1]


class Receiver(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = {
            "method": self.command,
            "path": self.path,
            "type": self.headers.get("Content-Type", ""),
            "authorization": self.headers.get("Authorization", ""),
            "body": body.decode(),
        }
        with open(f"{folder}/requests", "a") as file:
            file.write(json.dumps(request) + "\n")
        self.send_response(404 if "missing" in self.path else 200)
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
with open(f"{folder}/port.new", "w") as file:
    file.write(str(server.server_port))
# Whoever waits for the file finds it whole.
os.rename(f"{folder}/port.new", f"{folder}/port")
server.serve_forever()
