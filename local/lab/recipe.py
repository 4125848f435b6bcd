"""What the image of the lab's hosts is made of. Its key names the built image: a changed recipe builds a new one."""

import hashlib
import json

SUITE = "bookworm"
# What a Debian cloud image brings along, as far as a host's set-up meets it.
PACKAGES = """
    systemd-sysv dbus libpam-systemd openssh-server cloud-init sudo locales python3 libnss-myhostname
    ca-certificates curl gnupg openssl iproute2 iputils-ping iptables nftables netbase
    procps psmisc kmod e2fsprogs less vim-tiny xz-utils
""".split()  # noqa: SIM905 - a list to read

CLOUD_INIT = """\
# The lab's hosts: seeded from disk, network and disk size are set from outside.
datasource_list: [ NoCloud ]
network: {config: disabled}
growpart: {mode: "off"}
resize_rootfs: false
manage_etc_hosts: false
"""

# Runs inside the new root. Timers that need the internet would only leave a host "degraded".
CONFIGURE = f"""\
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/lab
printf 'path-exclude=/usr/share/%s/*\\n' doc man info >>/etc/dpkg/dpkg.cfg.d/lab
apt-get -q update
apt-get -q -y --no-install-recommends dist-upgrade
apt-get -q -y --no-install-recommends install {" ".join(PACKAGES)}
echo 'en_US.UTF-8 UTF-8' >/etc/locale.gen; locale-gen
echo 'LANG=C.UTF-8' >/etc/default/locale
systemctl enable cloud-init-local cloud-init cloud-config cloud-final ssh
systemctl disable apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer
apt-get clean
rm -rf /usr/sbin/policy-rc.d /etc/dpkg/dpkg.cfg.d/lab /var/lib/apt/lists/* /etc/ssh/ssh_host_* \\
    /etc/apt/sources.list* /etc/apt/apt.conf.d/99lab /etc/resolv.conf /etc/hostname /var/log/*.log
mkdir /etc/apt/sources.list.d
: >/etc/machine-id
"""

RECIPE = json.dumps([3, SUITE, PACKAGES, CLOUD_INIT, CONFIGURE])
KEY = hashlib.sha256(RECIPE.encode()).hexdigest()[:12]
