"""A pod for tests: answers its name over HTTP and does on request what real programs do wrong.

GET /livez (503 after POST /sick) and /readyz (503 after POST /unready, until POST /ready); GET / answers POD_NAME and
VERSION; GET /slow?SECONDS answers late; POST /exit?CODE ends the process; POST /echo answers the body. `--deaf`
ignores SIGTERM, `--die` exits at once.
"""

import argparse
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ready = True
    alive = True

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/slow":
            time.sleep(float(query))  # a model that thinks: what is tested is that nobody cuts it off
        if path == "/readyz" and not Handler.ready:
            return self.answer(503, b"not ready")
        if path == "/livez" and not Handler.alive:
            return self.answer(503, b"sick")
        return self.answer(200, f"{os.environ['POD_NAME']} {os.environ.get('VERSION', '')}".strip().encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        if path == "/exit":
            self.answer(200, b"bye")
            sys.stdout.write("about to exit\n")
            sys.stdout.flush()
            os._exit(int(query))
        if path in ("/ready", "/unready"):
            Handler.ready = path == "/ready"
        if path == "/sick":
            Handler.alive = False
        self.answer(200, body)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        sys.stdout.write(f"{self.command} {self.path}\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--deaf", action="store_true")
    parser.add_argument("--die", action="store_true")
    options = parser.parse_args()
    if options.die:
        sys.exit("cannot go on")
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    server.daemon_threads = False

    def stop(*_):
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, signal.SIG_IGN if options.deaf else stop)
    sys.stdout.write(f"listening on {options.port}\n")
    server.serve_forever(poll_interval=0.02)
    server.server_close()


if __name__ == "__main__":
    main()
