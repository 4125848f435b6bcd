# The host preflight of the script: prints, and stops only in prompt mode. The console has another set of its own.
WARNINGS=0
warn() { printf "[WARN] %s\n" "$*"; WARNINGS=$((WARNINGS + 1)); }

run_host_preflight() {
    [ -z "$SKIP_PREFLIGHTS" ] || return 0
    printf "Running preflight checks...\n"
    local folder used
    for folder in / /var/lib/docker /var/lib/replicated; do
        [ -d "$folder" ] || continue
        used="$(df --output=pcent "$folder" | tail -1 | tr -dc 0-9)"
        if [ "${used:-0}" -ge 83 ]; then warn "disk usage of $folder is $used%"; fi
    done
    if has getenforce && [ "$(getenforce)" = Enforcing ]; then warn "SELinux is enforcing"; fi
    if systemctl -q is-active firewalld 2> /dev/null; then warn "firewalld is active"; fi
    if has iptables && iptables -S INPUT 2> /dev/null | grep -q '^-P INPUT DROP'; then warn "iptables drops INPUT"; fi
    [ "$WARNINGS" = 0 ] || [ -z "$PROMPT_ON_PREFLIGHT_WARNINGS" ] && return 0
    printf "Would you like to proceed anyway? "
    confirm_no || exit 1
}
