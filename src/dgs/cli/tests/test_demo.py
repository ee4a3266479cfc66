"""The demo as a whole: comes up, is alone on its folder and port, ends what it started, comes up again quickly."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

from dgs.cli.demo import Demo, Ended

pytestmark = pytest.mark.server


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """A demo in a process of its own, with what it said so far."""

    def __init__(self, folder: Path, port: int, *more: str, **environment: str) -> None:
        self.folder = folder
        self.said = folder.parent / f"said-{port}-{time.monotonic_ns()}"
        clean = {k: v for k, v in os.environ.items() if not k.startswith("DGS_") or k == "DGS_CHECKOUT"}
        clean.pop("DATABASE_URL", None)
        with open(self.said, "wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dgs.cli", "demo", "--data", str(folder), "--port", str(port), *more],
                stdout=out,
                stderr=out,
                env=clean | environment,
                start_new_session=True,
            )

    def wait_for(self, words: str, seconds: float) -> str:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            text = self.said.read_text(errors="replace")
            if words in text:
                return text
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(self.said.read_text(errors="replace"))

    def ends(self, seconds: float = 30) -> int:
        return self.process.wait(seconds)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def left_over(folder: Path) -> list[str]:
    """What still runs over a folder, by its command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (entry / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if command and (str(folder) in command or f"DGS_DATA_DIR={folder}\0" in environment):
            found.append(command)
    return found


def get(port: int, path: str = "/") -> tuple[int, bytes]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        return answer.status, answer.read()


def ask_under_a_prefix_of_ones_own(port: int) -> bytes:
    """A request that names the prefix under which links are to be written, as no visitor may."""
    with socket.create_connection(("127.0.0.1", port), 20) as sent:
        sent.sendall(
            f"GET //evil.example/akun/masuk HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "SCRIPT_NAME: //evil.example\r\nConnection: close\r\n\r\n".encode()
        )
        return b"".join(iter(lambda: sent.recv(65536), b""))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_the_demo_comes_up_alone_ends_all_it_started_and_comes_up_again_within_ten_seconds(tmp_path):
    folder, port = tmp_path / "data", free_port()
    demo = Running(folder, port)
    others = []
    try:
        text = demo.wait_for("Ctrl-C stops everything", 240)
        assert f"http://127.0.0.1:{port}" in text
        assert "siti@dgs.example" in text
        assert get(port)[0] == 200
        assert ask_under_a_prefix_of_ones_own(port).startswith(b"HTTP/1.1 ")
        for _process in range(4):
            assert b"evil.example" not in get(port, "/akun/masuk")[1]
        assert (folder / "secrets.json").stat().st_mode & 0o077 == 0

        others = [Running(folder, free_port()), Running(tmp_path / "other", port)]
        assert others[0].ends() == 2
        assert "Another demo is running on" in others[0].said.read_text()
        assert others[1].ends() == 2
        assert f"Port {port} is in use" in others[1].said.read_text()
        assert get(port)[0] == 200

        demo.process.send_signal(signal.SIGINT)
        assert demo.ends() == 0
        assert "The data stay" in demo.said.read_text()
        assert left_over(folder) == []

        began = time.monotonic()
        demo = Running(folder, port)
        demo.wait_for("Ready in", 30)
        assert get(port)[0] == 200
        assert time.monotonic() - began < 10
        demo.process.send_signal(signal.SIGTERM)
        assert demo.ends() == 0
        assert left_over(folder) == []

        other_region = Running(folder, port, "--region", "medan")
        others.append(other_region)
        assert other_region.ends() == 2
        assert "These data are of banyuasin" in other_region.said.read_text()

        demo = Running(folder, port)
        demo.wait_for("Ready in", 30)
        demo.process.kill()
        demo.process.wait()
        until = time.monotonic() + 20
        while left_over(folder) and time.monotonic() < until:
            time.sleep(0.2)
        assert left_over(folder) == []
    finally:
        for running in [demo, *others]:
            running.kill()


def test_an_end_asked_for_while_a_process_is_forked_is_not_lost_and_twice_at_once_is_once():
    """Python drops what a signal's handler raises in the middle of a fork; the demo must end all the same."""
    asked = Demo(SimpleNamespace(data="unused"))
    with pytest.raises(Ended):
        asked.end()
    asked.end()
    with pytest.raises(Ended):
        asked.watch()
    asked.asked_to_end -= 2
    with pytest.raises(Ended):
        asked.end()
