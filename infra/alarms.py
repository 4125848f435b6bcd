"""The alarms of an installation as a stack names them."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from infra.model import Model
from infra.names import Form

TopicArn = Annotated[
    str,
    Form(
        r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}",
        "ARN of a topic; write it as 'aws sns list-topics' shows it",
    ),
]
Email = Annotated[
    str, Form(r"[^@\s,;]{1,64}@[A-Za-z0-9.-]{1,255}", "e-mail address; write one such as oncall@example.com")
]


def _once(value: tuple[str, ...]) -> tuple[str, ...]:
    known: set[str] = set()
    for each in value:
        if each.lower() in known:
            raise ValueError(f"{each} stands there twice; one subscription is enough")
        known.add(each.lower())
    return value


class Alarms(Model):
    """Alarms of the hosts, to a topic of the stack's own or to one that is there."""

    enabled: bool = True
    """Whether there are any."""
    topic_arn: TopicArn | None = None
    """A topic of yours, in the stack's region, that they go to; without it the stack makes one."""
    emails: Annotated[tuple[Email, ...], Field(max_length=50), AfterValidator(_once)] = ()
    """Who gets mail from the stack's own topic; AWS asks each of them once whether they want it."""
    recover: bool = True
    """Whether AWS moves a host to other hardware when its own fails. The host boots, and keeps its id, addresses and
    volumes."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.topic_arn and self.emails:
            raise ValueError(
                "emails are subscriptions of the stack's own topic, and topicArn names yours; subscribe them there, or "
                "take topicArn out"
            )
        return self
