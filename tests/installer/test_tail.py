"""A log file from where it was read last, whatever became of it meanwhile."""

import gzip
import os
import time
from pathlib import Path
from typing import Any

import pytest

from installer.python.tail import tail

NOW = time.time()


class Log:
    """A log file, and a reader that goes on where it ended."""

    def __init__(self, path: Path) -> None:
        self.path, self.position = path, dict[str, Any]()

    def add(self, text: str | bytes) -> None:
        with self.path.open("ab") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def read(self, now: float = NOW) -> list[str]:
        found = list(tail(str(self.path), self.position, now))
        if found:
            self.position = dict(found[-1].position)
        return [line.text for line in found if line.text]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "wickr.log")


def test_each_line_is_read_once(log: Log) -> None:
    log.add("one\ntwo\n")
    assert (log.read(), log.read()) == (["one", "two"], [])
    log.add("three\n")
    assert (log.read(), log.read()) == (["three"], [])


def test_a_log_that_is_not_there_yet_has_nothing(log: Log) -> None:
    assert log.read() == []


def test_every_line_has_a_position_of_its_own_to_go_on_from(log: Log) -> None:
    log.add("one\ntwo\nthree\n")
    positions = [line.position for line in tail(str(log.path), {}, NOW)]
    rest = [[line.text for line in tail(str(log.path), position, NOW)] for position in positions]
    assert rest == [["two", "three"], ["three"], []]


def test_a_log_that_was_rotated_is_read_to_its_end_first(log: Log) -> None:
    log.add("one\n")
    log.read()
    log.add("two\n")
    log.path.rename(f"{log.path}.1")
    log.add("three\n")
    assert (log.read(), log.read()) == (["two", "three"], [])


def test_the_end_of_a_rotated_log_without_a_new_line_is_read_too(log: Log) -> None:
    log.add("one\n")
    log.read()
    log.add("two")
    log.path.rename(f"{log.path}.1")
    log.add("three\n")
    assert log.read() == ["two", "three"]


def test_a_log_that_was_rotated_and_compressed_goes_on_with_the_new_one(log: Log) -> None:
    log.add("one\n")
    log.read()
    with gzip.open(f"{log.path}.1.gz", "wb") as file:
        file.write(b"one\ntwo\n")
    (log.path.parent / "another").write_text("keeps the number of the old one")
    log.path.unlink()
    log.add("three\n")
    assert log.read() == ["three"]


def test_a_log_that_was_cut_in_its_place_begins_anew(log: Log) -> None:
    log.add("one\ntwo\n")
    log.read()
    with log.path.open("r+b") as file:
        file.truncate()
    log.add("three\n")
    assert (log.read(), log.read()) == (["three"], [])


def test_a_log_whose_end_was_cut_off_begins_anew_too(log: Log) -> None:
    log.add("".join(f"line {number:04}\n" for number in range(300)))
    log.read()
    with log.path.open("r+b") as file:
        file.truncate(2000)
    log.add("three\n")
    assert log.read()[-1] == "three"


@pytest.mark.parametrize("text", ["other\nand as long as the one before\n", "one\ntw0\n", "one\ntw0\nmore\n"])
def test_a_log_that_was_written_anew_in_its_place_is_known_by_its_beginning(log: Log, text: str) -> None:
    """The vendor's installer runs again: the same file, another content, perhaps as long as the old one."""
    log.add("one\ntwo\n")
    log.read()
    with log.path.open("r+b") as file:
        file.truncate()
        file.write(text.encode())
    assert log.read() == text.splitlines()


def test_another_log_that_got_the_number_of_the_old_one_is_not_taken_for_it(log: Log) -> None:
    log.add("one\n")
    log.read()
    log.path.unlink()
    log.add("of another time\n")
    log.position["inode"] = log.path.stat().st_ino
    assert log.read() == ["of another time"]


def test_a_line_without_an_end_waits_until_it_does_not_grow(log: Log) -> None:
    log.add("one\nContinue?")
    assert log.read() == ["one"]
    log.add(" [y/N]")
    assert log.read() == []
    assert (log.read(), log.read()) == (["Continue? [y/N]"], [])
    log.add(" y\nyes\n")
    assert log.read() == [" y", "yes"]


def test_a_log_that_is_one_line_without_an_end_is_read_too(log: Log) -> None:
    log.add("Continue?")
    assert (log.read(), log.read(), log.read()) == ([], ["Continue?"], [])


def test_a_line_that_never_ends_is_read_in_pieces(log: Log) -> None:
    log.add("x" * 150_000 + "\ny\n")
    assert log.read() == ["x" * 65_000, "x" * 65_000, "x" * 20_000, "y"]


def test_bytes_that_are_no_text_do_not_stop_it(log: Log) -> None:
    log.add(b"\xff\x00one\r\n\n\ntwo\n")
    assert log.read() == ["\N{REPLACEMENT CHARACTER}\0one", "two"]


def test_a_line_has_the_time_that_it_says_or_that_of_the_one_before(log: Log) -> None:
    log.add("no time\n2026-11-26T10:00:00Z files begins\nof it\n2026-99-26T10:00:00Z nonsense\n")
    os.utime(log.path, (NOW - 50, NOW - 50))
    said = 1795687200000
    found = [line.time for line in tail(str(log.path), {}, NOW)]
    assert found == [int((NOW - 50) * 1000), said, said, said]
    os.utime(log.path, (NOW + 500, NOW + 500))
    assert next(tail(str(log.path), {}, NOW)).time == int(NOW * 1000)
