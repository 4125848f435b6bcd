asked=-10
refusals=0
while :; do
    status=$(ctl app status -o json 2>/dev/null || true)
    state=$(printf '%s' "$status" | json_string State)
    moving=$(printf '%s' "$status" | json_flag IsTransitioning)
    error=$(printf '%s' "$status" | json_string Error)
    # An error may be that of a start before what was wrong was mended: it counts when this run has asked for one.
    if [ -n "$error" ] && { [ $asked -ge 0 ] || [ "$state" = started ]; }; then
        case $error in
            *"not enough operators"*) fail calling "$error; describe the voice and video host under wickr:calling, or turn the application's Enable Calling off in wickr:settings (IG 5)" ;;
            *"No space left"* | *"otal space"*) fail disk "$error; raise messaging.diskGiB or make room" ;;
            *"not compatible with app release"*) fail version "$error; see IG 7.1 for the downgrade of Replicated" ;;
            *icense*) fail license "$error; check wickr:license" ;;
            *) fail application "Wickr did not start: $error" ;;
        esac
    fi
    [ "$state" = started ] && [ "$moving" = false ] && break
    passed=$(($(date +%s) - STARTED))
    if [ "$passed" -gt "$((LIMIT - 120))" ]; then
        fail timeout "Wickr was '${state:-not there}' and not 'started' after $passed s; 'replicatedctl app status' on the host tells more"
    fi
    # The licence starts the application by itself; one that was stopped, or waits, is asked to start.
    if [ "$moving" != true ] && [ -n "$state" ] && [ $((passed - asked)) -ge 10 ]; then
        asked=$passed
        log "state is $state: asks it to start"
        answer=$(ctl app start 2>&1) && refusals=0 || refusals=$((refusals + 1))
        log "app start: $answer"
        if [ $refusals -ge 3 ]; then
            answer=$(printf '%s' "$answer" | tr '\n' ' ' | cut -c 1-200)
            case $answer in
                *"config item"* | *required*) fail settings "Wickr does not start without a setting (it said: $answer); name it in wickr:settings, 'replicatedctl app-config export --hidden' on the host lists the keys" ;;
                *) fail application "Wickr was asked to start three times and refused (it said: $answer); 'replicatedctl app status' on the host tells more" ;;
            esac
        fi
    fi
    sleep 2
done
say "application: started"
