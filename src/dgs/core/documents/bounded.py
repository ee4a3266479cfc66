"""Runs this room's child scripts on hostile input with limits of time and output; what they do is in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

OUTPUT_LIMIT = 32 * 1024 * 1024


class TookTooLong(Exception):
    """The child was still at work when its time was over; it was ended."""


class Died(Exception):
    """The child ended without an answer: out of memory, out of processor time, or a fault of a library."""


def run_bounded(script: Path, data: bytes, *arguments: str, seconds: float) -> bytes:
    """What the script writes to its standard output when given `data`; the child limits its own memory first.

    The child sees no environment of ours (no keys, no database address), and every proxy variable points at a closed
    port, so that a library that would fetch something over HTTP cannot.
    """
    closed = "http://127.0.0.1:9"
    environment = {
        "LANG": "C.UTF-8", "http_proxy": closed, "https_proxy": closed, "HTTP_PROXY": closed, "HTTPS_PROXY": closed,
        "ALL_PROXY": closed, "all_proxy": closed, "NO_PROXY": "", "no_proxy": "", "RAYON_NUM_THREADS": "1",
    }
    places = os.pathsep.join(dict.fromkeys(os.path.abspath(place) for place in sys.path if os.path.isdir(place)))
    command = [sys.executable, "-I", "-S", str(script), places, *arguments]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=seconds, env=environment, cwd="/", check=False
        )
    except subprocess.TimeoutExpired:
        raise TookTooLong
    if done.returncode != 0 or not done.stdout or len(done.stdout) > OUTPUT_LIMIT:
        raise Died(done.stderr[-500:].decode("utf-8", "replace"))
    return done.stdout
