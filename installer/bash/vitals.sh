# A program, its configuration and a timer; then it is run once, and the phase ends as it does.
has_python ||
    fail python "there is no Python 3.6 or later, by which the host tells CloudWatch how it is; use an image with python3 on it, or set monitoring.vitals.enabled to false"

folder=/usr/local/lib/wickr
state=/var/lib/wickr-vitals
name=wickr-vitals
unit=/etc/systemd/system/$name
changed=
put() { # FILE MODE: what standard input says; notes whether that is another text
    local new=$1.new
    { cat >"$new" && chmod "$2" "$new"; } 2>/dev/null ||
        fail disk "${1##*/} cannot be written, most likely because the disk is full; make room on the host ('df -h /' shows it), then run pulumi up again"
    if cmp -s "$new" "$1"; then
        rm -f "$new"
        chmod "$2" "$1"
    else
        mv -f "$new" "$1"
        changed=yes
    fi
}
quoted() { # TEXT, as JSON
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

# The folder of the configuration is that of the phase `files`, too, which says who else may look into it.
[ -d "$FILES" ] || install -d -m 0750 "$FILES"
install -d -m 0755 "$folder"
install -d -m 0700 "$state"
put "$folder/vitals" 0755 < <(printf '%s' "$PROGRAM")
put "$FILES/vitals.json" 0600 < <(
    printf '{"region": %s, "domain": %s, ' "$(quoted "$REGION")" "$(quoted "$DOMAIN")"
    printf '"group": %s, "role": %s, ' "$(quoted "$GROUP")" "$(quoted "$ROLE")"
    printf '"certificate": %s, "proxy": %s, "proxyCredentials": ' "$TELLS_CERTIFICATE" "$(quoted "$PROXY")"
    quoted "$PROXY_CREDENTIALS"
    printf ', "proxyExceptions": %s}\n' "$(quoted "$PROXY_EXCEPTIONS")"
)
# It may read what root owns, write to its own folder, and open connections; nothing else, and little of the machine.
put "$unit.service" 0644 <<END
[Unit]
Description=Tells CloudWatch how this host is
After=network-online.target

[Service]
Type=oneshot
ExecStart=$(command -v python3) -I $folder/vitals $FILES/vitals.json $state
TimeoutStartSec=180
UMask=0077
Nice=10
IOSchedulingClass=idle
CPUQuota=25%
MemoryMax=128M
TasksMax=16
CapabilityBoundingSet=
NoNewPrivileges=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictRealtime=yes
ReadWritePaths=$state
END
put "$unit.timer" 0644 <<END
[Unit]
Description=Tells CloudWatch how this host is, every $PERIOD_MINUTES minutes

[Timer]
OnCalendar=*:0/$PERIOD_MINUTES
RandomizedDelaySec=60
AccuracySec=1

[Install]
WantedBy=timers.target
END

if [ -n "$changed" ]; then
    # A run that began before is let end: what it says is of what was here before.
    run systemctl daemon-reload
    run systemctl stop $name.timer >>"$LOG" 2>&1 || true
    while [ "$(systemctl is-active $name.service 2>/dev/null)" = activating ]; do sleep 1; done
fi
tells() {
    rm -f "$state/answer"
    run systemctl start $name.service >>"$LOG" 2>&1
}
# A role that was given a right a moment ago may not have it everywhere yet.
for pause in 15 15 30 30 0; do
    code=0
    tells || code=$?
    said=$(head -n 1 "$state/answer" 2>/dev/null || true)
    case $code,${said%%: *} in
        0,*) break ;;
        *,permission | *,metadata | *,logs) log "not yet: $said" ;;
        *) break ;;
    esac
    [ $pause = 0 ] || sleep $pause
done
# Told or not, it goes on: what passes need not wait for a deployment.
run systemctl enable --now $name.timer >>"$LOG" 2>&1 ||
    fail internal "the timer $name.timer does not start; 'systemctl status $name.timer' on the host says why"
if [ $code != 0 ]; then
    case ${said%%: *} in
        metadata | permission | clock | network | proxy | logs | disk | timeout) fail "${said%%: *}" "${said#*: }" ;;
        *) fail internal "telling CloudWatch ended with code $code (it said: ${said:-nothing}); 'journalctl -u $name' on the host says more" ;;
    esac
fi
log "$said"
say "vitals: CloudWatch is told every $PERIOD_MINUTES minutes"
