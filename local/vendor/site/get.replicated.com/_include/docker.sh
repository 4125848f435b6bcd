# Docker: there, missing, older or newer than the version that this release of Replicated was tested with.
version_number() { # 24.0.2 -> 24000 (major and minor: the patch level does not count)
    local major minor _
    IFS=. read -r major minor _ <<< "$1"
    echo $((10#$major * 1000 + 10#${minor:-0}))
}

require_docker() {
    has docker && pgrep -x dockerd > /dev/null && return
    echo "Docker is not installed. Please install Docker before proceeding." >&2
    exit 127
}

install_docker() { # VERSION
    local url=https://get.replicated.com/docker-install.sh script
    script="$(mktemp)"
    printf "Installing docker version %s from %s\n" "$1" "$url"
    fetch "$url?docker_version=$1&lsb_dist=$ID&dist_version=${VERSION_ID%%.*}" > "$script"
    sh "$script" < /dev/null
    rm -f "$script"
    systemctl enable docker
    systemctl restart docker
    DID_INSTALL_DOCKER=1
}

proceed_with_other_docker() { # INSTALLED
    printf "The installed version of Docker (%s) may not be compatible with this installer.\n" "$1"
    printf "The recommended version is %s\nDo you want to proceed anyway? " "$PINNED_DOCKER_VERSION"
    confirm_no || exit 0
}

prepare_docker() {
    if ! has docker || ! pgrep -x dockerd > /dev/null; then install_docker "$PINNED_DOCKER_VERSION"; return; fi
    local installed forced=
    installed="$(docker -v | sed 's/^Docker version \([^, ]*\).*/\1/')"
    [ "$(version_number "$installed")" -ge "$(version_number "$MIN_DOCKER_VERSION")" ] || forced=1
    if [ "$(version_number "$installed")" -lt "$(version_number "$PINNED_DOCKER_VERSION")" ]; then
        printf "This installer will upgrade your current version of Docker (%s) to the recommended version: %s\n" \
            "$installed" "$PINNED_DOCKER_VERSION"
        printf "Do you want to allow this? "
        if confirm_yes; then install_docker "$PINNED_DOCKER_VERSION"; return; fi
        [ -z "$forced" ] || { echo "Please manually upgrade your current version of Docker."; exit 0; }
        proceed_with_other_docker "$installed"
    elif [ "$(version_number "$installed")" -gt "$(version_number "$PINNED_DOCKER_VERSION")" ]; then
        proceed_with_other_docker "$installed"
    fi
}

check_storage_driver() {
    [ -z "$BYPASS_STORAGEDRIVER_WARNINGS" ] || return 0
    docker info 2> /dev/null | grep -q 'Data loop file:' || return 0
    printf "The running Docker daemon is configured to use the 'devicemapper' storage driver in loopback mode.\n"
    [ -z "$HARD_FAIL_ON_LOOPBACK" ] || exit 1
    printf "Do you want to proceed anyway? "
    confirm_no || exit 0
}

pull_image() { # NAME: pulls the release and tags it as the current one
    if [ -n "$AIRGAP" ]; then
        [ -f "$1.tar" ] || fail "$1.tar not found in the current directory"
        docker load < "$1.tar"
    elif [ -z "$SKIP_PULL" ]; then
        docker pull "$IMAGES/$1:$REPLICATED_TAG"
    fi
    docker tag "$IMAGES/$1:$REPLICATED_TAG" "$IMAGES/$1:current"
}

run_unit() { # NAME "DOCKER RUN OPTIONS" ENVIRONMENT-FILE: writes, enables and starts the unit of one container
    cat > "/etc/systemd/system/$1.service" <<UNIT
[Unit]
Description=$1 (stand-in of the local cloud)
After=docker.service
Requires=docker.service

[Service]
EnvironmentFile=$3
TimeoutStartSec=0
KillMode=none
Restart=on-failure
RestartSec=7
ExecStartPre=-/usr/bin/docker rm -f $1
ExecStart=/usr/bin/docker run --name=$1 $2 $IMAGES/$1:current
ExecStop=/usr/bin/docker stop $1

[Install]
WantedBy=docker.service
UNIT
    systemctl daemon-reload
    systemctl enable "$1"
    systemctl start "$1"
}

remove_service() { # NAME
    if systemctl -q is-active "$1" 2> /dev/null; then systemctl stop "$1"; fi
    if docker inspect "$1" > /dev/null 2>&1; then docker rm -f "$1"; fi
}
