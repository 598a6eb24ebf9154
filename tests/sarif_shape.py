"""What SARIF 2.1.0 (OASIS Standard, 27 March 2020) says of the parts that the report uses, closed to others.

Section numbers are those of the standard. Types, required properties, enumerations and least values are as
there; a property that the standard has and the report does not use is not in it.
"""

from __future__ import annotations

from typing import Any


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _list(items: Any, *, unique: bool = False) -> dict[str, Any]:
    return {"type": "array", "items": items, "uniqueItems": unique}


TEXT = {"type": "string"}
ONE_OR_MORE = {"type": "integer", "minimum": 1}
INDEX = {"type": "integer", "minimum": -1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}

MESSAGE = _object(["text"], text=TEXT)  # 3.11: text or id
REPORTED = _object(["text"], text=TEXT, markdown=TEXT)  # 3.12 multiformatMessageString
REGION = _object(  # 3.30
    ["startLine"],
    startLine=ONE_OR_MORE,
    startColumn=ONE_OR_MORE,
    endLine=ONE_OR_MORE,
    endColumn=ONE_OR_MORE,
)
ADDRESS = {"type": "string", "format": "uri", "pattern": "^https://[!-~]+$"}
ARTIFACT = _object(["uri"], uri={"type": "string", "format": "uri-reference", "pattern": "^[!-~]+$"})  # 3.4
PHYSICAL = _object(["artifactLocation"], artifactLocation=ARTIFACT, region=REGION)  # 3.29
LOCATION = _object([], id=INDEX, message=MESSAGE, physicalLocation=PHYSICAL)  # 3.28
REPLACEMENT = _object(["deletedRegion"], deletedRegion=REGION, insertedContent=_object([], text=TEXT))  # 3.57
CHANGE = _object(  # 3.56
    ["artifactLocation", "replacements"],
    artifactLocation=ARTIFACT,
    replacements={**_list(REPLACEMENT), "minItems": 1},
)
FIX = _object(  # 3.55
    ["artifactChanges"],
    description=MESSAGE,
    artifactChanges={**_list(CHANGE, unique=True), "minItems": 1},
)
RESULT = _object(  # 3.27
    ["message"],
    ruleId=TEXT,
    ruleIndex=INDEX,
    level=LEVEL,
    message=MESSAGE,
    locations=_list(LOCATION),
    relatedLocations=_list(LOCATION, unique=True),
    fixes=_list(FIX, unique=True),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
)
RULE = _object(  # 3.49 reportingDescriptor
    ["id"],
    id=TEXT,
    shortDescription=REPORTED,
    fullDescription=REPORTED,
    help=REPORTED,
    helpUri=ADDRESS,  # 3.49.12: absolute
    defaultConfiguration=_object([], level=LEVEL),  # 3.50
    properties=_object([], tags=_list(TEXT, unique=True)),  # 3.8
)
DRIVER = _object(  # 3.19
    ["name"],
    name=TEXT,
    semanticVersion=TEXT,
    informationUri=ADDRESS,  # 3.19.17: absolute
    rules=_list(RULE, unique=True),
)
RUN = _object(  # 3.14
    ["tool"],
    tool=_object(["driver"], driver=DRIVER),  # 3.18
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=_list(RESULT),
)
SARIF: dict[str, Any] = _object(  # 3.13
    ["version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}, "version": {"const": "2.1.0"}, "runs": _list(RUN)},
)
"""A JSON Schema of the log file."""
