"""The files of protocol/: vectors, one JSON object a line, and schemas."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator, Registry

FOLDER = Path(__file__).parents[2] / "protocol"
SCHEMAS: dict[str, Any] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / "schema").glob("*.json"))
}

CONDITIONS = {"if", "then", "else", "not"}
"""Keywords whose schemas say something about an object, not what it is made of."""


def read_vectors(name: str) -> list[dict[str, Any]]:
    """The vectors of one file."""
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def walk(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every object within a schema, with the way to it."""
    if isinstance(schema, dict):
        yield path, schema
        for name, part in schema.items():
            yield from walk(part, (*path, name))
    elif isinstance(schema, list):
        for part in schema:
            yield from walk(part, path)


def close(schema: dict[str, Any]) -> dict[str, Any]:
    """A copy in which objects have no fields but those named."""
    copy: dict[str, Any] = json.loads(json.dumps(schema))
    for path, part in walk(copy):
        if "properties" in part and not CONDITIONS & set(path) and path[-1:] != ("properties",):
            part.setdefault("additionalProperties", False)
    return copy


def validator(name: str, *, closed: bool = False) -> Draft202012Validator:
    """A validator for `event`, or for a part of a file, as `from-server#/$defs/welcome`."""
    file, _, part = name.partition("#")
    schemas = {stem: close(schema) if closed else schema for stem, schema in SCHEMAS.items()}
    registry = Registry([(f"{stem}.json", schema) for stem, schema in schemas.items()])
    return Draft202012Validator({"$ref": f"{file}.json#{part}"}, registry=registry)
