"""The part of Go's templates that the command lines are asked for: fields, and, or, not, eq, index, range."""

import re
from collections.abc import Iterator
from typing import Any

from .wire import Refusal

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\(|\)|-?\d+|[.$]?[A-Za-z_][\w.]*|\.[\w.]*)')
PIECE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)


def render(template: str, value: Any) -> str:
    """The text of `template` for `value`; whatever lies outside the part that is known is refused by name."""
    pieces = PIECE.split(template)
    body = iter([(index % 2 == 1, piece) for index, piece in enumerate(pieces)])
    return _block(body, value, nested=False)


def _block(body: Iterator[tuple[bool, str]], value: Any, *, nested: bool) -> str:
    out = ""
    for is_action, piece in body:
        if not is_action:
            out += piece
        elif piece == "end":
            if not nested:
                raise Refusal("template: unexpected {{end}}")
            return out
        elif piece.startswith("range "):
            inner = []
            depth = 1
            for entry in body:
                depth += (entry[0] and entry[1].startswith("range ")) - (entry[0] and entry[1] == "end")
                inner.append(entry)
                if depth == 0:
                    break
            for item in _evaluate(piece.removeprefix("range "), value) or []:
                out += _block(iter(inner), item, nested=True)
        else:
            out += _text(_evaluate(piece, value))
    if nested:
        raise Refusal("template: {{range}} without {{end}}")
    return out


def _text(value: Any) -> str:
    if value is None:
        return "<no value>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _evaluate(expression: str, value: Any) -> Any:
    tokens = TOKEN.findall(expression)
    if "".join(tokens) != re.sub(r'\s+(?=(?:[^"]*"[^"]*")*[^"]*$)', "", expression):
        raise Refusal(f"template: the stand-in does not know {{{{{expression}}}}}")
    result, rest = _call(tokens, value)
    if rest:
        raise Refusal(f"template: unexpected {rest[0]!r} in {{{{{expression}}}}}")
    return result


def _call(tokens: list[str], value: Any) -> tuple[Any, list[str]]:
    head, *rest = tokens or [""]
    if head in ("and", "or", "not", "eq", "index"):
        arguments = []
        while rest and rest[0] != ")":
            argument, rest = _operand(rest, value)
            arguments.append(argument)
        return _apply(head, arguments), rest
    return _operand(tokens, value)


def _operand(tokens: list[str], value: Any) -> tuple[Any, list[str]]:
    head, *rest = tokens or [""]
    if head == "(":
        result, rest = _call(rest, value)
        if not rest or rest[0] != ")":
            raise Refusal("template: missing )")
        rest = rest[1:]
        if rest and rest[0].startswith(".") and len(rest[0]) > 1:
            return _field(result, rest[0]), rest[1:]
        return result, rest
    if head.startswith('"'):
        return head[1:-1], rest
    if re.fullmatch(r"-?\d+", head):
        return int(head), rest
    if head.startswith("."):
        return _field(value, head), rest
    raise Refusal(f"template: function {head!r} is not known to the stand-in")


def _field(value: Any, path: str) -> Any:
    for name in filter(None, path.split(".")):
        if not isinstance(value, dict):
            raise Refusal(f"template: there is no field {name!r} here")
        value = value.get(name)
    return value


def _apply(name: str, arguments: list[Any]) -> Any:
    if name == "not":
        return not arguments[0]
    if name == "eq":
        return arguments[0] in arguments[1:]
    if name == "index":
        try:
            return arguments[0][arguments[1]]
        except (LookupError, TypeError) as error:
            raise Refusal(f"template: index out of range: {arguments[1:]}") from error
    return next((one for one in arguments if bool(one) == (name == "or")), arguments[-1])
