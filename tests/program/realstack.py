"""A stack of the program under the real engine, and variations of its file that leave the file itself alone."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from local.plugins.aws.__main__ import PROVIDER as AWS
from local.plugins.tls.__main__ import PROVIDER as TLS
from tests.engine import Engine, Result
from tests.program.agreeable import Agreeable
from tests.program.cloud import Cloud
from tests.stacks import LICENSE, VALUES

Changes = Mapping[str, Any]
"""New values by key: `aws:region` as it is, `messaging.diskGiB` below `wickr:`. None takes a key out."""


@dataclass(frozen=True)
class Secret:
    """A value that `pulumi config set --secret` puts into the stack file."""

    text: str


class RealStack:
    """The complete stack of `tests.stacks` in a region of its own. Behind the API there is no host: a plugin
    command says yes in the place of all of them. `more` changes the stack file for good."""

    def __init__(self, folder: Path, cloud: Cloud, more: Changes | None = None) -> None:
        self.cloud = cloud
        self.hosts = Agreeable()
        self.engine = Engine(folder, environment=cloud.environment, plugins=(AWS, TLS, self.hosts.plugin))
        plain = {key: value for key, value in VALUES.items() if key != "wickr:license"}
        plain = changed(plain | {"aws:region": cloud.region}, more or {})
        self.engine.stack(plain, secrets={"wickr:license": LICENSE})
        self._numbers = count(1)

    def preview(self, changes: Changes | None = None, *options: str) -> Result:
        """What `up` would do if the stack file were changed like this."""
        return self.engine.preview(*self._file(changes), *options)

    def up(self, changes: Changes | None = None) -> Result:
        """An update that must succeed, of the stack changed like this."""
        result = self.try_up(changes)
        assert result.code == 0, result.text
        return result

    def try_up(self, changes: Changes | None = None) -> Result:
        """An update that may fail."""
        return self.engine.up(*self._file(changes))

    def _file(self, changes: Changes | None) -> tuple[str, ...]:
        """The option that names a copy of the stack file with these changes; none where there are none."""
        if not changes:
            return ()
        document = yaml.safe_load(self.engine.stack_file().read_text())
        plain = {key: value for key, value in changes.items() if not isinstance(value, Secret)}
        document["config"] = changed(document["config"], plain)
        copy = self.engine.state.parent / f"changed-{next(self._numbers)}.yaml"
        copy.write_text(yaml.safe_dump(document))
        option = ("--config-file", str(copy))
        for key, value in changes.items():
            if isinstance(value, Secret):
                done = self.engine.run("config", "set", "--secret", "--path", _full(key), *option, stdin=value.text)
                assert done.code == 0, done.text
        return option


def changed(config: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """A stack's configuration with some values changed, at any depth."""
    result = deepcopy(dict(config))
    for key, value in changes.items():
        *above, last = _full(key).split(".")
        place = result
        for part in above:
            place = place.setdefault(part, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = deepcopy(value)  # a later key may be inside of it
    return result


def _full(key: str) -> str:
    return key if ":" in key else f"wickr:{key}"


def touched(result: Result) -> dict[str, str]:
    """What is done to which resource, apart from what stays as it is; a replacement counts once."""
    quiet = ("same", "read", "create-replacement", "delete-replaced")
    return {step.name: step.op for step in result.steps if step.op not in quiet}
