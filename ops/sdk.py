"""What the SDK of a provider declares about a type of resource."""

import importlib
from functools import cache
from typing import Any

import pulumi

TEXTS = (pulumi.Output[str], "pulumi.Output[str]", "pulumi.Output[_builtins.str]")


@cache
def declared_outputs(type_: str) -> dict[str, bool]:
    """The outputs of a type, each with whether it is always a text; none for components and providers."""
    package, module, name = type_.split(":")
    folder = module.partition("/")[0]
    try:
        found = importlib.import_module(f"pulumi_{package}" + ("" if folder == "index" else f".{folder}"))
    except ImportError:
        return {}
    declared = vars(getattr(found, name, object)).values()
    getters: list[Any] = [each.fget for each in declared if isinstance(each, property)]
    return {each._pulumi_name: each.__annotations__.get("return") in TEXTS for each in getters}
