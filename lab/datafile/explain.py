"""pydantic's errors, told to people who write data files: where, what, and how to mend it."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml.nodes import ScalarNode

from lab.datafile.tree import Tree
from lab.errors import Problem

_KINDS = {
    "string_type": "want_text",
    "int_type": "want_whole",
    "int_parsing": "want_whole",
    "int_from_float": "want_whole",
    "float_type": "want_number",
    "float_parsing": "want_number",
    "bool_type": "want_bool",
    "bool_parsing": "want_bool",
    "list_type": "want_list",
    "tuple_type": "want_list",
    "dict_type": "want_mapping",
    "mapping_type": "want_mapping",
    "model_type": "want_mapping",
    "model_attributes_type": "want_mapping",
    "enum": "want_one_of",
    "literal_error": "want_one_of",
    "date_from_datetime_parsing": "want_date",
    "date_type": "want_date",
    "date_parsing": "want_date",
    "string_too_short": "empty",
    "too_short": "too_few",
    "too_long": "too_many",
    "string_too_long": "too_long",
    "string_pattern_mismatch": "pattern",
    "greater_than": "range",
    "greater_than_equal": "range",
    "less_than": "range",
    "less_than_equal": "range",
}
"""pydantic's type of error -> the sentence that people read."""

_LIMITS = ("gt", "ge", "lt", "le", "min_length", "max_length")


def telling(error: ValidationError, shape: type[BaseModel]) -> Iterator[ErrorDetails]:
    """The errors without those that only follow from another one."""
    errors = error.errors(include_url=False)
    meant = {
        (*each["loc"][:-1], _close(shape, each["loc"])): None
        for each in errors
        if each["type"] == "extra_forbidden"
    }
    for each in errors:
        depth = len(each["loc"])
        inner = (other["loc"] for other in errors if len(other["loc"]) > depth)
        below = any(loc[:depth] == each["loc"] for loc in inner)
        mistyped = each["type"] == "missing" and each["loc"] in meant
        if not mistyped and not (below and each["type"] == "too_short"):
            yield each


def _close(shape: type[BaseModel], loc: Sequence[str | int]) -> str:
    """The known key that a mistyped one is close to, or an empty word."""
    found = difflib.get_close_matches(str(loc[-1]), sorted(_fields(shape, loc[:-1])), 1, 0.6)
    return found[0] if found else ""


def explain(error: ErrorDetails, tree: Tree, shape: type[BaseModel]) -> Problem:
    """One error of pydantic as a problem of the file."""
    loc, kind, context = error["loc"], error["type"], error.get("ctx", {})
    last = str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        close = _close(shape, loc)
        known = ", ".join(sorted(_fields(shape, loc[:-1])))
        place = tree.keys.get(loc) or tree.place(loc)[1]
        named = "unknown_key_close" if close else "unknown_key"
        if " " in last and not close:
            named = "key_is_sentence"
        return tree.source.at(named, place, entry=last, close=close, known=known)
    path, node = tree.place(loc)
    if kind == "union_tag_invalid":
        entry = str(context["discriminator"]).strip("'")
        node = tree.place((*loc, entry))[1]
        choices = str(context["expected_tags"]).replace("'", "")
        return tree.source.at("want_one_of", node, given=context["tag"], choices=choices)
    if kind == "union_tag_not_found":
        entry = str(context["discriminator"]).strip("'")
        return tree.source.at("missing", tree.place(loc)[1], entry=entry)
    if kind == "missing":
        return tree.source.at("missing", tree.keys.get(path, node), entry=last)
    own = next((str(step) for step in reversed(path) if isinstance(step, str)), last)
    if kind in {"value_error", "assertion_error"}:
        return tree.source.at("value", node, said=str(context.get("error", "")))
    key = _KINDS.get(kind, "wrong")
    if isinstance(node, ScalarNode) and key == "want_text" and not node.style and node.value:
        key = "want_quotes"
    limit = next((context[name] for name in _LIMITS if name in context), "")
    given = node.value if isinstance(node, ScalarNode) else ""
    choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    choices = re.sub(r"<[\w.]+: (\w+)>", r"\1", choices)
    pattern = str(context.get("pattern", ""))
    return tree.source.at(
        key, node, entry=own, given=given, limit=limit, choices=choices, pattern=pattern
    )


def _fields(shape: type[BaseModel], loc: Sequence[str | int]) -> set[str]:
    """The keys that may stand in the mapping at ``loc``."""
    models: set[type[BaseModel]] = {shape}
    for step in loc:
        if not isinstance(step, str):
            continue
        below = {model for model in models if _tagged(model, step)}
        for model in models:
            for name, info in model.model_fields.items():
                if step in {name, info.alias}:
                    below.update(_models(info.annotation))
        models = below or models
    return {info.alias or name for model in models for name, info in model.model_fields.items()}


def _tagged(model: type[BaseModel], tag: str) -> bool:
    """Whether this is the model of a union that ``tag`` chooses."""
    return any(
        typing.get_origin(info.annotation) is typing.Literal
        and tag in typing.get_args(info.annotation)
        for info in model.model_fields.values()
    )


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation such as ``tuple[Rule, ...] | None`` speaks of."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for part in typing.get_args(annotation):
        yield from _models(part)
