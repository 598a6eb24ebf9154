"""From what a server answered to a reply, or the reason why it is none.

Servers answer 200 with a web page, an error body, half a JSON document; each has its own words here.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segmentry.engine.document import is_list, is_mapping
from segmentry.personas.llm.budget import Usage
from segmentry.personas.llm.failure import CallFailed, Failure, FormatRefused
from segmentry.personas.llm.provider import Completion


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said: a JSON object where it is one, else the text as it came."""

    model: str | None
    content: Mapping[str, Any] | str
    finish_reason: str | None
    refusal: str | None
    usage: Usage | None


class Retry(Exception):
    """The same request may work a little later. Stays inside this room."""

    def __init__(self, failure: Failure, wait: float | None) -> None:
        self.failure = failure
        self.wait = wait
        super().__init__(failure.message)


_FORMAT = re.compile(
    r"response_format|json_schema|json_object|json schema|schema|grammar|guided|structured", re.IGNORECASE
)
_FILTERED = ("content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation")
_SETTINGS = {
    "max_completion_tokens": "set `llm.token_param: max_tokens`, which this server knows",
    "max_tokens": "set `llm.token_param: max_completion_tokens`, which this model asks for",
    "temperature": "take `llm.temperature` out: this model sets its own",
    "seed": "take `llm.seed` out: this server does not know it",
    "context": "this model's context is too small for the request: choose one that reads more",
}
"""What a server may complain of that no other form of the request mends; by a word of its complaint."""


def reply_of(answer: Completion, *, asks_for_format: bool) -> Reply:
    """The reply in an answer.

    Raises FormatRefused where another form of the request may work, Retry where a pause may help, CallFailed
    for everything else.
    """
    if answer.status == 200:
        return _reply(answer)
    explanation, code = _complaint(answer.text)
    if answer.status in (400, 422):
        raise _bad_request(answer.status, explanation, code, asks_for_format=asks_for_format)
    if answer.status in (401, 403):
        raise CallFailed(
            Failure(
                "key-refused", f"the server did not accept the key (HTTP {answer.status})",
                "look at the variable that `llm.api_key_env` names: is it set, and for this server?",
                whole_run=True,
            )
        )  # fmt: skip
    if answer.status == 404:
        raise CallFailed(
            Failure(
                "not-found", f"the server knows no such address or model (HTTP 404){_quoted(explanation)}",
                "look at `llm.base_url` (it mostly ends in /v1) and `llm.model`", whole_run=True,
            )
        )  # fmt: skip
    if 300 <= answer.status < 400:
        raise CallFailed(
            Failure(
                "redirect", f"the server sends on to another address (HTTP {answer.status})",
                "write the final address into `llm.base_url`", whole_run=True,
            )
        )  # fmt: skip
    if answer.status == 429 or answer.status in (408, 409):
        raise _limited(answer)
    if answer.status >= 500:
        raise _server_error(answer, explanation, asks_for_format=asks_for_format)
    raise CallFailed(_bad_status(answer.status, explanation))


def _bad_request(status: int, explanation: str, code: str, *, asks_for_format: bool) -> Exception:
    if code in _FILTERED:
        return CallFailed(_refused(explanation))
    lower = f"{code} {explanation}".lower()
    known = next((fix for word, fix in _SETTINGS.items() if word in lower), None)
    if known is not None and not _FORMAT.search(explanation):
        what = f"the server does not take the request{_quoted(explanation)}"
        return CallFailed(Failure("bad-request", what, known, whole_run="context" not in lower))
    failure = _bad_status(status, explanation)
    return FormatRefused(failure) if asks_for_format else CallFailed(failure)


def _limited(answer: Completion) -> Exception:
    if "insufficient_quota" in answer.text:
        return CallFailed(
            Failure(
                "quota", "the account at the provider has no credit left",
                "add credit there; a re-run takes up where this one stopped", whole_run=True,
            )
        )  # fmt: skip
    failure = Failure(
        "rate-limited", f"the server had no room for the request (HTTP {answer.status}), several times",
        "lower `llm.concurrency`, or run again later; what is done is kept",
    )  # fmt: skip
    return Retry(failure, answer.retry_after)


def _server_error(answer: Completion, explanation: str, *, asks_for_format: bool) -> Exception:
    failure = Failure(
        "server-error", f"the server failed (HTTP {answer.status}){_quoted(explanation)}",
        "run again later; what is done is kept",
    )  # fmt: skip
    if asks_for_format and _FORMAT.search(explanation):
        return FormatRefused(failure)
    return Retry(failure, answer.retry_after)


def _bad_status(status: int, explanation: str) -> Failure:
    return Failure(
        "bad-request", f"the server does not take the request (HTTP {status}){_quoted(explanation)}",
        "`segmentry brief --llm --show-prompt` prints the request",
    )  # fmt: skip


def _refused(explanation: str) -> Failure:
    return Failure(
        "refusal", f"the model refused{_quoted(explanation)}",
        "read the segment's words and positioning, or choose another model",
    )  # fmt: skip


def _complaint(text: str) -> tuple[str, str]:
    """What the server says is wrong, and its code for it. Pages and odd bodies say nothing."""
    body = _loaded(text)
    found = body.get("error", body) if is_mapping(body) else None
    if isinstance(found, str):
        return clean_line(found), ""
    if not is_mapping(found):
        return "", ""
    explanation = found.get("message") or found.get("detail") or found.get("type") or ""
    return clean_line(str(explanation)), str(found.get("code") or found.get("type") or "")


def clean_line(text: str, longest: int = 200) -> str:
    """One short line that no terminal can trip over."""
    seen = "".join(mark if unicodedata.category(mark)[0] != "C" else " " for mark in text)
    line = " ".join(seen.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _quoted(explanation: str) -> str:
    return f": “{explanation}”" if explanation else ""


def _reply(answer: Completion) -> Reply:
    """The reply in an answer with status 200. Raises CallFailed."""
    text = answer.text.strip()
    if not text:
        raise CallFailed(Failure("empty", "the server answered with nothing", "run again"))
    if text.startswith("<") or "html" in answer.content_type.lower():
        raise CallFailed(
            Failure(
                "html", "the server answered with a web page instead of a reply",
                "look at `llm.base_url` (it mostly ends in /v1), and at a proxy or login page on the way",
            )
        )  # fmt: skip
    body = _loaded(text)
    if not is_mapping(body):
        raise CallFailed(
            Failure(
                "malformed",
                "the server's answer is no whole JSON document",
                "run again; what is done is kept",
            )
        )
    return _choice(body, answer.text)


def _choice(body: Mapping[str, Any], text: str) -> Reply:
    choices = body.get("choices")
    first = choices[0] if is_list(choices) and choices else None
    message = first.get("message") if is_mapping(first) else None
    if not is_mapping(first) or not is_mapping(message):
        explanation, _ = _complaint(text) if body.get("error") else ("", "")
        raise CallFailed(
            Failure(
                "empty",
                f"the server's answer holds no reply{_quoted(explanation)}",
                "run again; what is done is kept",
            )
        )
    content, refusal, reason = message.get("content"), message.get("refusal"), first.get("finish_reason")
    return Reply(
        model=str(body["model"]) if isinstance(body.get("model"), str) else None,
        content=content_of(_joined(content)),
        finish_reason=str(reason) if reason is not None else None,
        refusal=clean_line(str(refusal)) if refusal else None,
        usage=_usage(body.get("usage")),
    )


def _joined(content: Any) -> str:
    """The text of a message; some servers send it in parts."""
    if is_list(content):
        texts = [part.get("text") for part in content if is_mapping(part)]
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _usage(found: Any) -> Usage | None:
    if not is_mapping(found):
        return None
    sent, received = found.get("prompt_tokens"), found.get("completion_tokens")
    if isinstance(sent, int) and isinstance(received, int) and sent >= 0 and received >= 0:
        return Usage(sent, received)
    return None


_THINK = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_OPEN_THINK = re.compile(r"^.*?</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[\w-]*\s*\n(.*?)```", re.DOTALL)


def content_of(text: str) -> Mapping[str, Any] | str:
    """The JSON object in a message without thoughts and code fences; the plain text where there is none."""
    # Some chat templates open the thoughts themselves, so that only their end is in the message.
    plain = _OPEN_THINK.sub("", _THINK.sub("", text)).strip()
    fenced = _FENCE.search(plain)
    for candidate in (plain, fenced[1] if fenced else ""):
        found = _loaded(candidate)
        if is_mapping(found):
            return found
    return _writable(plain)


def _loaded(text: str) -> Any:
    """The JSON value of a text, or None. Deep nesting, endless numbers and NaN are no JSON to us."""
    try:
        return _mended(json.loads(text, parse_constant=_no_json))
    except (ValueError, RecursionError):
        return None


def _no_json(constant: str) -> None:
    raise ValueError(constant)


def _mended(value: Any) -> Any:
    """The value with every text in it writable as UTF-8."""
    if isinstance(value, str):
        return _writable(value)
    if is_mapping(value):
        return {_writable(key): _mended(part) for key, part in value.items()}
    if is_list(value):
        return [_mended(part) for part in value]
    return value


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def failure_of(reply: Reply) -> Failure | None:
    """Why a reply is of no use whatever it says: cut off, refused, empty; None where it may be."""
    if reply.refusal or reply.finish_reason == "content_filter":
        return _refused(reply.refusal or "")
    if reply.finish_reason == "length":
        return Failure(
            "truncated", "the answer was cut off: it reached the limit of its length",
            "raise `llm.max_output_tokens`; models that think aloud need several thousand",
        )  # fmt: skip
    if reply.content == "":
        return Failure("empty", "the model answered with nothing", "run again with `--cache live`")
    return None
