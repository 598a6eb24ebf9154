"""The YAML language server that editors run, and a client of it that does what an editor does."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from tests.parts_at_hand import lacking

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".editor"
VERSION = "1.25.0"
PATIENCE = 30
"""Seconds that an answer may take."""

SETTINGS = {"yaml": {"schemaStore": {"enable": False}}}
"""Nothing is fetched from elsewhere: the schemas are those that the files name."""


def installed() -> Path:
    """The program of the server, fetched with npm the first time. Skips the test where that can't be."""
    program = FOLDER / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        lacking("needs node and npm")
    if _version(program) != VERSION:
        FOLDER.mkdir(exist_ok=True)
        package = f"yaml-language-server@{VERSION}"
        quiet = ("--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
        fetched = subprocess.run(
            [npm, "install", *quiet, package], cwd=FOLDER, capture_output=True, text=True, timeout=300
        )
        if fetched.returncode:
            lacking(f"npm could not fetch the language server: {fetched.stderr.strip()[-200:]}")
    return program


def _version(program: Path) -> str | None:
    package = program.parents[1] / "package.json"
    return json.loads(package.read_text("utf-8"))["version"] if package.is_file() else None


class Editor:
    """An editor with a folder open. Use it as a context; it ends the server.

    Positions are those of the mark ``|`` in the text that is opened.
    """

    def __init__(self, program: Path, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            ["node", str(program), "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        self._messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read_all, args=(self._from,), daemon=True)
        self._asked = 0
        self._opened = 0
        self._found: dict[str, list[dict[str, Any]]] = {}

    def __enter__(self) -> Editor:
        self._reader.start()
        capabilities: dict[str, Any] = {"textDocument": {"publishDiagnostics": {}, "completion": {}}}
        begin = {"processId": None, "rootUri": self._folder.as_uri(), "capabilities": capabilities}
        self._ask("initialize", begin)
        self._report("initialized", {})
        self._report("workspace/didChangeConfiguration", {"settings": SETTINGS})
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._ask("shutdown", None)
            self._report("exit", None)
            self._process.wait(PATIENCE)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join(PATIENCE)
            self._to.close()
            self._from.close()

    def offers(self, name: str, text: str) -> set[str]:
        """What is offered at the mark ``|``, in a file of this name below the folder."""
        before, _, after = text.partition("|")
        line = before.count("\n")
        place = {"line": line, "character": len(before) - before.rfind("\n") - 1}
        document = {"uri": self._open(name, before + after)}
        answer = self._ask("textDocument/completion", {"textDocument": document, "position": place})
        return {item["label"] for item in answer["items"]}

    def complaints(self, name: str, text: str) -> list[tuple[int, str]]:
        """What the editor underlines in a file: the line, counted from 1, and the words."""
        uri = self._open(name, text)
        while uri not in self._found:
            self._handle(self._next())
        return [(found["range"]["start"]["line"] + 1, found["message"]) for found in self._found[uri]]

    def file_changed(self, path: Path) -> None:
        """Tell the server of a file that something else has written."""
        changed = 2
        self._report(
            "workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": changed}]}
        )

    # --- the protocol -----------------------------------------------------------------------------

    def _open(self, name: str, text: str) -> str:
        # Each opening is a file of its own, so that no answer to an earlier one is taken for this one's.
        self._opened += 1
        path = self._folder / name
        uri = path.with_name(f"opened-{self._opened}-{path.name}").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._report("textDocument/didOpen", {"textDocument": document})
        return uri

    def _ask(self, method: str, params: Any) -> Any:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while True:
            message = self._next()
            if "method" not in message and message.get("id") == self._asked:
                assert "error" not in message, message["error"]
                return message["result"]
            self._handle(message)

    def _handle(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"method": "workspace/configuration", "id": number, "params": {"items": items}}:
                self._send({"id": number, "result": [SETTINGS.get(item["section"], {}) for item in items]})
            case {"method": str(), "id": number}:
                self._send({"id": number, "result": None})
            case {"method": "textDocument/publishDiagnostics", "params": {"uri": uri, "diagnostics": found}}:
                self._found[uri] = found
            case _:
                pass

    def _report(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._to.flush()

    def _next(self) -> dict[str, Any]:
        try:
            return self._messages.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"the language server said nothing for {PATIENCE} seconds") from None

    def _read_all(self, stream: IO[bytes]) -> None:
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                header = stream.readline()
            self._messages.put(json.loads(stream.read(length)))
