# The way out of this host. What runs in this phase is told by the environment, the package manager and the agent of
# session manager by files, for good; Docker and Replicated by the vendor's script. Credentials are in no argument and
# in no log.
proxy_url=${PROXY/'://'/"://${PROXY_CREDENTIALS:+$PROXY_CREDENTIALS@}"}
if [ -n "$PROXY" ]; then
    export http_proxy=$proxy_url https_proxy=$proxy_url no_proxy=$PROXY_EXCEPTIONS
    export HTTP_PROXY=$proxy_url HTTPS_PROXY=$proxy_url NO_PROXY=$PROXY_EXCEPTIONS
fi

apt_conf() {
    local each
    printf 'Acquire::http::Proxy "%s";\nAcquire::https::Proxy "%s";\n' "$proxy_url" "$proxy_url"
    for each in ${PROXY_EXCEPTIONS//,/ }; do # apt knows no domains
        case $each in .*) ;; *) printf 'Acquire::http::Proxy::%s "DIRECT";\nAcquire::https::Proxy::%s "DIRECT";\n' "$each" "$each" ;; esac
    done
}

yum_conf() { # FILE: with our lines below [main], and without those of an earlier run
    local line ours=no
    while IFS= read -r line || [ -n "$line" ]; do
        [ "$line" != '# wickr: proxy' ] || ours=yes
        [ $ours = yes ] || printf '%s\n' "$line"
        [ "$line" != '# wickr: end' ] || ours=no
        if [ -n "$PROXY" ] && [ "$line" = '[main]' ]; then
            printf '# wickr: proxy\nproxy=%s\n' "$PROXY"
            [ -z "$PROXY_CREDENTIALS" ] || printf 'proxy_username=%s\nproxy_password=%s\n' "${PROXY_CREDENTIALS%%:*}" "${PROXY_CREDENTIALS#*:}"
            printf '# wickr: end\n'
        fi
    done <"$1"
}

agent() { # UNIT of session manager, where it is there: its way out, and a restart that touches nothing else
    local drop_in=/etc/systemd/system/$1.service.d
    systemctl cat "$1.service" >/dev/null 2>&1 || return 0
    rm -f "$drop_in/wickr-proxy.conf"
    if [ -n "$PROXY" ]; then
        install -d -m 0755 "$drop_in"
        printf '[Service]\nEnvironment="http_proxy=%s" "https_proxy=%s" "no_proxy=169.254.169.254"\n' "$proxy_url" "$proxy_url" >"$drop_in/wickr-proxy.conf"
    fi
    run systemctl daemon-reload
    run systemctl restart "$1.service" >>"$LOG" 2>&1 || warn "the agent of session manager did not start again ($1)"
}

# A host that never had a proxy is left as it is.
told=$(printf '%s\n' "$PROXY" "$PROXY_CREDENTIALS" "$PROXY_EXCEPTIONS" | sha256sum)
if [ "$told" != "$(cat "$STATE/proxy" 2>/dev/null)" ] && { [ -n "$PROXY" ] || [ -e "$STATE/proxy" ]; }; then
    if [ -d /etc/apt/apt.conf.d ]; then
        rm -f /etc/apt/apt.conf.d/95wickr-proxy
        [ -z "$PROXY" ] || apt_conf >/etc/apt/apt.conf.d/95wickr-proxy
        # Everybody may ask apt, as long as there is nothing to hide.
        [ -z "$PROXY" ] || [ -n "$PROXY_CREDENTIALS" ] || chmod 0644 /etc/apt/apt.conf.d/95wickr-proxy
    fi
    for file in /etc/yum.conf /etc/dnf/dnf.conf; do
        if [ ! -f $file ] || [ -L $file ]; then continue; fi
        yum_conf $file >"$STATE/yum.conf"
        if [ -n "$PROXY_CREDENTIALS" ]; then chmod 0600 $file; fi
        cat "$STATE/yum.conf" >$file
        rm -f "$STATE/yum.conf"
    done
    agent amazon-ssm-agent
    agent snap.amazon-ssm-agent.amazon-ssm-agent
    # A restart of Docker interrupts Wickr: when, is for a person to say.
    ! installed || warn "the host itself has another way out now (${PROXY:-no proxy}); Docker and Replicated keep theirs until you write it into /etc/systemd/system/docker.service.d/http-proxy.conf and, on the messaging host, into REPLICATED_OPTS of /etc/default/replicated (of /etc/sysconfig on Red Hat), and run 'systemctl daemon-reload; systemctl restart docker', which interrupts Wickr; until then the old way must stay open"
    printf '%s' "$told" >"$STATE/proxy"
fi
