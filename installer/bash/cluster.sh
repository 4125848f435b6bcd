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
for tag in $TAGS; do
    until in_cluster "$tag"; do
        if [ "$(($(date +%s) - STARTED))" -gt "$((LIMIT - 60))" ]; then
            fail cluster "no node with the tag '$tag' joined within $((LIMIT - 60)) s; 'replicated nodes' on this host lists those that did, 'journalctl -u replicated-operator' on the missing one says why (TCP 9870-9881 from it to here must be open)"
        fi
        sleep 2
    done
done
say "cluster: nodes are there for: $TAGS"
