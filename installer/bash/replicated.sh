# Its parts flap between ready and initializing at the start: three answers in a row count, one does not.
in_a_row=0
until [ $in_a_row -ge 3 ]; do
    answer=$(ctl system status --template '{{and (eq .Replicated "ready") (eq .Retraced "ready")}}' 2>/dev/null || true)
    if [ "$answer" = true ]; then
        in_a_row=$((in_a_row + 1))
    else
        in_a_row=0
        if [ "$(($(date +%s) - STARTED))" -gt "$((LIMIT - 60))" ]; then
            fail timeout "Replicated was not ready after $((LIMIT - 60)) s; 'replicatedctl system status' and 'journalctl -u replicated' on the host tell more"
        fi
    fi
    sleep 1
done
say "replicated: ready, version $(ctl version --quiet 2>/dev/null | head -n 1)"
