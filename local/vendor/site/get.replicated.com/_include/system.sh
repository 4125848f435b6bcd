# The machine: who runs this, on what, and where configuration belongs.
fail() { echo "Error: $*" >&2; exit 1; }
has() { command -v "$1" > /dev/null 2>&1; }
# Without -f, as the vendor's script has it: an error's text is saved as if it were the file.
fetch() { curl -sSL "$1"; }

require_machine() {
    case "$(uname -m)" in *64) ;; *) fail "the installer currently supports only 64-bit platforms" ;; esac
    [ "$(id -u)" = 0 ] || fail "This script requires admin privileges. Please re-run it as root."
    # shellcheck disable=SC1091
    . /etc/os-release
    local major="${VERSION_ID%%.*}"
    # Debian 12 is not on the vendor's list. The stand-in adds it, for the lab's hosts are Debian 12.
    case "$ID$major" in
        debian7|debian8|debian9|debian10|debian11|debian12) ;;
        ubuntu14|ubuntu16|ubuntu18|ubuntu20|ubuntu22) ;;
        rhel7|rhel8|rhel9|centos7|centos8|centos9|ol7|ol8) ;;
        amzn2014|amzn2015|amzn2016|amzn2017|amzn2018|amzn2|amzn2023) ;;
        *) fail "unsupported distribution: $ID $VERSION_ID" ;;
    esac
    has systemctl || fail "failed to detect init system or unsupported."
}

find_confdir() { # FILE -> CONFDIR, the folder that holds it already or the one that the distribution uses
    if ls /etc/default/replicated* > /dev/null 2>&1; then CONFDIR=/etc/default
    elif ls /etc/sysconfig/replicated* > /dev/null 2>&1; then CONFDIR=/etc/sysconfig
    elif [ -d /etc/sysconfig ]; then CONFDIR=/etc/sysconfig
    else CONFDIR=/etc/default; fi
    mkdir -p "$CONFDIR"
}

# The only keys of /etc/replicated.conf that the script itself reads, and only when key and value share a line.
read_conf() { # KEY -> CONF_VALUE
    CONF_VALUE=
    [ -f /etc/replicated.conf ] || return 0
    CONF_VALUE="$(sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p" /etc/replicated.conf | head -1)"
}

option_of() { # NAME "OPTS" -> the value of -e NAME=value
    echo "$2" | grep -o -- "$1=[^ ]*" | head -1 | cut -d= -f2
}

check_firewalld() {
    [ -z "$BYPASS_FIREWALLD" ] || return 0
    systemctl -q is-active firewalld 2> /dev/null || return 0
    printf "Firewalld is active. Please consult the documentation for the rules that this installer needs.\n"
    [ -z "$HARD_FAIL_ON_FIREWALLD" ] || exit 1
    printf "Continue with firewalld active? "
    confirm_yes || exit 1
}

not_in_stand_in() { fail "parameter \"$1\" is real, but the stand-in of the local cloud does not implement it"; }
