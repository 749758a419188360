"""A pod for tests: answers its name over HTTP and does on request what real programs do wrong.

GET /livez, /readyz (503 after POST /unready, until POST /ready); GET / answers POD_NAME; GET /slow?SECONDS answers
late; POST /exit?CODE ends the process; POST /echo answers the body. `--deaf` ignores SIGTERM, `--version TEXT` is
answered with the name, `--die` exits at once.
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
    version = ""

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/slow":
            time.sleep(float(query))  # a model that thinks: what is tested is that nobody cuts it off
        if path == "/readyz" and not Handler.ready:
            return self.answer(503, b"not ready")
        if path == "/chunks":
            return self.answer_in_chunks()
        return self.answer(200, f"{os.environ['POD_NAME']} {self.version}".strip().encode())

    def do_HEAD(self):
        self.answer(200, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        if path == "/exit":
            self.answer(200, b"bye")
            sys.stdout.write("about to exit\n")
            os._exit(int(query))
        if path in ("/ready", "/unready"):
            Handler.ready = path == "/ready"
        self.answer(200, body)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_in_chunks(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (b"one ", b"two ", b"three"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format, *args):
        sys.stdout.write(f"{self.command} {self.path}\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--version", default="")
    parser.add_argument("--deaf", action="store_true")
    parser.add_argument("--die", action="store_true")
    options = parser.parse_args()
    if options.die:
        sys.exit("cannot go on")
    Handler.version = options.version
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
