"""The rules of a git revision, written into a folder of their own. Nothing in the repository is touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from segmentry.engine.diagnostics.errors import RuleError, UsageError
from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Span
from segmentry.engine.workspace import WORKSPACE_FILE


def commit_of(root: Path, name: str) -> str:
    """The commit that a revision names. Raises UsageError where there is none, or no repository."""
    inside = _git(root, "rev-parse", "--is-inside-work-tree")
    if inside.returncode:
        raise UsageError(
            f"`{name}` is no folder with a {WORKSPACE_FILE}, and {_why_no_repository(inside.stderr)}"
        )
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if found.returncode:
        raise UsageError(
            f"`{name}` is neither a revision of this repository nor a folder with a {WORKSPACE_FILE}; "
            "a branch that only the server has is fetched by: git fetch origin"
        )
    return found.stdout.decode().strip()


def _why_no_repository(stderr: bytes) -> str:
    output = stderr.decode(errors="replace").strip()
    if "not a git repository" in output:
        return "the workspace is in no git repository, so there are no revisions; name a folder"
    return f"git says: {output.splitlines()[0] if output else 'nothing'}"


def check_out(root: Path, name: str, commit: str, target: Path) -> None:
    """Write the YAML files that the workspace in ``root`` has in a commit into a new folder.

    Raises RuleError where the commit has no workspace there.
    """
    prefix = _git(root, "rev-parse", "--show-prefix").stdout.decode(errors="surrogateescape").rstrip("\n")
    listed = _git(root, "ls-tree", "-r", "-z", "--full-tree", commit, "--", prefix or ".")
    files = dict(_rule_files(listed.stdout.decode(errors="surrogateescape"), prefix))
    target.mkdir(parents=True)
    for path, content in zip(files, _contents(root, list(files.values())), strict=True):
        file = target / path
        if target.resolve() in file.resolve().parents:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    if WORKSPACE_FILE not in files:
        message = f"the revision `{name}` has no {WORKSPACE_FILE} in this folder"
        hint = "compare with a later revision, in which the workspace is there"
        raise RuleError(
            [diagnostic("schema", message, f"{name}:{WORKSPACE_FILE}", Span(1, 1, 1, 1), hint=hint)]
        )


def _rule_files(listed: str, prefix: str) -> Iterator[tuple[str, str]]:
    """The names, relative to the workspace, and the objects of the plain files that may be rules or tests.

    Tables of test cases lie beside a test file or below it; other CSV files may be data, and large.
    """
    found: dict[str, str] = {}
    for entry in filter(None, listed.split("\0")):
        about, _, path = entry.partition("\t")
        mode, kind, identity = about.split(" ")
        if kind == "blob" and mode != "120000":
            found[path[len(prefix) :]] = identity
    tested = tuple(
        f"{Path(name).parent.as_posix()}/" for name in found if name.endswith((".test.yaml", ".test.yml"))
    )
    for name, identity in found.items():
        if name.endswith((".yaml", ".yml")) or (name.endswith(".csv") and name.startswith(tested)):
            yield name, identity


def _contents(root: Path, objects: list[str]) -> Iterator[bytes]:
    """The contents of git objects, in one call."""
    output = _git(root, "cat-file", "--batch", given="".join(f"{one}\n" for one in objects).encode()).stdout
    at = 0
    for _ in objects:
        end = output.index(b"\n", at)
        size = int(output[at:end].split()[-1])
        yield output[end + 1 : end + 1 + size]
        at = end + size + 2


def _git(root: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, input=given, capture_output=True, check=False, env=environment)
    except FileNotFoundError:
        raise UsageError("git is not installed, so only folders can be compared") from None
