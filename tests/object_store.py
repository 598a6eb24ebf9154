"""A stand-in for an object store: as much of S3 as reading needs, on the loopback."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

_DAY = "Thu, 01 Jan 2026 00:00:00 GMT"


@contextlib.contextmanager
def object_store(folder: Path) -> Generator[dict[str, str]]:
    """Serve the folders in a folder as buckets; gives the variables of the environment that lead there."""

    class Store(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            url = urlsplit(self.path)
            asked = parse_qs(url.query)
            path = folder / unquote(url.path).strip("/")
            if "list-type" in asked:
                self._send(200, _listing(path, asked.get("prefix", [""])[0]), {}, body=body)
            elif not path.is_file():
                self._send(404, b"", {}, body=body)
            else:
                self._send_part(path.read_bytes(), body=body)

        def _send_part(self, content: bytes, *, body: bool) -> None:
            wanted = self.headers.get("Range", "").removeprefix("bytes=")
            if not wanted:
                self._send(200, content, {}, body=body)
                return
            first, _, last = wanted.partition("-")
            begin = int(first) if first else max(0, len(content) - int(last))
            end = min(int(last) + 1 if first and last else len(content), len(content))
            shown = f"bytes {begin}-{end - 1}/{len(content)}"
            self._send(206, content[begin:end], {"Content-Range": shown}, body=body)

        def _send(self, code: int, content: bytes, headers: dict[str, str], *, body: bool) -> None:
            self.send_response(code)
            told = {"Content-Length": str(len(content)), "ETag": '"1"', "Last-Modified": _DAY, **headers}
            for name, value in told.items():
                self.send_header(name, value)
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "planted-key",
            "AWS_SECRET_ACCESS_KEY": "planted-secret",
            "AWS_REGION": "eu-central-1",
        }
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _listing(bucket: Path, prefix: str) -> bytes:
    files = sorted(file for file in bucket.rglob("*") if file.is_file())
    keys = [(file.relative_to(bucket).as_posix(), file.stat().st_size) for file in files]
    items = "".join(
        f'<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"1"</ETag>'
        f"<Size>{size}</Size></Contents>"
        for key, size in keys
        if key.startswith(prefix)
    )
    return (
        f"<ListBucketResult><Name>{bucket.name}</Name><IsTruncated>false</IsTruncated>"
        f"<KeyCount>{len(keys)}</KeyCount>{items}</ListBucketResult>"
    ).encode()
