"""Go templates as far as the bootstrap uses them; the rest is refused."""

from typing import Any

import pytest

from local.vendor.host.templates import render
from local.vendor.host.wire import Refusal

READY = {"Replicated": "ready", "Retraced": "ready"}
BOTH = '{{and (eq .Replicated "ready") (eq .Retraced "ready")}}'


@pytest.mark.parametrize(
    ("template", "value", "text"),
    [
        (BOTH, READY, "true"),
        (BOTH, {**READY, "Retraced": "initializing"}, "false"),
        ("{{.lab_hostname.Value}}", {"lab_hostname": {"Value": "wickr.example.com"}}, "wickr.example.com"),
        ("{{.Server.Version}}", {"Server": {"Version": "24.0.2"}}, "24.0.2"),
        ("{{range .}}{{.State}};{{end}}", [{"State": "started"}, {"State": "stopped"}], "started;stopped;"),
        ("{{(index . 0).State}}", [{"State": "started"}], "started"),
        ("{{or .A .B}} {{not .A}}", {"A": "", "B": "x"}, "x true"),
        ("no action", {}, "no action"),
    ],
)
def test_what_is_known_is_rendered_as_go_would(template: str, value: Any, text: str) -> None:
    assert render(template, value) == text


@pytest.mark.parametrize(
    "template",
    ["{{json .}}", "{{.A | lower}}", "{{if .A}}x{{end}}", "{{len .}}", "{{range .}}", "{{end}}", "{{$x}}"],
)
def test_what_is_not_known_is_refused(template: str) -> None:
    with pytest.raises(Refusal):
        render(template, {"A": "x"})
