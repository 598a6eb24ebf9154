"""A server on loopback that speaks chat completions: well, badly, or in whatever way a test says."""

from __future__ import annotations

import copy
import json
import re
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from segmentry.personas.channels import CHANNELS

USAGE = {"prompt_tokens": 4000, "completion_tokens": 1000, "total_tokens": 5000}


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came in."""

    path: str
    headers: Mapping[str, str]
    raw: bytes
    number: int
    at: float = field(default_factory=time.monotonic)

    @property
    def body(self) -> dict[str, Any]:
        """The request's JSON."""
        parsed: dict[str, Any] = json.loads(self.raw)
        return parsed

    @property
    def rung(self) -> str:
        """How the form of the answer is asked for."""
        form = self.body.get("response_format")
        if form is None:
            return "prompt only"
        return "json_object with schema" if "schema" in form else str(form["type"])

    @property
    def data(self) -> dict[str, Any]:
        """What stands between the tags of the user message."""
        user = self.body["messages"][1]["content"]
        found = re.fullmatch(r"<data-([0-9a-f]{16})>\n(.*)\n</data-\1>\s*", user, re.DOTALL)
        assert found is not None, user
        parsed: dict[str, Any] = json.loads(found[2])
        return parsed

    @property
    def segment(self) -> str:
        """The segment that the brief is for."""
        return str(self.data["segment"]["id"])

    @property
    def repairs(self) -> int:
        """How often the model was told that its answer won't do."""
        return sum(1 for message in self.body["messages"] if message["role"] == "assistant")


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes back. ``cut`` breaks the connection off after so many bytes; ``stall`` sends nothing."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    cut: int | None = None
    stall: bool = False


Behaviour = Callable[[Received], Sent]


def completion(content: Any, *, finish: str = "stop", **message: Any) -> Sent:
    """A reply as a server gives it; an object becomes JSON."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": text, **message},
    }
    body = {"id": "c", "object": "chat.completion", "model": "tiny-1", "choices": [choice], "usage": USAGE}
    return Sent(body=json.dumps(body).encode())


def failing(status: int, message: str = "no", *, code: str | None = None, **headers: str) -> Sent:
    """An error in the shape that most servers use."""
    body = {"error": {"message": message, "type": "error", "code": code}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Sent(status, json.dumps(body).encode(), named)


def well(request: Received) -> Sent:
    """The answer of a model that keeps to every rule."""
    return completion(good_draft(request))


def spoilt(spoil: Callable[[dict[str, Any], Received], None], *, times: int = 99) -> Behaviour:
    """A model whose answer is spoilt the first so many times that it is asked for a segment's brief."""

    def answer(request: Received) -> Sent:
        draft = good_draft(request)
        if request.repairs < times:
            spoil(draft, request)
        return completion(draft)

    return answer


def good_draft(request: Received) -> dict[str, Any]:
    """A draft that passes every check, from the request's own data."""
    data = request.data
    notable = [fact for fact in data["facts"] if fact["sets_apart"]] or data["facts"][:2]
    first, last = notable[0], notable[-1]
    return {
        "label": f"People of {data['segment']['name']}",
        "summary": f"{{{{i.size}}}} customers. {_about(first)}: {first['reference']}.",
        "traits": [
            _statement(f"{_about(first)} is {first['reference']} here.", first["id"]),
            _statement(f"{_about(last)} is {last['reference']} here.", last["id"]),
        ],
        "needs": [{"text": "To know early what a tour will cost.", "basis": "hypothesis", "evidence": []}],
        "barriers": [{"text": "Doubt whether gear is made to last.", "basis": "hypothesis", "evidence": []}],
        "value_proposition": {
            "headline": "Gear that is worth what it costs",
            "because": _statement(f"{_about(first)} stands at {first['reference']}.", first["id"]),
        },
        "tone": ["clear", "friendly"],
        "journey": {
            "awareness": "They look for the season's gear by search.",
            "consideration": "They compare on the product page.",
            "purchase": "They order what a comparison has shown to be fair.",
            "loyalty": "They come back for the next season.",
        },
        "variants": [_in_all_channels(variant) for variant in copy.deepcopy([_BENEFIT, _CONVENIENCE])],
    }


def _in_all_channels(variant: dict[str, Any]) -> dict[str, Any]:
    """The variant with a few words for each channel that it has none for yet."""
    for id_, channel in CHANNELS.items():
        variant.setdefault(id_, _worded(channel.schema))
    return variant


def _worded(schema: dict[str, Any]) -> Any:
    match schema["type"]:
        case "object":
            return {key: _worded(part) for key, part in schema["properties"].items()}
        case "array":
            return [_worded(schema["items"])] * int(schema["minItems"])
        case _:
            return "More of it"


def _about(fact: dict[str, Any]) -> str:
    return str(fact.get("reference_about") or fact["about"])


def _statement(text: str, evidence: str) -> dict[str, Any]:
    return {"text": text, "basis": "observed", "evidence": [evidence]}


_BENEFIT: dict[str, Any] = {
    "angle": "benefit",
    "email": {
        "subject": "Ready for the next rainy weekend",
        "preheader": "What holds, and what it is made of",
        "body": "Hello,\n\nthe next rainy weekend will come. See what our people wear.\n\n{{o.brand.name}}",
        "cta": "See the range",
    },
    "sms": {"body": "{{o.brand.name}}: dry through the next tour, with gear our own people wear."},
    "push": {"title": "Dry through the next tour", "body": "Gear that our own people wear."},
    "search_ad": {
        "headlines": ["{{o.brand.name}}", "Dry through every tour", "Worn by our own people"],
        "descriptions": ["Gear that our own people wear.", "Made for rainy weekends and long walks."],
    },
    "social_ad": {"primary": "Rain is no reason to stay at home.", "headline": "Dry through every tour"},
    "landing": {
        "headline": "Dry through every tour",
        "subheadline": "Gear that our own people wear.",
        "bullets": ["Made for rain", "Worn on real tours", "Repaired in our workshop"],
        "cta": "See the range",
    },
}

_CONVENIENCE: dict[str, Any] = {
    "angle": "convenience",
    "email": {
        "subject": "Order tonight, walk on Saturday",
        "preheader": "Pick up in a shop near you",
        "body": "Hi,\n\nshort of time before Saturday? Choose here, pick up at the shop.\n\n{{o.brand.name}}",
        "cta": "Find your shop",
    },
    "sms": {"body": "Choose tonight, pick up on the way to the hut. {{o.brand.name}}"},
    "push": {"title": "Pick up on the way", "body": "Choose now, collect before you leave."},
    "search_ad": {
        "headlines": ["Order and pick up", "A shop near you", "Ready before Saturday"],
        "descriptions": ["Choose at home, collect on the way.", "Your shop keeps it ready for you."],
    },
    "social_ad": {"primary": "Packing late? Collect on the way.", "headline": "Pick up on the way"},
    "landing": {
        "headline": "Pick up on the way",
        "subheadline": "Choose at home, and your shop keeps it ready.",
        "bullets": ["Choose at home", "Collect at the shop", "Ask somebody who knows"],
        "cta": "Find your shop",
    },
}


@dataclass(slots=True)
class LlmServer:
    """The running server. ``behaviour`` may be changed between requests; ``received`` is all that came in."""

    behaviour: Behaviour
    received: list[Received] = field(default_factory=list[Received])
    closing: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def answer(self, path: str, headers: Mapping[str, str], raw: bytes) -> Sent:
        """Note the request down and behave."""
        request = Received(path, headers, raw, len(self.received))
        self.received.append(request)
        return self.behaviour(request)

    def rungs(self) -> list[str]:
        """The rungs of the requests, in the order in which they came."""
        return [request.rung for request in self.received]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no error of the server's."""


def _listening(server: LlmServer) -> _Quiet:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send(server.answer(self.path, headers, raw))

        def send(self, sent: Sent) -> None:
            if sent.stall:
                server.closing.wait(20)
                self.close_connection = True
                return
            self.send_response(sent.status)
            for name, value in {"Content-Type": "application/json", **sent.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent.body)))
            self.end_headers()
            self.wfile.write(sent.body if sent.cut is None else sent.body[: sent.cut])
            self.close_connection = sent.cut is not None

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    return _Quiet(("127.0.0.1", 0), Handler)


@contextmanager
def serving(behaviour: Behaviour = well) -> Generator[LlmServer]:
    """A server on a free port of loopback."""
    server = LlmServer(behaviour)
    http = _listening(server)
    server.address = f"http://127.0.0.1:{http.server_port}/v1"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        http.shutdown()
        http.server_close()
        thread.join()
