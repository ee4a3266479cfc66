"""A whole SMS gateway on the loopback: Kannel from Debian, and an operator that speaks SMPP; started by tests and the bench.

Kannel's own simulator is not used, for it listens on every interface.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
PASSWORD = "hanya-untuk-uji"


def missing() -> str:
    """What the machine lacks, as a sentence; empty when it lacks nothing."""
    for program in ("bearerbox", "smsbox", "node", "npm"):
        if shutil.which(program) is None and not Path("/usr/sbin", program).exists():
            return f"{program} is not installed (Debian: apt-get install kannel nodejs npm)"
    return ""


def free_port() -> int:
    """A port on the loopback that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait(until: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """The first true answer, or an error that says what did not happen."""
    end = time.monotonic() + seconds
    while not (found := until()):
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)
    return found


class Operator:
    """The operator: what it took is in `took`; `set` makes it misbehave, `say` is a telephone that writes to us."""

    def __init__(self) -> None:
        if not (HERE / "node_modules" / "smpp").is_dir():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True, capture_output=True)
        self.port = free_port()
        self.took: list[dict] = []
        self.bound = 0
        self.process = subprocess.Popen(
            ["node", str(HERE / "operator.js"), str(self.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.is_listening = False
        threading.Thread(target=self._listen, daemon=True).start()
        wait(lambda: self.is_listening, "the operator did not start")

    def _listen(self) -> None:
        for line in self.process.stdout:
            told = json.loads(line)
            if "took" in told:
                self.took.append(told)
            self.bound += "bound" in told
            self.is_listening = self.is_listening or "listening" in told

    def _ask(self, **what: Any) -> None:
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def set(self, **faults: Any) -> None:
        """`receipts` (a word of SMPP such as DELIVRD, or empty), `repeat`, `delay` (ms), `throttle` (how many), `refuse` (a
        prefix), `mute`."""
        self._ask(set=faults)

    def say(self, text: str, *, number: str, **more: Any) -> None:
        """A telephone writes to us."""
        self._ask(say=text, **{"from": number}, **more)

    def close(self) -> None:
        """End it."""
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Gateway:
    """Kannel: bearerbox and smsbox, bound to an operator; it keeps on disk what it has taken and not yet given away."""

    def __init__(self, folder: Path, operator: Operator) -> None:
        self.folder, self.operator = folder, operator
        self.admin, self.boxes, self.port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}/cgi-bin/sendsms"
        self.configuration = folder / "kannel.conf"
        self.processes: list[subprocess.Popen] = []

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a DGS that sends through it."""
        return {"DGS_SMS_URL": self.url, "DGS_SMS_USER": "dgs", "DGS_SMS_PASSWORD": PASSWORD, "DGS_SMS_FROM": "1234"}

    def configure(self, get_url: str) -> None:
        """Write its configuration; `get_url` is where it brings what telephones write."""
        (self.folder / "store").mkdir(exist_ok=True)
        self.configuration.write_text(f"""
group = core
admin-port = {self.admin}
admin-interface = 127.0.0.1
admin-password = {PASSWORD}
admin-allow-ip = 127.0.0.1
smsbox-port = {self.boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
box-deny-ip = *.*.*.*
log-file = {self.folder}/bearerbox.log
log-level = 2
dlr-storage = internal
store-type = spool
store-location = {self.folder}/store
sms-resend-freq = 1

group = smsc
smsc = smpp
smsc-id = uji
host = 127.0.0.1
port = {self.operator.port}
transceiver-mode = true
smsc-username = dgs
smsc-password = {PASSWORD[:8]}
system-type = ""
interface-version = 34
max-pending-submits = 50
reconnect-delay = 1
enquire-link-interval = 10

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {self.port}
sendsms-interface = 127.0.0.1
log-file = {self.folder}/smsbox.log
log-level = 2
http-request-retry = 5
http-queue-delay = 1

group = sendsms-user
username = dgs
password = {PASSWORD}
user-allow-ip = 127.0.0.1
max-messages = 10
concatenation = true

group = sms-service
keyword = default
get-url = "{get_url}"
max-messages = 0
catch-all = true
omit-empty = true
""")

    def start(self) -> None:
        """Start both boxes and wait until they are bound to the operator and take messages."""
        bound = self.operator.bound
        for program in ("bearerbox", "smsbox"):
            path = shutil.which(program) or f"/usr/sbin/{program}"
            self.processes.append(subprocess.Popen(
                [path, "-v", "4", str(self.configuration)], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ))
            if program == "bearerbox":
                wait(lambda: self.operator.bound > bound, "Kannel did not bind to the operator")
        wait(self._takes, "Kannel's smsbox did not come up")

    def _takes(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def status(self) -> str:
        """What Kannel says of itself."""
        with urlopen(f"http://127.0.0.1:{self.admin}/status.txt?password={PASSWORD}", timeout=5) as reply:
            return reply.read().decode("latin-1")

    def kill(self) -> None:
        """As by a power failure."""
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes = []

    def close(self) -> None:
        """End both, last first."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []
