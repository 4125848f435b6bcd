# The configuration file counted at the first start only. Here the running installation is read back and brought
# to what the stack says, so a file that was ignored, and a later change, end in the same state.

# What was changed and not applied is applied by the run that follows, which finds nothing to change.
pending=$STATE/apply-pending
changes() {
    earlier=$([ ! -e "$pending" ] || echo yes)
    touch "$pending" 2>/dev/null ||
        fail disk "nothing can be written to $STATE, most likely because the disk is full; make room on the host ('df -h /' shows it), then run pulumi up again"
}
# A refusal changed nothing; of one that ended by the clock that is not known.
refused() { case $1 in 124 | 137) ;; *) [ -n "$earlier" ] || rm -f "$pending" ;; esac; } # CODE

# A console without a password lets anyone who reaches 8800 upload a licence.
password=$(sha256sum <"$FILES/console-auth.json")
if [ "$password" != "$(cat "$STATE/console-auth" 2>/dev/null)" ] || ! ctl console-auth export 2>/dev/null | grep '"Password"[[:space:]]*:[[:space:]]*{' >/dev/null; then
    ctl_with_input console-auth import <"$FILES/console-auth.json" >/dev/null 2>>"$LOG" ||
        fail installer "the console's password could not be set; see $LOG on the host, then run pulumi up again"
    printf '%s\n' "$password" >"$STATE/console-auth"
    log "set the console's password"
fi

license=$(sha256sum <"$FILES/license.rli")
loaded() { ctl license inspect 2>/dev/null | grep '"ID"' >/dev/null; }
if ! loaded || { [ -e "$STATE/license" ] && [ "$license" != "$(cat "$STATE/license")" ]; }; then
    options=()
    check="check wickr:license"
    if [ -n "$BUNDLE" ]; then
        # Every byte of the bundle is verified, which "can take quite a long time" (IG 4.2).
        PATIENCE=$((LIMIT - 300))
        options=(--airgap-package "$BUNDLE")
        check="check that wickr:license allows an airgapped installation (IG 3.4), and that installer.airgap.bundle is of its channel"
    fi
    code=0
    # Spelled so that bash before 4.4, of CentOS 7, takes an array without elements for what it is.
    answer=$(ctl_with_input license-load ${options[@]+"${options[@]}"} <"$FILES/license.rli" 2>&1) || code=$?
    case $code in 124 | 137) fail timeout "Replicated did not say in time whether it takes the licence; 'replicatedctl system status' on the host tells how it is; then run pulumi up again" ;; esac
    PATIENCE=120
    said=$(printf '%s' "$answer" | tr '\n' ' ' | cut -c 1-200)
    if [ -n "$BUNDLE" ]; then
        case $answer in *truncated* | *"unexpected EOF"* | *orrupt* | *hecksum*)
            fail checksum "Replicated cannot read the bundle (it said: $said), which is what the stack names: it was cut off or damaged before its SHA-256 was taken; get it anew from the vendor, upload it, and name what that prints under installer.airgap" ;;
        esac
    fi
    loaded || fail license "Replicated did not accept the licence (it said: $said); $check"
    case $code,$answer in [!0]* | *[Ee]rror* | *nvalid* | *not\ possible* | *does\ not\ match*)
        fail license "Replicated did not accept the licence (it said: $said); $check" ;;
    esac
    log "loaded the licence"
fi
printf '%s\n' "$license" >"$STATE/license"
[ "$(ctl license inspect 2>/dev/null | json_flag IsExpired)" != true ] ||
    fail license "the licence has expired; ask the vendor for a new one and set wickr:license"

if [ -e "$FILES/certificate.pem" ]; then
    wanted=$(openssl x509 -noout -fingerprint -sha256 -in "$FILES/certificate.pem")
    shown=$(timeout 20 openssl s_client -connect 127.0.0.1:8800 -servername "$HOSTNAME_OF_WICKR" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 2>/dev/null || true)
    if [ "$wanted" != "$shown" ]; then
        changes
        timeout -k 5 120 /usr/local/bin/replicated console cert set "$HOSTNAME_OF_WICKR" "$FILES/certificate.key" "$FILES/certificate.pem" </dev/null >>"$LOG" 2>&1 9>&- || {
            refused $?
            fail certificate "Replicated refused the certificate; see $LOG on the host, then check the certificate of the stack"
        }
        log "set the certificate"
    fi
fi

# Read back key by key: only those that the stack names count, the installation has others of its own.
settings_differ() {
    local key wanted
    while IFS=$'\t' read -r key wanted; do
        [ "$(ctl app-config export --hidden --template "{{.$key.Value}}" </dev/null 2>/dev/null)" = "$(printf '%s' "$wanted" | base64 -d)" ] || return 0
    done <"$FILES/settings.tsv"
    return 1
}
settings=$(sha256sum <"$FILES/settings.json")
if [ "$settings" != "$(cat "$STATE/settings" 2>/dev/null)" ] && settings_differ; then
    changes
    answer=$(ctl_with_input app-config import <"$FILES/settings.json" 2>&1) || {
        refused $?
        fail settings "Replicated refused wickr:settings (it said: $(printf '%s' "$answer" | tr '\n' ' ' | cut -c 1-200)); 'replicatedctl app-config export --hidden' on the host lists the keys"
    }
    ! settings_differ || warn "Replicated took wickr:settings but shows other values; 'replicatedctl app-config export --hidden' on the host tells which"
    log "imported the settings"
fi
printf '%s\n' "$settings" >"$STATE/settings"

# What the configuration file said is known to have arrived; from here on it would only be a password lying about.
rm -f /etc/replicated.conf
touch "$STATE/configured"

if [ ! -e "$pending" ]; then
    say "configure: the installation has what the stack says"
    return 0
fi
for pause in 2 2 0; do
    code=0
    status=$(ctl app status -o json 2>&1) || code=$?
    [ $code != 0 ] || break
    sleep $pause
done
[ $code = 0 ] ||
    fail installer "Replicated does not say how the application is (code $code: $(printf '%s' "$status" | tr '\n' ' ' | cut -c 1-200)), so what changed is not applied yet; 'replicatedctl system status' on the host tells more; then run pulumi up again"
case $(printf '%s' "$status" | json_string State) in
    # An application that does not run yet starts with what is there by then.
    '' | stopped) say "configure: the installation has what the stack says" ;;
    *)
        ctl app apply-config >>"$LOG" 2>&1 || fail installer "the changed settings could not be applied; see $LOG on the host, then run pulumi up again"
        say "configure: changed, the application restarts with it"
        ;;
esac
rm -f "$pending"
