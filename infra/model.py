"""What the groups of keys of a stack file are made of."""

from collections.abc import Sequence

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from guide import hosts
from guide.roles import Role


class Model(BaseModel):
    """Frozen, in camelCase as Pulumi configuration is, and with no key that is not declared.

    The text below a field describes the key: editors and the reference show it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True)


def written(value: object) -> object:
    """What YAML, or the command line, took for a number or for yes or no, where a text is meant: 6.26, 4711, true."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def at_least_the_table(role: Role) -> AfterValidator:
    """A disk's size in GiB, not below what the guide's table asks for."""
    table = hosts.MINIMUMS[role]

    def check(value: int) -> int:
        if value < table.disk_gb:
            enough = (
                f"{table.preflight_disk_gb} is what the vendor's preflight accepts"
                if table.preflight_disk_gb
                else "raise it"
            )
            raise ValueError(f"{value} is below the {table.disk_gb} of the table ({table.section}); {enough}")
        return value

    return AfterValidator(check)


def each_once(value: Sequence[str]) -> Sequence[str]:
    """A list of address blocks as it is. Raises ValueError where one stands there twice."""
    twice = sorted({each for each in value if value.count(each) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} stands there twice, which AWS refuses; name each block once")
    return value
