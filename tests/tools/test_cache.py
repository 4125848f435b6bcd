"""Results of slow steps are made once, complete or not at all."""

import threading
from pathlib import Path

import pytest

from tools import cache

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def cache_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_a_result_is_made_once_and_then_kept() -> None:
    made: list[Path] = []
    for _ in range(2):
        folder = cache.kept("thing-1", made.append)
    assert made == [folder]
    assert cache.is_kept("thing-1")


def test_a_result_that_was_interrupted_is_made_again_from_nothing() -> None:
    def interrupted(folder: Path) -> None:
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.kept("thing-1", interrupted)
    assert not cache.is_kept("thing-1")
    folder = cache.kept("thing-1", lambda folder: (folder / "whole").touch())
    assert {path.name for path in folder.iterdir()} == {"whole", cache.COMPLETE}


def test_two_set_ups_at_once_make_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    begun, go_on = threading.Event(), threading.Event()
    made: list[Path] = []

    def slow(folder: Path) -> None:
        made.append(folder)
        begun.set()
        go_on.wait(10)

    first = threading.Thread(target=cache.kept, args=("thing-1", slow))
    first.start()
    assert begun.wait(10)
    second = threading.Thread(target=cache.kept, args=("thing-1", slow))
    second.start()
    second.join(0.2)
    assert second.is_alive(), "the second one did not wait for the first"
    go_on.set()
    first.join(10)
    second.join(10)
    assert len(made) == 1
    assert "waiting for another checkout that works on thing-1" in capsys.readouterr().err


def test_a_key_follows_the_content_of_files_and_keeps_parts_apart(tmp_path: Path) -> None:
    pins = tmp_path / "pins"
    pins.write_text("a==1")
    before = cache.key(pins, "3.11")
    assert cache.key(pins, "3.11") == before
    pins.write_text("a==2")
    assert cache.key(pins, "3.11") != before
    assert cache.key("ab", "c") != cache.key("a", "bc")
