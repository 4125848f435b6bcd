"""From the engine's configuration to settings: reads the keys, refuses what it does not know, words what is wrong."""

import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from infra import provider, rules, stackfile
from infra.errors import SettingsError
from infra.settings import Settings

PROJECT = "wickr"
NAMESPACES = frozenset({PROJECT, "aws", "pulumi", "command", "tls"})
"""Before the colon of a key: those of the program, of its providers, and of the engine."""

TEXTS = frozenset({"hostname", "egress", "kmsKeyId", "license"})
"""Keys whose value is a text; all others are JSON in the engine's configuration."""

SECRETS = {
    "license": (),
    "certificate": ("privateKeyPem",),
    "installer": ("proxyCredentials",),
    "bastion": ("privateKey",),
}
"""Keys that must be encrypted in the stack file, and below which part (none: the whole value)."""

LIKE_A_SECRET = re.compile(r"(?i)(.*_)?(password|passphrase|passwd|secret|private_key|api_key|token)")
"""How names of settings end that are secrets, in whatever case."""

MAY_HOLD_SECRETS = frozenset({"settings"})
"""Keys below which anything may be a secret: no message repeats it."""

RULES = {
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a text",
    "string_too_short": "must have at least {min_length} character",
    "string_too_long": "must have at most {max_length} characters",
    "tuple_type": "must be a list",
    "dict_type": "must be a group of keys",
    "model_type": "must be a group of keys",
}
"""What pydantic found, in the words of somebody who writes a stack file."""


def read() -> Settings:
    """The settings of the stack that is being deployed. Raises SettingsError with everything that is wrong."""
    return judge(stackfile.values(), stackfile.secrets())


def judge(values: Mapping[str, str], secrets: Collection[str]) -> Settings:
    """Settings from all keys of a stack, the provider's included. Raises SettingsError with all that is wrong."""
    _, problems = provider.arguments(values)
    try:
        settings = parse(values, secrets)
    except SettingsError as error:
        raise SettingsError([*error.problems, *problems]) from None
    if problems:
        raise SettingsError(problems)
    return settings


def parse(values: Mapping[str, str], secrets: Collection[str]) -> Settings:
    """Settings from keys like `wickr:hostname` and their texts; `secrets` are the keys that are encrypted.

    Keys of other namespaces are not ours to judge. Raises SettingsError.
    """
    known = _keys(Settings)
    document: dict[str, Any] = {}
    problems: list[str] = []
    for name, text in values.items():
        namespace, _, key = name.partition(":")
        if namespace != PROJECT:
            problems += _namespace(namespace, key)
            continue
        if key not in known:
            problems.append(f"{name}: there is no such key{_nearest(key, known)}")
        else:
            try:
                document[key] = text if key in TEXTS else json.loads(text)
            except (ValueError, RecursionError):  # no JSON, a number without end, or nested without end
                problems.append(f"{name}: its value is no {_kind(known[key])}; see the example stack for its form")
    problems += _plain_secrets(document, secrets)
    try:
        settings = Settings.model_validate(document)
    except ValidationError as error:
        malformed = {name.split(":")[1].split(".")[0] for name in problems}
        problems += _sentences(error, malformed=malformed)
        wrong = {str(each["loc"][0]) for each in error.errors()} | malformed
        problems += map(_own, rules.broken_so_far(_right(document, wrong)))
        raise SettingsError(problems) from None
    problems += map(_own, rules.broken(settings))
    if problems:
        raise SettingsError(problems)
    return settings


def _namespace(namespace: str, key: str) -> Iterable[str]:
    """A namespace that is nobody's, and nearly one of ours: what is below it would be without effect."""
    if namespace in NAMESPACES:
        return
    for meant in difflib.get_close_matches(namespace, (PROJECT, "aws"), n=1, cutoff=0.65):
        yield f"{namespace}:{key}: there is no namespace {namespace}; did you mean {meant}:{key}?"


def _own(sentence: str) -> str:
    """A sentence that begins with a key, with the project's name before it."""
    return f"{PROJECT}:{sentence}"


def _right(document: Mapping[str, Any], wrong: Collection[str]) -> dict[str, Any]:
    """The fields whose keys are right by themselves, defaults included."""
    found: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        key = field.alias or name
        if key not in wrong:
            found[name] = _alone(name).validate_python(document[key]) if key in document else field.default
    return found


@cache
def _alone(name: str) -> TypeAdapter[Any]:
    """What checks one key and no other."""
    field = Settings.model_fields[name]
    kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    return TypeAdapter(kind)


def _plain_secrets(document: Mapping[str, Any], secrets: Collection[str]) -> Iterable[str]:
    for key, path in SECRETS.items():
        value = document.get(key)
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None and f"{PROJECT}:{key}" not in secrets:
            name = ".".join((key, *path))
            option = " --path" if path else ""
            yield (
                f"{PROJECT}:{name}: stands in the stack file unencrypted; "
                f"set it with: pulumi config set --secret{option} {name}"
            )
    settings = document.get("settings")
    if isinstance(settings, dict) and f"{PROJECT}:settings" not in secrets:
        for key, value in settings.items():
            # A switch or a number says what secrets must be like, and is none.
            if LIKE_A_SECRET.fullmatch(str(key)) and isinstance(value, str) and not value.isdigit():
                yield (
                    f"{PROJECT}:settings.{key}: is a secret by its name and stands in the stack file unencrypted; "
                    f"set it with: pulumi config set --secret --path settings.{key}"
                )


def _sentences(error: ValidationError, *, malformed: Collection[str]) -> Iterable[str]:
    """All findings, but not those that only follow from another: a key already named, a list with a bad entry."""
    findings = error.errors()
    places = [each["loc"] for each in findings]
    for each in findings:
        inside = any(place[: len(each["loc"])] == each["loc"] and place != each["loc"] for place in places)
        if not (inside and each["type"] == "too_short") and not (each["loc"] and each["loc"][0] in malformed):
            yield _sentence(each)


def _sentence(error: ErrorDetails) -> str:
    """One of pydantic's findings as a sentence: the key as it is written in the stack file, then what to do."""
    # Where a name is wrong instead of its value, the sentence has it; its place is the group.
    place = error["loc"][:-2] if error["loc"][-1:] == ("[key]",) else error["loc"]
    where = f"{PROJECT}:" + "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in place
    ).removeprefix(".")
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            *above, key = error["loc"]
            return f"{where}: there is no such key{_nearest(str(key), _keys_at(above))}"
        case "missing":
            return f"{where}: is missing{_purpose(error['loc'])}"
        case "value_error":
            return f"{where}: {context['error']}"
        case "too_short":
            return f"{where}: is empty; name at least one"
        case kind if kind in RULES:
            return f"{where}: {RULES[kind].format(**context)}{_given(error)}"
        case _:
            return f"{where}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _given(error: ErrorDetails) -> str:
    """What stands there instead, where that is one value and cannot hold a secret."""
    location = error["loc"]
    secret = location[0] in MAY_HOLD_SECRETS or any(
        (key, *path)[: len(location)] == location for key, path in SECRETS.items()
    )
    match error["input"]:
        case str() as text if not secret:
            return f", not {text!r}"
        case int() | float() as number if not secret:
            return f", not {json.dumps(number)}"
    return ""


def _purpose(location: tuple[int | str, ...]) -> str:
    purposes: dict[tuple[int | str, ...], str] = {
        ("hostname",): "; set the name that clients use: pulumi config set hostname wickr.example.com",
        ("adminCidrs",): "; name the networks that may use SSH and the installer, there is no default:"
        " pulumi config set --path 'adminCidrs[0]' 203.0.113.0/24",
        ("license",): '; set it with: pulumi config set --secret license "$(base64 -w0 FILE.rli)"',
        ("messaging",): "; set at least the machine image: pulumi config set --path messaging.imageId ami-…",
        (
            "messaging",
            "imageId",
        ): "; name the machine image, for example Canonical's Ubuntu 22.04 of your region",
        ("bastion", "hostKey"): "; name the key that it shows, from the bastion itself: "
        "cat /etc/ssh/ssh_host_ed25519_key.pub",
        ("bastion", "privateKey"): "; set what Pulumi logs in with there: "
        "pulumi config set --secret --path bastion.privateKey < KEY",
        ("calling", "hostname"): "; set the name that clients use for calls:"
        " pulumi config set --path calling.hostname calling.example.com",
        ("compliance", "image"): "; name the bot's container image, by a version:"
        " pulumi config set --path compliance.image public.ecr.aws/x3s2s6k3/wickrio/bot-enterprise:VERSION",
        ("compliance", "configuration", "secretArn"): "; the bot needs all three: secretArn, bucket and key",
        ("compliance", "configuration", "bucket"): "; the bot needs all three: secretArn, bucket and key",
        ("compliance", "configuration", "key"): "; the bot needs all three: secretArn, bucket and key",
    }
    return purposes.get(location, "")


def _nearest(key: str, known: Collection[str]) -> str:
    match = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if match:
        return f"; did you mean {match[0]}?"
    return f"; the keys are {', '.join(sorted(known))}" if known else ""


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _keys_at(location: Iterable[int | str]) -> dict[str, FieldInfo]:
    keys = _keys(Settings)
    for part in location:
        if isinstance(part, int) or part not in keys:
            return {}
        annotation = keys[part].annotation
        models = [each for each in (annotation, *get_args(annotation)) if _is_model(each)]
        if not models:
            return {}
        keys = _keys(models[0])
    return keys


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _kind(field: FieldInfo) -> str:
    name = str(field.annotation)
    if name.startswith("tuple"):
        return "list"
    return "yes or no (true, false)" if field.annotation is bool else "group of keys"
