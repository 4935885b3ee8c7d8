"""A web server on this machine that does what it is told, good or bad."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Site:
    """Files of a server, and how it answers.

    Attributes
    ----------
    files : dict of str to bytes
        By name.
    conduct : dict of str to list of str
        By name, what to do at the first request, the second, and so on; after that, or without an
        entry, the file is sent: "404", "500", "cut N" sends N bytes and hangs up, "stall N" sends N
        bytes and waits, "drip" sends a byte now and then, "no ranges" sends everything whatever was
        asked for, "wrong range" another part, "unknown length"
        sends without saying how much.
    asked : list of (str, str)
        Names and ranges that were asked for, in order.
    """

    files: dict[str, bytes]
    conduct: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""
    released: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Site]:
    """Serve files until the block ends."""
    site = Site(files)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):  # the client has had enough
                _answer(self, site)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_port}/files/"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield site
    finally:
        site.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(request: BaseHTTPRequestHandler, site: Site) -> None:
    name = request.path.removeprefix("/files/")
    wanted = request.headers.get("Range", "")
    site.asked.append((name, wanted))
    todo = site.conduct.get(name, [])
    conduct, _, amount = (todo.pop(0) if todo else "").partition(" ")
    if conduct in ("404", "500") or name not in site.files:
        request.send_error(int(conduct or 404))
        return
    data = site.files[name]
    begin = re.fullmatch(r"bytes=(\d+)-", wanted)
    first = int(begin[1]) if begin and (conduct, amount) != ("no", "ranges") else 0
    if begin and first >= len(data):
        request.send_error(416)
        return
    if conduct == "wrong":
        first = 1
    request.send_response(206 if begin and first else 200)
    if begin and first:
        request.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
    body = data[first:]
    if conduct != "unknown":
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    if conduct in ("cut", "stall"):
        request.wfile.write(body[: int(amount)])
        request.wfile.flush()
        if conduct == "stall":
            site.released.wait(10)
    elif conduct == "drip":
        for at in range(len(body)):
            request.wfile.write(body[at : at + 1])
            request.wfile.flush()
            if site.released.wait(0.05):
                return
    else:
        request.wfile.write(body)
