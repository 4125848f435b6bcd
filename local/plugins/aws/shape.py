"""What all AWS resources share: a region, tags, and reading back what was made."""

from collections.abc import Callable

from local.plugins.aws import tags
from local.plugins.aws.cloud import region
from local.plugins.framework import Field, Made, Object, Output, Refusal, Request, Resource, Rule, Values

REGION = Field("region", computed=True, replaces=True)

Describe = Callable[[Request, str], Values | None]
"""All properties of the resource with an id, inputs included; None when there is none. `tags` as the API lists them."""


def aws_resource(
    token: str,
    *,
    inputs: tuple[Field, ...],
    outputs: tuple[Output, ...],
    create: Callable[[Request], str],
    describe: Describe,
    delete: Callable[[Request], None],
    update: Callable[[Request], None] | None = None,
    retag: tags.Retag | None = tags.retag_ec2,
    regional: bool = True,
    rules: tuple[Rule, ...] = (),
    expired: Callable[[Request], tuple[str, ...]] = lambda _: (),
) -> Resource:
    """A resource out of its table and four calls. `retag` None: no tags. Without tags and `update` all replaces."""
    tagged = retag is not None
    blocks = [field.name for field in inputs if isinstance(field.type, Object)]

    def properties(request: Request, id: str) -> Values | None:
        found = describe(request, id)
        if found is None:
            return None
        if regional:
            found = {**found, "region": region(request)}
        return {**found, **tags.read(request, found["tags"])} if tagged else found

    def answer(request: Request, id: str) -> Values:
        found = properties(request, id)
        if found is None:
            raise Refusal(f"{token} {id} was made but is not there any more")
        asked = request.inputs
        news = {name: value for name, value in found.items() if name not in asked}
        return news | {name: {**found[name], **asked[name]} for name in blocks if found.get(name) and asked.get(name)}

    def made(request: Request) -> Made:
        id = create(request)  # noqa: A001
        return Made(id, answer(request, id))

    def changed(request: Request) -> Values:
        if update is not None:
            update(request)
        if retag is not None:
            tags.update(request, retag)
        return answer(request, request.id)

    def read(request: Request) -> Made | None:
        found = properties(request, request.id)
        return None if found is None else Made(request.id, found)

    return Resource(
        token=token,
        inputs=(*inputs, *((REGION,) if regional else ()), *((tags.TAGS,) if tagged else ())),
        outputs=(*outputs, *((Output("tagsAll"),) if tagged else ())),
        create=made,
        read=read,
        update=changed if update is not None or tagged else None,
        delete=delete,
        rules=rules,
        expired=expired,
        plan=(lambda request: {"tagsAll": tags.all_tags(request)}) if tagged else (lambda _: {}),
    )
