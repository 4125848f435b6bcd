"""The stack file as the engine hands it over: keys with their namespace, values as texts (JSON for what is no text)."""

import pulumi


def values() -> dict[str, str]:
    """All keys of the stack that is being deployed."""
    return {**pulumi.runtime.config.get_config_env(), **pulumi.runtime.config.CONFIG.get()}


def secrets() -> set[str]:
    """The keys that are encrypted, as a whole or in a part."""
    return {key for key in values() if pulumi.runtime.is_config_secret(key)}
