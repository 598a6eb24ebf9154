"""One segment's talk with the model: down the ladder until the form is right, then at most two repairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from segmentry.personas.checks import BriefFinding
from segmentry.personas.facts.population import Population
from segmentry.personas.llm.budget import Usage
from segmentry.personas.llm.caller import Asked, Caller
from segmentry.personas.llm.draft import Brief, Draft, brief_of, cleaned
from segmentry.personas.llm.failure import CallFailed, Failure, FormatRefused
from segmentry.personas.llm.grounding import check_draft
from segmentry.personas.llm.ladder import Ladder
from segmentry.personas.llm.material import Material
from segmentry.personas.llm.reply import Reply, failure_of
from segmentry.personas.llm.request import Message, Prompt, Rung, build_request, canonical, key_of
from segmentry.personas.llm.run_schema import shape_breaks
from segmentry.personas.llm.settings import LlmSettings

REPAIRS = 2
"""Times that a model is told what is wrong with its answer."""

_REPORTED = 20
"""Findings that a repair names at once."""


@dataclass(frozen=True, slots=True)
class WrittenCopy:
    """A brief that passed every check, with what is left to say of it (warnings)."""

    brief: Brief
    findings: tuple[BriefFinding, ...]


@dataclass(slots=True)
class Talk:
    """What came of it: a brief, or why there is none; replies counted, what repairs were asked for."""

    written: WrittenCopy | None = None
    failure: Failure | None = None
    findings: tuple[BriefFinding, ...] = ()
    missing: str | None = None
    replies: int = 0
    model: str | None = None
    usage: list[Usage] = field(default_factory=list[Usage])
    repaired: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer: as it is repeated to the model, read as a draft, and where it lacks the shape of one."""

    rung: Rung
    reply_text: str
    draft: Draft | None
    breaks: list[str]


class Conversation:
    """Asks for one segment's brief. Every way it can end is in the `Talk`; nothing is raised."""

    def __init__(
        self,
        material: Material,
        prompt: Prompt,
        population: Population,
        settings: LlmSettings,
        caller: Caller,
        ladder: Ladder,
    ) -> None:
        self.material = material
        self.prompt = prompt
        self.population = population
        self.settings = settings
        self.caller = caller
        self.ladder = ladder
        self.talk = Talk()
        self.turns: list[Message] = []
        self.turn = 0
        self.from_server = False

    async def hold(self) -> Talk:
        """Talk until there is a brief or a reason why not."""
        try:
            await self._hold()
        except CallFailed as error:
            self.talk.failure = error.failure
        return self.talk

    async def _hold(self) -> None:
        heard = await self._first()
        while not self._finished(heard):
            self._repair(heard)
            heard = self._heard(*await self._next(heard.rung))

    async def _first(self) -> Heard:
        """The first answer. Until somebody has found the rung out, one segment goes ahead of all others."""
        if self.ladder.settled or self.caller.send is None:
            return await self._descend()
        async with self.ladder.probing:
            if not self.ladder.settled:
                return await self._descend()
        return await self._descend()

    async def _descend(self) -> Heard:
        """Go down until an answer has the shape of a brief, or to the bottom."""
        rung: Rung | None = None
        while True:
            heard = self._heard(*await self._next(rung))
            if self.from_server and not heard.breaks:
                self.ladder.works(heard.rung)
            if not heard.breaks or heard.rung.below is None:
                return heard
            if self.from_server and not self.ladder.settled:
                # It ignores the form; one that kept to it before has only slipped once.
                self.ladder.refused(heard.rung)
            rung = heard.rung.below

    def _heard(self, rung: Rung, reply: Reply) -> Heard:
        """What a reply says. Raises CallFailed where it is of no use."""
        self.talk.replies += 1
        self.talk.model = reply.model or self.talk.model
        self.talk.usage += [reply.usage] if reply.usage is not None else []
        useless = failure_of(reply)
        if useless is not None:
            raise CallFailed(useless)
        if isinstance(reply.content, str):
            return Heard(rung, reply.content, None, ["the whole answer: this is no JSON object"])
        draft: Draft = cleaned(reply.content)
        return Heard(rung, canonical(reply.content), draft, shape_breaks(draft))

    def _finished(self, heard: Heard) -> bool:
        """Whether there is a brief. Raises CallFailed where there is none and no repair is left."""
        if heard.draft is None or heard.breaks:
            self.talk.findings = ()
            if self.turn >= REPAIRS:
                raise CallFailed(_shapeless(heard))
            return False
        brief = brief_of(heard.draft, self.material, self.population)
        self.talk.findings = tuple(check_draft(heard.draft, brief, self.material, self.population))
        errors = [finding for finding in self.talk.findings if finding.severity == "error"]
        if not errors:
            self.talk.written = WrittenCopy(brief, self.talk.findings)
            return True
        if self.turn >= REPAIRS:
            raise CallFailed(_unchecked(errors))
        return False

    def _repair(self, heard: Heard) -> None:
        """Add the answer and what is wrong with it to what is said next."""
        self.turn += 1
        errors = [finding for finding in self.talk.findings if finding.severity == "error"]
        self.talk.repaired += [(self.turn, finding.code, finding.path) for finding in errors]
        reported = heard.breaks or [f"{item.path}: {item.message}; {item.fix}" for item in errors]
        lines = "\n".join(f"- {line}" for line in reported[:_REPORTED])
        ask = f"This can't be used yet:\n{lines}\nAnswer again with the whole JSON object, mended."
        self.turns += [{"role": "assistant", "content": heard.reply_text}, {"role": "user", "content": ask}]

    async def _next(self, rung: Rung | None) -> tuple[Rung, Reply]:
        """The next reply and its rung. The first is looked for on every rung before a server is asked."""
        rungs = list(Rung) if rung is None else _from(rung) if self.turn == 0 else [rung]
        for candidate in rungs:
            reply = self.caller.recorded(self._asked(candidate), self._request(candidate))
            if reply is not None:
                self.from_server = False
                return candidate, reply
        if self.caller.send is None:
            self.talk.missing = key_of(self._request(rungs[0]))
            raise CallFailed(_not_recorded(self.talk.missing))
        self.from_server = True
        return await self._ask_down(rung or self.ladder.start)

    async def _ask_down(self, rung: Rung) -> tuple[Rung, Reply]:
        """Ask the server, a rung lower each time it does not take the form."""
        passed: list[Rung] = []
        while True:
            request = self._request(rung)
            try:
                reply = await self.caller.ask(self._asked(rung), request)
            except FormatRefused as error:
                if rung.below is None or self.turn > 0:
                    raise CallFailed(error.failure) from None
                passed.append(rung)
                rung = rung.below
                continue
            for refused in passed:
                self.ladder.refused(refused)
            if self.turn == 0:
                self.caller.cache.forget(key_of(self._request(other)) for other in Rung if other is not rung)
            return rung, reply

    def _asked(self, rung: Rung) -> Asked:
        return Asked(self.material.segment.id, rung, self.turn)

    def _request(self, rung: Rung) -> dict[str, object]:
        return build_request(self.settings, self.prompt, rung, self.turns)


def _from(rung: Rung) -> list[Rung]:
    order = list(Rung)
    return order[order.index(rung) :]


def _shapeless(heard: Heard) -> Failure:
    if heard.draft is None:
        return Failure("no-json", "the model's answer is no JSON", "choose a model that can write JSON")
    return Failure(
        "schema", f"the model's answer does not have the shape of a brief ({heard.breaks[0]})",
        "choose a model or a server that keeps to a JSON Schema",
    )  # fmt: skip


def _unchecked(errors: Sequence[BriefFinding]) -> Failure:
    places = ", ".join(f"{item.code} at {item.path}" for item in errors[:3])
    more = f" and {len(errors) - 3} more" if len(errors) > 3 else ""
    return Failure(
        "checks", f"after {REPAIRS} repairs the model's text still fails its checks: {places}{more}",
        "read what it tried in the recorded reply; ask again with `--cache live`, or another model",
    )  # fmt: skip


def _not_recorded(key: str) -> Failure:
    return Failure("not-recorded", f"no reply is recorded under {key}", "record it: `--cache record`")
