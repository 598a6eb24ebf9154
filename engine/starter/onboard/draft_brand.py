"""A brand.yaml to begin with: questions, and no other shop's words."""

from __future__ import annotations

from segmentry.engine.starter.onboard.guesses import Shop
from segmentry.engine.starter.onboard.yaml_text import scalar


def draft_brand(shop: Shop) -> str:
    """The text of brand.yaml."""
    return f"""\
# yaml-language-server: $schema=.segmentry/schema/brand.schema.json
#
# Every brief is written and checked against this file. A name is enough to begin with; the rest asks.
name: {scalar(shop.name)}
# promise: What do you promise everybody, in a sentence?
# voice: {{adjectives: [which three words describe how you speak?]}}
# never_say: [which words never appear in your copy?]
# claims: [{{text: what do you claim, proof: and what proves it?}}]
# required_lines: {{email: which line does the law want below every mail?}}
# offers: [{{id: a-name, text: what do you offer, ends: 2026-12-31}}]
"""
