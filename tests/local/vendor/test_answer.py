"""What the vendor's server answers, and how a folder makes its answers go wrong."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from local.vendor.answer import Answer, answer

SITE = Path(__file__).parents[3] / "local" / "vendor" / "site"
SCRIPTS = "get.replicated.com"


def get(path: str, folder: Path = SITE, host: str = SCRIPTS, query: Mapping[str, str] | None = None) -> Answer:
    return answer(folder, host, path, query or {})


def test_the_installer_is_a_bash_script_with_nothing_left_to_fill_in() -> None:
    for path in ("/docker/wickrenterprise/stable", "/docker", "/operator", "/operator/wickrenterprise/stable"):
        script = get(path)
        assert script.status == 200
        assert script.body.startswith(b"#!/bin/bash\n")
        assert b"\n#include" not in script.body
        assert not re.search(rb"@[A-Z_]+@", script.body)


def test_an_unknown_path_is_a_script_that_fails_and_yet_answers_200() -> None:
    reply = get("/docker/another/stable")
    assert reply.status == 200
    assert reply.body.startswith(b"#!/bin/bash")
    assert b"404: Not Found" in reply.body


def test_an_unknown_path_of_another_name_is_404() -> None:
    assert get("/v2/nothing", host="quay.io").status == 404
    assert get("/", host="nobody.example.com").status == 404


@pytest.mark.parametrize("name", ["replicated_tag", "replicated_ui_tag", "replicated_operator_tag"])
def test_an_unknown_version_is_a_plain_text_with_status_400(name: str) -> None:
    reply = get("/docker", query={name: "2.99.0"})
    assert (reply.status, reply.body) == (400, b"version 2.99.0 does not exist")
    assert get("/docker", query={name: "latest"}).body == f"Invalid value for {name}".encode()


def test_a_pinned_version_brings_its_own_docker() -> None:
    script = get("/docker", query={"replicated_tag": "2.44.2"}).body
    assert b'REPLICATED_TAG="2.44.2"' in script
    assert b'PINNED_DOCKER_VERSION="19.03.8"' in script


def test_a_pin_on_the_address_of_the_product_is_ignored() -> None:
    assert get("/docker/wickrenterprise/stable", query={"replicated_tag": "2.44.2"}) == get(
        "/docker/wickrenterprise/stable"
    )


def test_tags_that_would_run_in_the_shell_are_dropped() -> None:
    assert b"$(reboot)" not in get("/operator", query={"operator_tags": "$(reboot)"}).body
    assert get("/docker-install.sh", query={"docker_version": "1;reboot"}).status == 400


@pytest.mark.parametrize("path", ["/../secret", "/docker/../../secret", "/docker/%2e%2e/x"])
def test_nothing_outside_the_folder_is_served(path: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "site" / SCRIPTS).mkdir(parents=True)
    assert b"secret" not in get(path, tmp_path / "site").body
    assert answer(tmp_path / "site", "..", "/secret", {}).status == 400


def test_a_folder_behind_a_link_is_looked_up_at_each_request(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "quay.io").mkdir(parents=True)
        (tmp_path / name / "quay.io" / "file").write_text(name)
    link = tmp_path / "site"
    link.symlink_to("one")
    assert get("/file", link, "quay.io").body == b"one"
    link.unlink()
    link.symlink_to("two")
    assert get("/file", link, "quay.io").body == b"two"


def test_a_folder_of_a_real_vendor_goes_out_as_it_is(tmp_path: Path) -> None:
    script = b"#!/bin/bash\n#include prompt.sh\nVERSION=@REPLICATED_TAG@\n"
    (tmp_path / SCRIPTS).mkdir()
    (tmp_path / SCRIPTS / "docker").write_bytes(script)
    assert get("/docker", tmp_path, query={"replicated_tag": "2.44.2"}).body == script


def test_neighbours_of_a_file_make_its_answer_go_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "quay.io"
    folder.mkdir()
    (folder / "file").write_text("content")
    (folder / "file.status").write_text("503 come back later\n")
    reply = get("/file", tmp_path, "quay.io")
    assert (reply.status, reply.body) == (503, b"come back later\n")
    (folder / "file.status").unlink()
    (folder / "file.delay").write_text("2.5 drip")
    (folder / "file.truncate").write_text("3")
    reply = get("/file", tmp_path, "quay.io")
    assert (reply.delay, reply.drip, reply.truncate, reply.body) == (2.5, True, 3, b"content")


def test_every_image_names_files_that_its_registry_has() -> None:
    manifests = list(SITE.glob("*/v2/**/manifests/*"))
    assert len(manifests) >= 11
    for manifest in manifests:
        image = json.loads(manifest.read_text())
        host, path = image["blobs"].removeprefix("https://").split("/", 1)
        for name in image["files"]:
            assert (SITE / host / path / name).is_file(), (manifest, name)
        assert f"{image['run'].replace('.', '/')}.py" in image["files"]


def test_the_list_of_docker_names_files_that_are_there() -> None:
    folder = SITE / "download.docker.com/linux/static/stable/x86_64/docker-24.0.2"
    for name in (folder / "files").read_text().split():
        assert (folder / ".files" / name).is_file()
