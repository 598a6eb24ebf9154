"""The request to a server: the rungs of the ladder, and the canonical form by which replies are filed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from segmentry.personas.llm.settings import LlmSettings

Message = Mapping[str, str]


class Rung(Enum):
    """How the form of the answer is asked for, the strictest first."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT_SCHEMA = "json_object with schema"
    JSON_OBJECT = "json_object"
    PROMPT = "prompt only"

    @property
    def below(self) -> Rung | None:
        """The next rung down, or None at the bottom."""
        order = list(Rung)
        at = order.index(self) + 1
        return order[at] if at < len(order) else None

    @property
    def carries_schema(self) -> bool:
        """Whether the server gets the schema as such; else the prompt has to show it."""
        return self in (Rung.JSON_SCHEMA, Rung.JSON_OBJECT_SCHEMA)


@dataclass(frozen=True, slots=True)
class Prompt:
    """The texts of one segment's request. ``schema_text`` is shown where the server takes no schema."""

    system: str
    user: str
    schema: Mapping[str, Any]
    schema_text: str

    @property
    def sha256(self) -> str:
        """The hash of what is said, whatever the rung."""
        return hashlib.sha256(canonical([self.system, self.user]).encode()).hexdigest()


def build_request(
    settings: LlmSettings, prompt: Prompt, rung: Rung, turns: Sequence[Message] = ()
) -> dict[str, Any]:
    """The body of the request. ``turns`` are the model's earlier answer and what was wrong with it.

    What the workspace leaves out is left out here: some servers take no null.
    """
    system = prompt.system if rung.carries_schema else f"{prompt.system}\n{prompt.schema_text}"
    request: dict[str, Any] = {
        "model": settings.model,
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": prompt.user},
            *({"role": turn["role"], "content": turn["content"]} for turn in turns),
        ],
        settings.token_param: settings.max_output_tokens,
    }
    if settings.temperature is not None:
        request["temperature"] = settings.temperature
    if settings.seed is not None:
        request["seed"] = settings.seed
    form = _response_format(rung, prompt.schema)
    if form is not None:
        request["response_format"] = form
    return request


def _response_format(rung: Rung, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    match rung:
        case Rung.JSON_SCHEMA:
            return {"type": "json_schema", "json_schema": {"name": "brief", "strict": True, "schema": schema}}
        case Rung.JSON_OBJECT_SCHEMA:
            return {"type": "json_object", "schema": schema}
        case Rung.JSON_OBJECT:
            return {"type": "json_object"}
        case Rung.PROMPT:
            return None


def canonical(value: Any) -> str:
    """The one way to write a JSON value: keys sorted, no blanks, letters as they are."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def key_of(request: Mapping[str, Any]) -> str:
    """The name under which the reply to a request is filed: sha256 of its canonical form.

    Neither the key nor the address of the server is part of it.
    """
    return hashlib.sha256(canonical(request).encode()).hexdigest()
