"""Briefs with a language model: every figure grounded, every text checked, every reply kept.

Nothing here imports the package `openai` before a request is made.
"""

from segmentry.personas.llm.budget import Spent
from segmentry.personas.llm.cache import Cache, verify_cache
from segmentry.personas.llm.caller import Patience
from segmentry.personas.llm.journal import ModelCall
from segmentry.personas.llm.settings import CACHE_MODES, CacheMode, LlmSettings, Prices, parse_settings
from segmentry.personas.llm.write import (
    LlmResult,
    job_of,
    prompt_requests,
    prune_cache,
    write_llm_briefs,
)
from segmentry.personas.llm.writing import Fallback, Job

__all__ = [
    "CACHE_MODES",
    "Cache",
    "CacheMode",
    "Fallback",
    "Job",
    "LlmResult",
    "LlmSettings",
    "ModelCall",
    "Patience",
    "Prices",
    "Spent",
    "job_of",
    "parse_settings",
    "prompt_requests",
    "prune_cache",
    "verify_cache",
    "write_llm_briefs",
]
