"""What a command said, as the stand-in shows it, keeps it and reports it."""

from local.plugins.command.transcript import EVERYTHING, SHOWN, Transcript


def transcript(logging: str | None = None) -> tuple[Transcript, list[str]]:
    lines: list[str] = []
    return Transcript(log=lines.append, shown=SHOWN[logging] if logging else EVERYTHING), lines


def test_lines_are_shown_as_they_come_not_at_the_end() -> None:
    said, lines = transcript()
    said.add("stdout", "first\nsec")
    assert lines == ["first"]
    said.add("stdout", "ond\n")
    assert lines == ["first", "second"]


def test_an_unfinished_last_line_is_shown_at_the_end() -> None:
    said, lines = transcript()
    said.add("stderr", "no newline")
    said.end()
    assert lines == ["no newline"]


def test_logging_chooses_the_streams_that_are_shown_but_not_those_that_are_kept() -> None:
    shown = {}
    for logging in SHOWN:
        said, lines = transcript(logging)
        said.add("stdout", "out\n")
        said.add("stderr", "err\n")
        outcome = said.end()
        shown[logging] = lines
        assert (outcome.stdout, outcome.stderr) == ("out", "err")
    assert shown == {"stdout": ["out"], "stderr": ["err"], "stdoutAndStderr": ["out", "err"], "none": []}


def test_exactly_one_newline_is_trimmed() -> None:
    said, _ = transcript()
    said.add("stdout", "text\n\n")
    assert said.end().stdout == "text\n"


def test_a_failure_shows_the_command_on_one_line_and_both_streams_in_order() -> None:
    said, _ = transcript()
    for stream, text in (("stdout", "one\n"), ("stderr", "two\n"), ("stdout", "three\n")):
        said.add(stream, text)  # type: ignore[arg-type]
    text = str(said.failure("exit status 3", 'echo "x"\nfalse'))
    assert text == 'exit status 3: running "echo \\"x\\"\\nfalse":\none\ntwo\nthree\n'
