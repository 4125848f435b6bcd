#!/bin/sh
# Stand-in of the local cloud for Docker's own installer: puts the stand-in Docker of $VERSION on this host.
set -e
VERSION=@DOCKER_VERSION@
source=https://download.docker.com/linux/static/stable/x86_64/docker-$VERSION
home=/usr/lib/docker-stand-in
mkdir -p "$home"
# Everything first, then into place: a download that breaks off leaves the old Docker as it was.
files="$(curl -fsSL "$source/files")" || { echo "ERROR: '$VERSION' not found amongst the versions of docker-ce" >&2; exit 1; }
new="$(mktemp -d)"
for file in $files; do
    mkdir -p "$new/$(dirname "$file")"
    curl -fsSL -o "$new/$file" "$source/.files/$file"
done
getent group docker > /dev/null || groupadd --system docker
cp -R "$new/." "$home/"
rm -rf "$new"
echo "$VERSION" > "$home/VERSION"
install -m 755 "$home/host/docker/launch.py" /usr/bin/docker
install -m 755 "$home/host/docker/launch.py" /usr/bin/dockerd
install -m 644 "$home/host/docker/docker.service" /lib/systemd/system/docker.service
systemctl daemon-reload
