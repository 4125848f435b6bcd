"""The user data: one user, no password, one host key; whole."""

import yaml

from installer.cloudinit import user_data

KEY = (
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n" * 6
    + "-----END OPENSSH PRIVATE KEY-----\n"
)
TEXT = user_data(
    hostname="wickr-test-messaging",
    authorized_keys=["ssh-ed25519 AAAA login\n"],
    host_key=KEY,
    host_key_public="ssh-ed25519 BBBB host\n",
)


def test_the_document_is_this_and_nothing_else() -> None:
    assert yaml.safe_load(TEXT) == {
        "hostname": "wickr-test-messaging",
        "manage_etc_hosts": "localhost",
        "users": [
            {
                "name": "wickr-deploy",
                "gecos": "Deployment of Wickr Enterprise",
                "shell": "/bin/bash",
                "lock_passwd": True,
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "ssh_authorized_keys": ["ssh-ed25519 AAAA login"],
            }
        ],
        "disable_root": True,
        "ssh_pwauth": False,
        "ssh_deletekeys": True,
        "ssh_keys": {"ed25519_private": KEY, "ed25519_public": "ssh-ed25519 BBBB host\n"},
    }


def test_cloud_init_knows_it_by_its_first_line_and_aws_takes_its_size() -> None:
    assert TEXT.startswith("#cloud-config\n")
    assert len(TEXT.encode()) < 16 * 1024


def test_a_key_stays_readable_line_by_line() -> None:
    assert "  ed25519_private: |\n    -----BEGIN OPENSSH PRIVATE KEY-----\n    b3Blb" in TEXT
