#!/bin/bash
# Inside namespaces of its own: a host with overlays over what installers write, and the vendor's server on it.
# Arguments: SHARED CHECKOUT PYTHON ADDRESS. Then it runs what it is told on stdin, and says each exit code on stdout.
set -e
shared=$1 checkout=$2 python=$3 address=$4
ip link set lo up
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir -p /mnt/shared /mnt/checkout /mnt/upper/{etc,root,usr,var} /mnt/work/{etc,root,usr,var}
mount --bind "$shared" /mnt/shared
mount --bind "$checkout" /mnt/checkout
for folder in etc root usr var; do
    mount -t overlay "scratch-$folder" -o "lowerdir=/$folder,upperdir=/mnt/upper/$folder,workdir=/mnt/work/$folder" /$folder
done
for folder in /tmp /run /usr/local/bin; do mount -t tmpfs tmpfs $folder; done
rm -rf /etc/docker /etc/replicated* /etc/default/replicated* /etc/sysconfig /var/lib/docker /var/lib/replicated*
rm -f /usr/bin/docker /usr/bin/dockerd
install -m 755 /mnt/checkout/tests/local/vendor/systemctl /usr/local/bin/systemctl
names="$(cd /mnt/checkout && PYTHONPATH=. "$python" -c 'from local.vendor.names import NAMES; print(*NAMES)')"
printf '127.0.0.1 localhost\n203.0.113.10 %s\n' "$names" > /etc/hosts
# Trusted in the same way as by a host of the lab.
cat /mnt/shared/vendor/ca.crt >> /etc/ssl/certs/ca-certificates.crt
# The vendor lives in a network namespace of its own, at the other end of the host's only link.
unshare --net bash -c '
    until ip link set eth0 up 2> /dev/null; do sleep 0.02; done
    ip link set lo up
    ip addr add 203.0.113.10/32 dev eth0
    ip route add "$1" dev eth0
    cd /mnt/checkout
    PYTHONDONTWRITEBYTECODE=1 exec "$0" -m local.vendor.server --folder /mnt/shared/site --listen 203.0.113.10:443 \
        --certificate /mnt/shared/vendor/server.crt --key /mnt/shared/vendor/server.key
' "$python" "$address" < /dev/null > /mnt/shared/vendor.log 2>&1 &
vendor=$!
until [ "$(readlink /proc/$vendor/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
ip link add eth0 type veth peer name eth0 netns $vendor
ip addr add "$address/24" dev eth0
ip link set eth0 up
ip route add 203.0.113.10 dev eth0
until grep -q serving /mnt/shared/vendor.log; do sleep 0.05; done
cd /tmp
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
echo ready
while read -r limit; do
    code=0
    timeout -s KILL "$limit" bash /mnt/shared/command < /mnt/shared/stdin > /mnt/shared/output 2>&1 || code=$?
    echo "$code"
done
