# Shared by every phase. A phase ends in one of three ways: it reaches its end state; it says one sentence of the
# form "class: what is wrong and the way out" on standard error; or its time limit ends it, with such a sentence too.
set -Eeuo pipefail
umask 077
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

readonly LOG=/var/log/wickr-bootstrap.log STATE=/var/lib/wickr-bootstrap
STARTED=$(date +%s)

# Of a full disk the sentence is to tell, not a failing log.
log() { printf '%s %s %s\n' "$(date -u +%FT%TZ)" "$PHASE" "$*" 2>/dev/null >>"$LOG" || true; }
say() { log "$*"; printf '%s\n' "$*"; }
warn() { log "warning: $*"; printf 'warning: %s\n' "$*" >&2; }

fail() { # CLASS SENTENCE...
    trap - ERR EXIT TERM
    log "failed, $1: ${*:2}"
    printf '%s: %s\n' "$1" "${*:2}" >&2
    exit 1
}

finish() { log "done in $(($(date +%s) - STARTED)) s"; }

# A host that goes down ends its phases as the limit does, only earlier. Both clocks count whole seconds.
ended() {
    local after=$(($(date +%s) - STARTED))
    ((after < LIMIT - 1)) ||
        fail timeout "phase $PHASE took longer than $LIMIT s; what it did last is in $LOG on the host. Run pulumi up again: it resumes here"
    fail interrupted "phase $PHASE was ended after $after s, most likely because this host went down; what it did last is in $LOG there. Run pulumi up again: it resumes here"
}

trap ended TERM
line=unknown
trap 'line=$LINENO' ERR
trap '[ $? = 0 ] || fail internal "phase $PHASE stopped at line $line of its script; what it did is in $LOG on the host. Run pulumi up again: it resumes here"' EXIT

{ install -d -m 0700 "$STATE" && touch "$LOG" && chmod 0600 "$LOG"; } 2>/dev/null ||
    fail disk "nothing can be written to $STATE and $LOG on this host, most likely because the disk is full; make room ('df -h /' shows it), then run pulumi up again"

# A run whose connection was cut may still be at work: wait for it instead of racing it.
exec 9>"$STATE/$LOCK"
flock -w "$((LIMIT / 2))" 9 || fail busy "another run of the bootstrap still works on this host; wait for it, then run pulumi up again"
log "begins"

# The lock is not handed on to what the phase starts: a daemon that kept it would block the next run.
run() { "$@" 9>&-; }

# How many seconds are left until SECONDS before the limit, and a minute at least: to `timeout` 0 is no limit at all.
left() { # SECONDS
    local rest=$((LIMIT - $1 - ($(date +%s) - STARTED)))
    echo $((rest > 60 ? rest : 60))
}

# A distribution that looks for updates right after the boot, above all Ubuntu, holds its packages for minutes, and apt
# refuses at once who comes meanwhile. (yum and dnf wait by themselves.)
apt_is_busy() {
    local file inode
    case $(systemctl is-active apt-daily.service apt-daily-upgrade.service 2>/dev/null || true) in *activating*) return 0 ;; esac
    for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock; do
        inode=$(stat -c %i "$file" 2>/dev/null) || continue
        ! grep ":$inode " /proc/locks >/dev/null || return 0
    done
    return 1
}
wait_for_apt() { # SECONDS
    local last=$(($(date +%s) + $1))
    ! apt_is_busy || log "waits for the updates that this host installs by itself"
    while apt_is_busy; do
        [ "$(date +%s)" -lt "$last" ] ||
            fail timeout "this host still installs updates by itself after $1 s ('systemctl status apt-daily-upgrade' on it, and who holds /var/lib/dpkg/lock, tell more); wait for it, then run pulumi up again"
        sleep 2
    done
}

# The daemon reads what is placed for it as this user, which the vendor's script makes unless it exists.
replicated_user() {
    getent passwd replicated >/dev/null ||
        useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin replicated
}

download() { # URL FILE KEY-OF-THE-STACK-FILE
    local said code=0
    run curl -fsSL --proto '=https' --retry 3 --retry-delay 2 --connect-timeout 20 --max-time 180 -o "$2" "$1" 2>curl.err || code=$?
    [ -z "${PROXY:-}" ] || case $code,$(tail -n 1 curl.err) in
        5,*) fail proxy "the name in $PROXY does not resolve on the host; check installer.proxy and the VPC's DNS, then run pulumi up again" ;;
        7,* | 28,*) fail proxy "$PROXY cannot be reached from the host, or does not answer; check installer.proxy, wickr:egress and the route to it, then run pulumi up again" ;;
        56,*407*) fail proxy "$PROXY asks for credentials, or for others (HTTP status 407); set them with: pulumi config set --secret --path installer.proxyCredentials USER:PASSWORD" ;;
        56,*) fail proxy "$PROXY does not lead to $1 ($(tail -n 1 curl.err)); the names that it must let the hosts reach are in docs/network.md" ;;
    esac
    case $code in
        0) ;;
        6) fail network "the name in $1 does not resolve on the host; check the VPC's DNS and route to the internet, then run pulumi up again" ;;
        7 | 28) fail network "$1 cannot be reached from the host; check the egress rules and the route to the internet, then run pulumi up again" ;;
        22) fail version "$1 answered with an error ($(tail -n 1 curl.err)); check $3 and the versions in it" ;;
        35 | 51 | 60 | 77)
            said=$(grep '^curl: ' curl.err | tail -n 1)
            case $said in *expired* | *"not yet valid"*)
                fail clock "the certificate of $1 is out of its time by this host's clock, which says $(date -u '+%F %T') UTC ($said); set the clock if that is wrong ('timedatectl' on the host), then run pulumi up again" ;;
            esac
            ! unreachable "$said" || fail network "downloading $1 was cut off ($said); run pulumi up again"
            fail network "$1 shows a certificate that the host does not trust ($said); something between the host and the vendor intercepts TLS" ;;
        *) fail network "downloading $1 ended with curl's code $code ($(tail -n 1 curl.err)); run pulumi up again" ;;
    esac
}

# What programs say that cannot get out, or no further: curl, apt, and Docker. Its last parts are of who waited in vain,
# and of who was cut off at work.
unreachable() { # TEXT
    case $1 in
        *"ould not resolve"* | *"no such host"* | *"emporary failure in name resolution"* | *"Temporary failure resolving"*) ;;
        *"ailed to connect"* | *"ouldn't connect"* | *"onnection timed out"* | *"onnection refused"* | *"etwork is unreachable"* | *"o route to host"*) ;;
        *"i/o timeout"* | *"TLS handshake timeout"* | *"waiting for connection"*) ;;
        *"mpty reply from server"* | *"onnection reset"* | *"ecv failure"* | *"SSL_ERROR_SYSCALL"*) ;;
        *"transfer closed with"* | *"emote end closed connection"* | *"peration timed out"* | *"peration too slow"*) ;;
        *"eof while reading"* | *"nexpected EOF"* | *'": EOF'* | *"end failure: Broken pipe"* | *"not closed cleanly"*) ;;
        *) return 1 ;;
    esac
}

# First string value of KEY in the JSON text on standard input; enough for the flat answers of replicatedctl.
json_string() {
    tr -d '\n' | sed -n 's/.*"'"$1"'"[[:space:]]*:[[:space:]]*"\(\([^"\\]\|\\.\)*\)".*/\1/p' | sed 's/\\"/"/g' | head -n 1
}
json_flag() { tr -d '\n' | sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\(true\|false\).*/\1/p" | head -n 1; }

# replicatedctl runs inside a container; without a terminal its wrapper drops redirected input unless -i comes first.
ctl() { timeout -k 5 60 /usr/local/bin/replicatedctl "$@" 9>&-; }
PATIENCE=120
ctl_with_input() { timeout -k 5 "$PATIENCE" /usr/local/bin/replicatedctl -i "$@" 9>&-; }

# Whether the vendor's services run; only phases that know which these are ask. An operator, the messaging host's own too,
# ends and is started again every few seconds until the daemon listens: between two starts it is "activating", and as
# installed as it gets. Whether it is connected is asked on the messaging host, at `cluster`.
installed() {
    local service
    [ "$SERVICES" = replicated-operator ] || [ -x /usr/local/bin/replicatedctl ] || return 1
    for service in $SERVICES; do
        case $service,$(systemctl is-active "$service" 2>/dev/null) in
            *,active | replicated-operator,activating) ;;
            *) return 1 ;;
        esac
    done
}

# What runs on hosts, installer/python, is written for 3.6 and later.
has_python() { python3 -c 'import sys; sys.exit(sys.version_info < (3, 6))' 2>/dev/null; }
# Where the vendor's scripts keep a service's options: where some are, or else where the distribution has such files.
options_folder() {
    if compgen -G "/etc/default/replicated*" >/dev/null || [ ! -d /etc/sysconfig ]; then echo /etc/default; else echo /etc/sysconfig; fi
}
# The cluster's secret in a file of options as the vendor's scripts write them; of several the last counts, as for a shell.
token_of() { sed -n 's/.*DAEMON_TOKEN=\([^ "]*\).*/\1/p' "$1" 2>/dev/null | tail -n 1 || true; } # FILE
