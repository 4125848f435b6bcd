"""What a rule is: a name, a sentence, and a function that finds what is against it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from policy.graph import Graph, Resource


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong, and at which resource; None is the stack itself."""

    resource: Resource | None
    message: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`name` is how people switch it off and on, so it never changes. `each` looks at one resource, which the engine
    then refuses before it is made; `whole` needs the stack.
    """

    name: str
    what: str
    each: Callable[[Resource], Iterable[str]] | None = None
    whole: Callable[[Graph], Iterable[Finding]] | None = None

    def findings(self, graph: Graph) -> Iterator[Finding]:
        """All that is against the rule in a stack."""
        if self.each:
            for resource in graph.resources:
                for message in self.each(resource):
                    yield Finding(resource=resource, message=message)
        if self.whole:
            yield from self.whole(graph)
