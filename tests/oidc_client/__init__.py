"""An application in the browser with oidc-client-ts, served on the loopback; for the tests of single sign-on."""

from __future__ import annotations

import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIBRARY = HERE / "node_modules" / "oidc-client-ts" / "dist" / "browser" / "oidc-client-ts.min.js"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Peta</title><link rel="icon" href="data:,"></head>
<body><p id="state">ready</p><script src="/oidc.js"></script><script src="/app.js"></script></body></html>"""
APP = """
const here = location.origin;
window.manager = new oidc.UserManager({
  authority: "%(issuer)s", client_id: "%(client_id)s", scope: "openid profile", loadUserInfo: true,
  redirect_uri: here + "/kembali", silent_redirect_uri: here + "/diam", post_logout_redirect_uri: here + "/",
});
const say = (text) => { document.getElementById("state").textContent = text; };
if (location.pathname === "/kembali") {
  manager.signinRedirectCallback().then((user) => say("in " + user.profile.name), (error) => say("error " + error.message));
} else if (location.pathname === "/diam") {
  manager.signinSilentCallback();
}
"""


def missing() -> str:
    """What the machine lacks, as a sentence; empty when it lacks nothing."""
    return "" if shutil.which("npm") else "npm is not installed (Debian: apt-get install nodejs npm)"


def install() -> None:
    """The library as its lock file names it, once."""
    if not LIBRARY.exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True, capture_output=True)


class BrowserApplication:
    """The application's web server: one page at each address, with the library."""

    def __init__(self) -> None:
        self.settings = {"issuer": "", "client_id": ""}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.partition("?")[0]
                kind, body = {
                    "/oidc.js": ("text/javascript", LIBRARY.read_bytes()),
                    "/app.js": ("text/javascript", (APP % outer.settings).encode()),
                }.get(path, ("text/html", PAGE.encode()))
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop it."""
        self.server.shutdown()
        self.server.server_close()
