# The application starts only when every node that it places something on is there (IG 5).
in_cluster() { # TAG: a node that is connected, initialized and carries the tag
    timeout -k 5 60 /usr/local/bin/replicated nodes </dev/null 2>>"$LOG" 9>&- | awk -v tag="$1" '
        {
            yes = 0
            for (i = 1; i <= NF; i++) if ($i == "true") yes++
            count = split($NF, tags, ",")
            for (i = 1; i <= count; i++) if (tags[i] == tag && yes >= 2) found = 1
        }
        END { exit !found }'
}
# The daemon has its secret since its first start; run again, the vendor's script gives another one to the operator alone.
options=$(options_folder)
daemon=$(token_of "$options/replicated")
operator=$(token_of "$options/replicated-operator")
if [ -n "$daemon" ] && [ -n "$operator" ] && [ "$operator" != "$daemon" ]; then
    fail token "the operator of this host has another secret than its daemon, which does not let it in; give DAEMON_TOKEN in $options/replicated-operator the value that it has in $options/replicated, run 'systemctl restart replicated-operator' on the host, then pulumi up"
fi

for tag in $TAGS; do
    until in_cluster "$tag"; do
        if [ "$(($(date +%s) - STARTED))" -gt "$((LIMIT - 60))" ]; then
            fail cluster "no node with the tag '$tag' joined within $((LIMIT - 60)) s; 'replicated nodes' on this host lists those that did, 'journalctl -u replicated-operator' on the missing one says why (TCP 9870-9881 from it to here must be open, and DAEMON_TOKEN in its options be that of this host's)"
        fi
        sleep 2
    done
done
say "cluster: nodes are there for: $TAGS"
