replicated_user
install -d -m 0750 -o root -g replicated "$FILES"

changed=()
place() { # FILE, content in base64 on standard input; not in a pipe, for that would lose what it notes
    local temporary
    temporary=$(mktemp "$FILES/.new.XXXXXX")
    base64 -d >"$temporary" || {
        rm -f "$temporary"
        fail disk "${1##*/} cannot be written, most likely because the disk is full; make room on the host ('df -h /' shows it), then run pulumi up again"
    }
    chown replicated:replicated "$temporary"
    chmod 0600 "$temporary"
    if cmp -s "$temporary" "$1"; then
        rm -f "$temporary"
        chown replicated:replicated "$1"
        chmod 0600 "$1"
    else
        mv -f "$temporary" "$1"
        changed+=("${1##*/}")
    fi
}

# printf is part of bash: no process that carries a secret among its arguments ever exists.
place "$FILES/license.rli" < <(printf '%s' "$LICENSE")
place "$FILES/settings.json" < <(printf '%s' "$SETTINGS")
place "$FILES/settings.tsv" < <(printf '%s' "$SETTINGS_TABLE")
place "$FILES/console-auth.json" < <(printf '%s' "$CONSOLE_AUTH")
if [ -n "$CERTIFICATE" ]; then
    place "$FILES/certificate.pem" < <(printf '%s' "$CERTIFICATE")
    place "$FILES/certificate.key" < <(printf '%s' "$CERTIFICATE_KEY")
fi

# Read once, at the first start of Replicated; afterwards it would only be a password lying about.
if [ -e "$STATE/configured" ]; then
    rm -f /etc/replicated.conf
else
    place /etc/replicated.conf < <(printf '%s' "$REPLICATED_CONF")
fi
say "files: ${changed[*]:-nothing} changed"
