"""A small HTTP load generator on raw asyncio streams: keep-alive, N clients, latencies; measures, knows no pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Result:
    """Latencies in seconds of the good answers, and what went wrong."""

    name: str
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    bytes: int = 0

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Latency in milliseconds below which this share of the answers lies."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else float("nan")

    @property
    def failed(self) -> int:
        """How many answers were not good."""
        return sum(self.errors.values())


@dataclass(frozen=True)
class Request:
    """One request as bytes, and the status that is right."""

    raw: bytes
    expected: int = 200


def get(host: str, port: int, path: str, *, cookie: str = "", expected: int = 200) -> Request:
    """A GET as a browser sends it."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Accept-Language: id", "Accept-Encoding: gzip"]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    return Request(("\r\n".join(lines) + "\r\n\r\n").encode(), expected)


def post(host: str, port: int, path: str, body: bytes, *, cookie: str, kind: str, expected: int = 302) -> Request:
    """A form sent back to its own page."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept-Language: id\r\nReferer: http://{host}:{port}{path}\r\n"
        f"Cookie: {cookie}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return Request(head.encode() + body, expected)


async def _exchange(reader, writer, request: Request) -> tuple[int, int, bool]:
    writer.write(request.raw)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lowered = head.lower()
    size = 0
    at = lowered.find(b"content-length:")
    if at >= 0:
        size = int(lowered[at + 15 : lowered.find(b"\r\n", at)])
        await reader.readexactly(size)
    elif b"transfer-encoding: chunked" in lowered:
        while True:
            length = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            await reader.readexactly(length + 2)
            size += length
            if length == 0:
                break
    return status, size + len(head), b"connection: close" in lowered


async def _client(host: str, port: int, make: Callable[[], Request | None], until: float, result: Result) -> None:
    reader = writer = None
    while time.perf_counter() < until:
        request = make()
        if request is None:
            break
        began = time.perf_counter()
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection(host, port)
            status, size, closing = await asyncio.wait_for(_exchange(reader, writer, request), 30)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, ValueError) as error:
            result.errors[type(error).__name__] = result.errors.get(type(error).__name__, 0) + 1
            if writer:
                writer.close()
            reader = writer = None
            continue
        if status == request.expected:
            result.latencies.append(time.perf_counter() - began)
            result.bytes += size
        else:
            result.errors[str(status)] = result.errors.get(str(status), 0) + 1
        if closing:
            writer.close()
            reader = writer = None
    if writer:
        writer.close()


@dataclass(frozen=True)
class Load:
    """A page under load: one client for each maker; a maker that gives None is done."""

    host: str
    port: int
    makers: list[Callable[[], Request | None]]

    def sit(self, result: Result, seconds: float) -> None:
        """Let the clients ask as fast as they are answered, over new connections, and add what was measured."""

        async def all_clients() -> None:
            began = time.perf_counter()
            await asyncio.gather(*(_client(self.host, self.port, make, began + seconds, result) for make in self.makers))
            result.seconds += time.perf_counter() - began

        asyncio.run(all_clients())
