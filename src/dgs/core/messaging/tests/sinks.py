"""A mail server and an SMS gateway on the loopback that write down what they take and misbehave on command."""

from __future__ import annotations

import socketserver
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class MailSink:
    """Speaks enough SMTP. `taken` holds whole letters; `replies` overrides a reply; `hang_up` drops the line."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.return_paths: list[str] = []
        self.replies: dict[str, str] = {}
        self.pause, self.hang_up = 0.0, ""
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.say("220 sink")
                while line := self.rfile.readline():
                    word = line.decode().strip().upper().split(" ")[0].split(":")[0]
                    if sink.hang_up == word:
                        return
                    if word == "MAIL":
                        sink.return_paths.append(line.decode().partition("<")[2].partition(">")[0])
                    if word == "QUIT":
                        self.say("221 bye")
                        return
                    if word == "DATA" and "DATA" not in sink.replies:
                        self.say("354 go on")
                        text = b""
                        while not text.endswith(b"\r\n.\r\n"):
                            piece = self.rfile.readline()
                            if not piece:
                                return
                            text += piece
                        if "TEXT" not in sink.replies:
                            sink.taken.append(text.decode())
                        time.sleep(sink.pause)
                        if sink.hang_up == "TEXT":
                            return
                        self.say(sink.replies.get("TEXT", "250 taken"))
                    else:
                        self.say(sink.replies.get(word, "250 ok"))

            def say(self, text):
                with suppress(OSError):
                    self.wfile.write(text.encode() + b"\r\n")

        self.server = _threaded(socketserver.ThreadingTCPServer, Handler)
        self.port = self.server.server_address[1]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class SmsSink:
    """Speaks Kannel's sendsms. `taken` holds (number, text, coding) of what was accepted."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str]] = []
        self.status, self.answer, self.pause, self.hang_up = 202, "0: Accepted for delivery", 0.0, False
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
                if sink.status < 300:
                    sink.taken.append((asked["to"], asked["text"], asked["coding"]))
                sink.seen = asked
                time.sleep(sink.pause)
                if sink.hang_up:
                    return
                try:
                    self.send_response(sink.status)
                    if 300 <= sink.status < 400:
                        self.send_header("Location", f"http://127.0.0.1:{sink.port}/elsewhere")
                    self.end_headers()
                    self.wfile.write(sink.answer.encode())
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.server = _threaded(ThreadingHTTPServer, Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/cgi-bin/sendsms"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class HttpSink:
    """Answers any request; `seen` holds method, path, headers and body of each."""

    def __init__(self) -> None:
        self.seen: list[dict] = []
        self.status, self.answer, self.pause, self.hang_up = 200, "", 0.0, False
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                sink.seen.append({
                    "method": self.command, "path": self.path, "headers": dict(self.headers), "body": body.decode("latin-1"),
                    "data": body,
                })
                time.sleep(sink.pause)
                if sink.hang_up:
                    return
                with suppress(OSError):
                    self.send_response(sink.status)
                    self.end_headers()
                    self.wfile.write(sink.answer.encode())

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_):
                pass

        self.server = _threaded(ThreadingHTTPServer, Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/kirim"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def _threaded(kind, handler):
    kind = type("Sink", (kind,), {"allow_reuse_address": True, "daemon_threads": True, "block_on_close": False})
    server = kind(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server
