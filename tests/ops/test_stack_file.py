"""A stack file is read as the engine reads it, encrypted values aside."""

import json
from pathlib import Path

import pytest
import yaml

from ops.stack_file import StackFile, read
from tests.engine import Engine

TRICKY = """
  aws:text: yes
  wickr:octal: 010
  wickr:date: 2024-01-01
  wickr:time: 12:30
  wickr:spaced: 1_000
  wickr:fraction: 6.260
  wickr:nothing: ~
  wickr:empty:
  wickr:hexadecimal: 0x1F
  wickr:power: 1e3
  wickr:whole: 1.0
  wickr:long: 123456789012345678901234567890
  wickr:true: True
  wickr:quoted: "6.26"
  wickr:tagged: !!str 5
  wickr:list: [1, 2.50, a, yes, .5, 09, "7"]
  wickr:group: {x: yes, y: 010, z: 2024-01-01, w: 12:30, n: null, o: 0o17, k: 1e3, t: True, 3: 4, v: 09, d: -0x10}
  wickr:merged: {<<: {x: 1, y: 1}, y: 2}
  short: 1
"""


def reading(folder: Path, text: str) -> StackFile:
    path = folder / "Pulumi.test.yaml"
    path.write_text(text)
    return read("test", path)


def config(folder: Path, body: str) -> StackFile:
    return reading(folder, f"config:\n  {body}\n")


@pytest.mark.engine
def test_values_are_read_as_the_engine_reads_them(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: wickr\nruntime: python\n")
    engine = Engine(tmp_path / "engine", program=program)
    engine.stack()
    file = engine.stack_file()
    text = f"encryptionsalt: {yaml.safe_load(file.read_text())['encryptionsalt']}\nconfig:{TRICKY}"
    file.write_text(text)
    told = engine.run("config", "--json", "--stack", "test").text
    answer, _ = json.JSONDecoder().raw_decode(told)  # warnings follow
    theirs = {key: each["value"] for key, each in answer.items()}
    ours = reading(tmp_path, text).values
    assert {key: _data(value) for key, value in ours.items()} == {key: _data(value) for key, value in theirs.items()}
    assert {key for key in ours if ours[key] != theirs[key] and not ours[key].startswith(("{", "["))} == set()


def _data(text: str) -> object:
    return json.loads(text) if text.startswith(("{", "[")) else text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("config:\n  a:b: 1\n  c:d: 2\n  a:b: 3\n", "line 4: a:b stands there twice, first in line 2"),
        ("config:\n  wickr:network: {cidr: 1, cidr: 2}\n", "line 2: cidr stands there twice, first in line 2"),
        ("config:\n  a:b: [1\n", "line 3: expected ',' or ']', but got '<stream end>'"),
        ("config:\n  a:b: .inf\n", "line 2: .inf is no number that JSON has"),
        ("config:\n  a:b: " + "9" * 5000 + "\n", "line 2: a number of 5000 characters is none that JSON has"),
        ("config:\n  a:b: 1e999\n", "line 2: a number of 5 characters is none that JSON has"),
        ("config:\n  a:b: " + "[" * 500 + "]" * 500 + "\n", "is no YAML: values are nested deeper than anybody "),
        ("config: &a\n  a:b: *a\n", "line 1: found unconstructable recursive node"),
        ("config:\n  ? [a]\n  : b\n", "line 2: a key is a text, and this is a list or a group of keys"),
        ("config:\n  a:b: !!set {a, b}\n", "line 2: the tag !!set is not read here; write the value without it"),
        ("config:\n  a:b: !!timestamp x\n", "line 2: the tag !!timestamp is not read here; write the value without"),
        ("config: !!map x\n", "line 1: a group of keys is meant by its tag, and is not there"),
        ("- a\n", "is no stack file: it needs `config:` and the keys below it, see the example stack"),
        ("config: [1]\n", "is no stack file: it needs `config:` and the keys below it, see the example stack"),
        ("", "is no stack file: it needs `config:` and the keys below it, see the example stack"),
        ("confg: {}\n", "confg: there is no such key at the top of a stack file; keys of the stack stand below "),
        ("environment: [x]\n", "environment: comes from Pulumi ESC, which is not read here; write the keys into "),
    ],
)
def test_a_file_that_is_no_stack_file_says_where_and_why(tmp_path: Path, text: str, problem: str) -> None:
    (told,) = reading(tmp_path, text).problems
    assert told.startswith(problem)


def test_a_file_that_cannot_be_read_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.test.yaml").write_bytes(b"config: \xff\xfe")
    (problem,) = read("test", tmp_path / "Pulumi.test.yaml").problems
    assert problem.startswith("cannot be read: ")


def test_what_only_looks_like_a_number_is_a_text(tmp_path: Path) -> None:
    told = {"wickr:a": "0x_", "wickr:b": "0b_", "wickr:c": "0b2", "wickr:d": "0o9", "wickr:e": f"0x{'f' * 20}"}
    file = config(tmp_path, "\n  ".join(f"{key}: {text}" for key, text in told.items()))
    assert file.values == told


def test_an_encrypted_value_is_stood_in_for_at_any_depth(tmp_path: Path) -> None:
    file = config(tmp_path, 'wickr:settings: {a: {secure: "v1:x:y"}, b: 1}\n  wickr:license: {secure: "v1:p:q"}')
    assert file.secrets == ("wickr:settings", "wickr:license")
    assert file.encrypted.keys() == {"wickr:settings.a", "wickr:license"}
    assert json.loads(file.values["wickr:settings"]) == {"a": file.encrypted["wickr:settings.a"], "b": 1}


def test_a_stand_in_follows_what_it_stands_for(tmp_path: Path) -> None:
    def license_of(cipher: str) -> str:
        return config(tmp_path, f'wickr:license: {{secure: "{cipher}"}}').values["wickr:license"]

    assert license_of("v1:x:y") == license_of("v1:x:y") != license_of("v1:x:z")


def test_a_group_that_has_more_than_a_secret_in_it_is_none(tmp_path: Path) -> None:
    assert config(tmp_path, 'wickr:settings: {secure: "v1:x:y", b: 1}').encrypted == {}
