"""What the installed SDK says a resource or a function takes.

Asked only when a name is about to be refused (the SDK is slow to load), and by the tests that hold the stand-ins'
tables against it.
"""

import importlib
import inspect
import typing


def arguments(package: str, token: str) -> dict[str, bool]:
    """The arguments of a type or a function, by their names on the wire, and whether each is required.

    Empty where the SDK does not know the token.
    """
    _, path, noun = token.split(":")
    module = path.split("/")[0]
    name = package if module == "index" else f"{package}.{module}"
    if path.startswith("pulumi/providers"):
        return _of_class(package, "ProviderArgs")
    if noun[0].islower():
        return _of_function(name, _snake(noun))
    return _of_class(name, f"{noun}Args")


def parts(package: str, module: str, name: str) -> dict[str, bool]:
    """The same for a nested block, such as `InstanceRootBlockDeviceArgs` of `ec2`."""
    return _of_class(f"{package}.{module}", name)


def _of_class(module: str, name: str) -> dict[str, bool]:
    found = _lookup(module, name)
    if found is None:
        return {}
    by_attribute = {
        attribute: getattr(member.fget, "_pulumi_name", attribute)
        for attribute, member in inspect.getmembers(found)
        if isinstance(member, property)
    }
    signature = inspect.signature(found).parameters
    return {
        wire: signature[attribute].default is inspect.Parameter.empty
        for attribute, wire in by_attribute.items()
        if attribute in signature
    }


def _of_function(module: str, name: str) -> dict[str, bool]:
    found = _lookup(module, name)
    if found is None:
        return {}
    parameters = inspect.signature(found).parameters.values()
    return {
        _camel(parameter.name): type(None) not in typing.get_args(parameter.annotation)
        for parameter in parameters
        if parameter.name != "opts"
    }


def _lookup(module: str, name: str) -> "type | None":
    try:
        return getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
