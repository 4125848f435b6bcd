"""What the installed SDK says a resource or a function takes.

Asked when a name is about to be refused, and by the tests that hold the stand-ins' tables against it. The SDK's text
is read, not imported: importing it takes seconds.
"""

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path


def arguments(package: str, token: str) -> dict[str, bool]:
    """The arguments of a type or a function, by their names on the wire, and whether each is required.

    Empty where the SDK does not know the token.
    """
    _, path, noun = token.split(":")
    if path.startswith("pulumi/providers"):
        return _of_class(_file(package, "", "provider"), "ProviderArgs")
    module = path.split("/")[0].replace("index", "")
    file = _file(package, module, _snake(noun))
    if noun[0].islower():
        return _of_function(file, _snake(noun))
    # The second name is for what shares the first with a block of another resource.
    return _of_class(file, f"{noun}Args") or _of_class(file, f"{noun}InitArgs")


def parts(package: str, module: str, name: str) -> dict[str, bool]:
    """The same for a nested block, such as `InstanceRootBlockDeviceArgs` of `ec2`."""
    return _of_class(_file(package, module, "_inputs"), name)


def _file(package: str, module: str, name: str) -> Path:
    found = importlib.util.find_spec(package)
    places = found.submodule_search_locations if found else None
    return Path(places[0] if places else package) / module / f"{name}.py"


@cache
def _text(file: Path) -> str:
    return file.read_text() if file.is_file() else ""


@cache
def _of_class(file: Path, name: str) -> dict[str, bool]:
    found = re.search(rf"^class {name}:\n(?:(?:[ \t].*)?\n)+", _text(file), re.MULTILINE)
    if found is None:
        return {}
    methods = [node for node in ast.walk(ast.parse(found.group())) if isinstance(node, ast.FunctionDef)]
    constructor = next(method for method in methods if method.name == "__init__")
    wire = dict(found_name for method in methods if (found_name := _wire_name(method)))
    given = zip(constructor.args.kwonlyargs, constructor.args.kw_defaults, strict=True)
    return {wire.get(argument.arg, argument.arg): default is None for argument, default in given}


def _wire_name(method: ast.FunctionDef) -> tuple[str, str] | None:
    """A property's name in Python and on the wire: `@pulumi.getter(name="cidrBlock")`."""
    for mark in method.decorator_list:
        if isinstance(mark, ast.Call):
            for keyword in mark.keywords:
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                    return method.name, str(keyword.value.value)
    return None


@cache
def _of_function(file: Path, name: str) -> dict[str, bool]:
    text = _text(file)
    found = re.search(rf"^def {name}\([^)]*\).*:\n", text, re.MULTILINE)
    if found is None:
        return {}
    tree = ast.walk(ast.parse(f"{found.group()}    pass\n"))
    function = next(node for node in tree if isinstance(node, ast.FunctionDef))
    wire = {python: sent for sent, python in re.findall(r"__args__\['(\w+)'\] = (\w+)", text)}
    return {
        wire[argument.arg]: not ast.unparse(argument.annotation or ast.Constant("")).startswith("Optional")
        for argument in function.args.args
        if argument.arg in wire
    }


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
