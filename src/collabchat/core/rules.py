"""What may be said of a tenant, checked once for the command line and the API: its id, its name, its rules."""

from collections.abc import Mapping
from typing import Any, get_type_hints

import msgspec

from collabchat.core.model import ID_PATTERN, RESERVED_TENANT_IDS, Rules, is_presentable
from collabchat.errors import InvalidInput

NAME_MAX = 200
ID_EXPECTED = "must be 1-64 letters, digits or . _ ~ -, and not only dots."
ID_RESERVED = "is reserved: the ids of others than members begin so."
NAME_EXPECTED = f"must be 1-{NAME_MAX} characters that show something, in one line."

WIRE_NAMES = dict(zip(Rules.__struct_fields__, Rules.__struct_encode_fields__, strict=True))
"""How each rule is called in JSON."""

TYPES: dict[str, Any] = get_type_hints(Rules, include_extras=True)
"""What each rule may be."""

_FIELDS = {wire: field for field, wire in WIRE_NAMES.items()}


def is_tenant_id(text: str) -> bool:
    """Whether this can be a tenant's id."""
    return ID_PATTERN.fullmatch(text) is not None and set(text) != {"."}


def check_new_tenant_id(text: str) -> str:
    """The id of a tenant that is to be made; raises InvalidInput."""
    if not is_tenant_id(text):
        raise InvalidInput("id", ID_EXPECTED)
    if text in RESERVED_TENANT_IDS:
        raise InvalidInput("id", ID_RESERVED)
    return text


def check_name(text: str) -> str:
    """What people call a tenant, or somebody who runs it; raises InvalidInput."""
    name = text.strip()
    if not is_presentable(name) or len(name) > NAME_MAX or not is_unicode(name):
        raise InvalidInput("name", NAME_EXPECTED)
    return name


def is_unicode(text: str) -> bool:
    """Whether text can be stored: it has no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_rules(given: Mapping[str, object]) -> dict[str, Any]:
    """Rules by their names in JSON, as changes of `Rules`; raises InvalidInput, naming the rule."""
    return {_field(name): _check(name, value) for name, value in given.items()}


def tidy_words(words: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Words and phrases without what is empty or stands there twice."""
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def describe_rules(rules: Rules) -> dict[str, Any]:
    """All rules by their names in JSON, also those that are as usual."""
    return {WIRE_NAMES[name]: value for name, value in msgspec.structs.asdict(rules).items()}


def _field(name: str) -> str:
    if name not in _FIELDS:
        raise InvalidInput(f"rules.{ascii(name[:100])[1:-1]}", f"is no rule; these are: {', '.join(_FIELDS)}.")
    return _FIELDS[name]


def _check(name: str, value: object) -> object:
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        value = tidy_words(value)
        if not all(map(is_unicode, value)):
            raise InvalidInput(f"rules.{name}", "must be valid Unicode, without lone surrogates.")
    try:
        return msgspec.convert(value, TYPES[_field(name)])
    except msgspec.ValidationError as error:
        problem = str(error).partition(" - at ")[0].encode(errors="replace").decode()
        raise InvalidInput(f"rules.{name}", f"{problem}.") from error
