name=wickr-compliance
# Of the container, by a template of Docker's; nothing where there is none.
of() { timeout -k 5 30 docker inspect --format "$1" $name 2>/dev/null </dev/null 9>&- || true; }

if ! docker image inspect --format '{{.Id}}' "$IMAGE" >/dev/null 2>&1 9>&-; then
    log "pulls $IMAGE"
    if ! run timeout -k 10 "$((LIMIT - 240))" docker pull "$IMAGE" </dev/null >"$STATE/pull" 2>&1; then
        said=$(tr -d '\r' <"$STATE/pull" | sed '/^[[:space:]]*$/d' | tail -n 1 | cut -c 1-200)
        log "docker pull: $said"
        case $said in
            *"not found"* | *"manifest unknown"* | *"does not exist"* | *denied*) fail version "there is no image $IMAGE, or not for everybody (Docker said: $said); check compliance.image" ;;
            *"no space left"*) fail disk "the root volume is full; raise compliance.diskGiB, then run pulumi up again" ;;
            *) fail network "the image $IMAGE could not be pulled (Docker said: $said); TCP 443 must lead out of the private subnet, by a NAT gateway" ;;
        esac
    fi
fi

# Not configured by the stack: the host is prepared. A bot that somebody registered by hand (CG 3) is theirs.
if [ -z "$SECRET_ARN" ]; then
    case $(of '{{.State.Running}}') in
        '') say "container: $IMAGE is here, and waits for wickr:compliance.configuration" ;;
        *) say "container: $name is here without a configuration of the stack, and stays as it is" ;;
    esac
    return 0
fi

# What it was made with: another image, or another secret, is another container, on the same data. The arguments are
# known to everybody who may look at the stack; what is in the secret passes by here at no time.
wanted="$IMAGE $SECRET_ARN"
told="runs already"
if [ -z "$(of '{{.Id}}')" ] || [ "$wanted" != "$(cat "$STATE/container" 2>/dev/null)" ]; then
    if [ -n "$(of '{{.Id}}')" ]; then
        log "replaces $name: $(of '{{.Config.Image}}')"
        run docker stop $name </dev/null >>"$LOG" 2>&1 || fail docker "the container $name does not stop; $LOG on the host says why"
        run docker rm $name </dev/null >>"$LOG" 2>&1 || fail docker "the container $name cannot be removed; $LOG on the host says why"
    fi
    # -ti: the bot is looked after by 'docker attach' (CG 2.1.3). Logs of a container rotate only if told to.
    run docker run -d -ti --name $name --restart=always --log-opt max-size=10m --log-opt max-file=5 \
        -v "$DATA_FOLDER:/opt/WickrIO" -e "AWS_SECRET_NAME=$SECRET_ARN" "$IMAGE" </dev/null >>"$LOG" 2>&1 ||
        fail docker "the container $name does not start; $LOG on the host says why"
    printf '%s' "$wanted" >"$STATE/container"
    told="was started"
elif [ "$(of '{{.State.Running}}')" != true ]; then
    run docker start $name </dev/null >>"$LOG" 2>&1 || fail docker "the container $name does not start; $LOG on the host says why"
    told="was started again"
fi

# Up is what has not been restarted for a while: a bot that cannot log in ends, and Docker starts it again and again. Its
# log may hold a password, so nothing of it is repeated, only what is known to be said is looked for.
restarts=$(of '{{.RestartCount}}')
for _ in 1 2 3 4 5 6; do
    sleep 5
    if [ "$(of '{{.State.Running}}')" != true ] || [ "$(of '{{.RestartCount}}')" != "$restarts" ]; then
        case $(timeout -k 5 30 docker logs --tail 200 $name 2>&1 </dev/null 9>&- | tr '\n' ' ') in
            *"Failed to create connection to host"*) why="it cannot reach the messaging host: TCP 443 by its name, and a certificate that it trusts" ;;
            *AccessDenied* | *"not authorized"* | *"locate credentials"*) why="it may not read its secret or its file: a key of your own at KMS needs a grant, and both must be those of compliance.configuration" ;;
            *ResourceNotFound* | *NoSuchKey* | *NoSuchBucket*) why="its secret or its file is not there: see compliance.configuration" ;;
            *"no clients currently configured"*) why="its secret names no client" ;;
            *"Bus Error"* | *"Segmentation fault"*) why="it crashes, as with a wrong password or lost data" ;;
            *) why="'docker logs $name' on the host says why" ;;
        esac
        run docker stop $name </dev/null >>"$LOG" 2>&1 || true
        fail application "the compliance bot does not stay up: $why. It is stopped now, since one that registers again and again has its name locked for a day; mend it, then run pulumi up again"
    fi
done
say "container: $name $told, $IMAGE"
