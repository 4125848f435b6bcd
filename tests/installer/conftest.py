"""CloudWatch and a host that tells it, for those tests that name them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installer import cloudwatch
from tests.installer.cloudwatch import CloudWatch
from tests.installer.telling import Host


@pytest.fixture
def cloud() -> CloudWatch:
    return CloudWatch()


@pytest.fixture
def host(cloud: CloudWatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setattr("installer.python.service.time.sleep", lambda seconds: None)
    with cloudwatch.serving(tmp_path, cloud) as services:
        yield Host(tmp_path, services, monkeypatch)
