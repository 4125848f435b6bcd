# IG 9.2: a blank line or a 404 means that the firewall is in the way; another endpoint than the advertised one means that
# clients are sent to the wrong place.
answer=
while :; do
    answer=$(timeout -k 5 60 /usr/local/bin/replicated admin --no-tty test-calling </dev/null 2>>"$LOG" 9>&- || true)
    uri=$(printf '%s' "$answer" | json_string roomURI)
    [ -z "$uri" ] || break
    if [ "$(($(date +%s) - STARTED))" -gt "$((LIMIT - 60))" ]; then
        fail firewall "the calling service does not answer (test-calling said: '$(printf '%s' "$answer" | tr '\n' ' ' | cut -c 1-120)'), which most often is a firewall rule (IG 9.2): TCP 444 from here to the calling host must be open; after changed firewalld rules its containers must be restarted"
    fi
    sleep 3
done
for endpoint in $ENDPOINTS; do
    if [ "${uri%:*}" = "$endpoint" ]; then
        say "calls: offered at $uri"
        return 0
    fi
done
fail routing "calls are offered at $uri, but clients reach the calling host at ${ENDPOINTS// / or } (IG 9.2); set the application's calling host name in wickr:settings to the latter"
