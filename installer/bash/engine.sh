# Docker starts the bot. Without the data volume the bot would begin anew on the root volume, register again, and have
# its name locked: so Docker does not start without it, and keeps trying until it is there. (Mounting what is `nofail` and
# missing succeeds, so that it is looked at twice.)
install -d -m 0755 /etc/systemd/system/docker.service.d
cat >/etc/systemd/system/docker.service.d/wickr-data.conf <<END
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStartPre=/bin/sh -c 'mountpoint -q $DATA_FOLDER || mount $DATA_FOLDER; mountpoint -q $DATA_FOLDER'
Restart=always
RestartSec=5
END
chmod 0644 /etc/systemd/system/docker.service.d/wickr-data.conf

answers() { timeout -k 5 30 docker version --format '{{.Server.Version}}' 2>/dev/null 9>&-; }
come_up() { # WHAT...
    run systemctl daemon-reload
    run systemctl enable docker >>"$LOG" 2>&1 || fail docker "Docker is not started at boot ('systemctl enable docker' fails on the host); mend the image, then run pulumi up again"
    run systemctl start docker >>"$LOG" 2>&1 || fail docker "Docker does not start; 'journalctl -u docker' on the host says why"
    until version=$(answers) && [ -n "$version" ]; do
        if [ "$(($(date +%s) - STARTED))" -gt "$((LIMIT - 60))" ]; then
            fail docker "Docker does not answer; 'journalctl -u docker' on the host says why"
        fi
        sleep 1
    done
    say "docker: $version $*"
}

# What is there stays: another Docker under a bot that runs is a decision of its own.
if command -v dockerd >/dev/null && systemctl cat docker >/dev/null 2>&1; then
    come_up "was there already"
    return 0
fi
command -v iptables >/dev/null ||
    fail docker "the image has no iptables, which Docker needs; use one that has it, or one with Docker"

folder=$STATE/docker
install -d -m 0700 "$folder"
cd "$folder"
url=$DOCKER_ARCHIVES/docker-$DOCKER_VERSION.tgz
download "$url" docker.tgz compliance.dockerVersion
if [ -n "$DOCKER_SHA256" ]; then
    printf '%s  docker.tgz\n' "$DOCKER_SHA256" | sha256sum -c --status ||
        fail version "$url has SHA-256 $(sha256sum <docker.tgz | cut -d' ' -f1), not compliance.dockerSha256; check both, or somebody changed it"
fi
rm -rf docker
tar -xzf docker.tgz 2>>"$LOG" || fail network "the archive from $url is cut off or damaged; run pulumi up again"
[ -x docker/dockerd ] && [ -x docker/docker ] || fail version "the archive from $url holds no Docker; check compliance.dockerVersion"
for program in docker/*; do install -m 0755 "$program" /usr/local/bin/; done
rm -rf docker docker.tgz

cat >/etc/systemd/system/docker.service <<'END'
[Unit]
Description=Docker
Documentation=https://docs.docker.com
Wants=network-online.target
After=network-online.target firewalld.service

[Service]
Type=notify
ExecStart=/usr/local/bin/dockerd
ExecReload=/bin/kill -s HUP $MAINPID
TimeoutStartSec=0
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
Delegate=yes
KillMode=process
OOMScoreAdjust=-500

[Install]
WantedBy=multi-user.target
END
chmod 0644 /etc/systemd/system/docker.service
come_up "is set up"
