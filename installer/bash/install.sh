case $PHASE in
    join) what="the node's operator" ;;
    *) what=Replicated ;;
esac

# A secret that is there already is what the vendor's script goes by: with another cluster's, the node would never be let in.
options=$(options_folder)
mine=$(token_of "$options/replicated-operator")
if [ -n "$TOKEN" ] && [ -n "$mine" ] && [ "$mine" != "$TOKEN" ]; then
    fail token "this host was made a node by another secret than the stack's (DAEMON_TOKEN in $options/replicated-operator); use an image without Replicated, or, if it is no other installation's node, run 'systemctl disable --now replicated-operator' on it, remove that file, then run pulumi up again"
fi

# Run again, the vendor's script restarts its containers. On a node that is what a new address of the daemon needs; the
# daemon itself is left alone once it runs.
wanted=$(printf '%s' "$INSTALLER_FLAGS" | sha256sum)
if installed && { [ "$SERVICES" != replicated-operator ] || [ "$wanted" = "$(cat "$STATE/flags" 2>/dev/null)" ]; }; then
    say "$PHASE: $what runs already; the vendor's script is not run again"
    return 0
fi
before=$(installed && printf running || printf nothing)

folder=$STATE/installer
output=/var/log/wickr-installer.log
install -d -m 0700 "$folder"
cd "$folder"

if [ -n "$ARCHIVE" ]; then
    # IG 4.2: unpacked, the script finds its images in the folder that it runs in.
    find . -mindepth 1 -delete
    tar -xzf "$ARCHIVE" --no-same-owner >>"$LOG" 2>&1 ||
        fail checksum "Replicated's archive cannot be unpacked ($(tail -n 1 "$LOG" | cut -c 1-200)); check installer.airgap.archive"
    [ -f "$SCRIPT" ] ||
        fail version "there is no $SCRIPT in Replicated's archive; installer.airgap.archive must be the vendor's replicated-V+V+V.tar.gz (IG 4.2)"
else
    download "$INSTALLER_URL" install.sh.new "$URL_KEY"
    head -n 1 install.sh.new | grep '^#!.*sh' >/dev/null ||
        fail version "$INSTALLER_URL did not answer with a script but with '$(head -c 80 install.sh.new | tr -d '\r' | head -n 1)'; check $URL_KEY"
    ! grep -q '404: Not Found' install.sh.new ||
        fail version "$INSTALLER_URL does not exist: the vendor answered with a script that says '404: Not Found'; check $URL_KEY"
    bash -n install.sh.new 2>>"$LOG" ||
        fail network "the script from $INSTALLER_URL is cut off or damaged (bash cannot read it); run pulumi up again"
    if [ -n "$INSTALLER_SHA256" ]; then
        printf '%s  install.sh.new\n' "$INSTALLER_SHA256" | sha256sum -c --status ||
            fail version "the script from $INSTALLER_URL has SHA-256 $(sha256sum <install.sh.new | cut -d' ' -f1), not installer.sha256; the vendor changed it, or somebody else did"
    fi
    mv -f install.sh.new "$SCRIPT"
fi

# Asked for a proxy, the script is answered here. INSTALLER_FLAGS say no-proxy in any case: they decide whether a node's
# script runs again, and it would restart Docker for another proxy.
proxy_flags=(no-proxy)
if [ -n "$PROXY" ]; then
    proxy_flags=("additional-no-proxy=$PROXY_EXCEPTIONS")
    # With credentials it finds the proxy in its environment: arguments are in the process list.
    [ -n "$PROXY_CREDENTIALS" ] || proxy_flags+=("http-proxy=$PROXY")
fi
flags=()
while IFS= read -r flag; do
    case $flag in '') ;; no-proxy) flags+=("${proxy_flags[@]}") ;; *) flags+=("$flag") ;; esac
done <<<"$INSTALLER_FLAGS"

# Docker that was here before stays as it is: the vendor's script would replace or refuse it without asking. One that
# an earlier run of that script brought is its own affair.
if command -v docker >/dev/null && pgrep -x dockerd >/dev/null && [ ! -e "$STATE/docker-by-installer" ]; then
    version=$(docker version --format '{{.Server.Version}}' 2>/dev/null || true)
    IFS=. read -r a b c <<<"${version%%[-+~]*}.0.0"
    number=$((10#${a:-0} * 1000000 + 10#${b:-0} * 1000 + 10#${c%%[!0-9]*}))
    if [ "$number" -lt "$DOCKER_OLDEST" ] || { [ -n "$DOCKER_NEWEST" ] && [ "$number" -gt "$DOCKER_NEWEST" ]; }; then
        fail docker "Docker $version is installed, this release wants $DOCKER_TEXT; install another version on the image, or set installer.release to the one that is installed"
    fi
    flags+=(no-docker)
elif [ -n "$DOCKER_PREINSTALLED" ] && ! pgrep -x dockerd >/dev/null; then
    fail docker "no Docker runs on this host, and installer.docker says that its image has one; use an image with Docker $DOCKER_TEXT that starts at boot, or set installer.docker to script"
else
    touch "$STATE/docker-by-installer"
    [ -z "$DOCKER_VERSION" ] || flags+=("docker-version=$DOCKER_VERSION")
fi

# The vendor's script reads the cluster's secret from here, so that it is no argument of any process. A file that is
# there already is the script's own.
if [ -n "$TOKEN" ]; then
    if [ ! -e "$options/replicated-operator" ]; then
        printf 'DAEMON_TOKEN=%s\n' "$TOKEN" >"$options/replicated-operator"
    fi
fi

# A session without a terminal, closed input, an end by the clock (of the whole process group) and by the size of the
# log: a question that nobody foresaw ends here instead of looping for ever. The log is written on the side, so that
# something the script leaves running does not keep this waiting.
redacted() { # its output, without the proxy's credentials
    [ -n "$PROXY_CREDENTIALS" ] || exec cat
    local line
    while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "${line//"$PROXY_CREDENTIALS"/***}"; done
}
[ -n "$ARCHIVE" ] || wait_for_apt 900
log "runs $SCRIPT ${flags[*]}"
: >"$output"
chmod 0600 "$output"
code=0
exec 8> >(redacted | head -c 4000000 >>"$output")
writer=$!
setsid timeout -k 30 "$(left 300)" bash "./$SCRIPT" "${flags[@]}" </dev/null >&8 2>&1 8>&- 9>&- || code=$?
exec 8>&-
timeout 2 tail -s 0.1 --pid="$writer" -f /dev/null || true
log "$SCRIPT ended with code $code"
# Its files are root's alone, since some hold the token and the proxy's credentials. Its tools are for everybody who may
# ask Docker, and scripts, which have to be readable.
chmod -f a+rx /usr/local/bin/replicated /usr/local/bin/replicatedctl || true

# What ran before proves nothing about a script that failed.
if installed && { [ "$code" = 0 ] || [ "$before" = nothing ]; }; then
    printf '%s' "$wanted" >"$STATE/flags"
    say "$PHASE: $what runs"
    return 0
fi
said=$(tail -c 4000 "$output" | tr -d '\r' | sed 's/\x1b\[[0-9;]*[A-Za-z]//g' | sed '/^[[:space:]]*$/d' | tail -n 1 | cut -c 1-200)
case $(tail -c 20000 "$output" | tr '\n' ' ') in
    *"may not be compatible with this installer"*) fail docker "the vendor's script declined the Docker on this host and installed nothing (it still ended with code $code); use a Docker that it accepts, see $output" ;;
    *"unknown parameter"*) fail version "the vendor's script does not know one of the flags it was given (it said: $said); this program and that script do not fit" ;;
    *"nsupported distribution"* | *"not supported"*) fail os "the vendor's script does not support this operating system (it said: $said)" ;;
    *"does not exist"* | *"404: Not Found"*) fail version "the vendor does not have what $URL_KEY names (it said: $said)" ;;
    *"No space left on device"*) fail disk "the disk is full; make room, then run pulumi up again" ;;
esac
! unreachable "$(tail -c 20000 "$output" | tr '\n' ' ')" ||
    fail network "the vendor's script could not reach what it fetches (it said last: $said); check the VPC's DNS, the egress rules and the route to the internet, see $output on the host, then run pulumi up again"
case $code in
    0) fail installer "the vendor's script said it succeeded (code 0) but $what does not run (it said last: $said); see $output on the host" ;;
    124 | 137 | 141) fail timeout "the vendor's script did not end, most likely at a question (it said last: $said); see $output on the host" ;;
    127) fail docker "the vendor's script found no Docker (it said last: $said); see $output on the host" ;;
    *) fail installer "the vendor's script ended with code $code (it said last: $said); see $output on the host, then run pulumi up again" ;;
esac
