# What the installation needs comes from its bucket by the role of this host (IG 4.2): nothing of it by SSH, nothing by the
# internet. A file that is there and is what the stack names is not fetched again.
install -d -m 0711 "$FOLDER" "$FOLDER/docker"
replicated_user
files=()
while IFS=$'\t' read -r sha256 file key; do
    [ -n "$file" ] || continue
    files+=("$file")
    code=0
    said=$(run env BUCKET="$BUCKET" KEY="$key" REGION="$REGION" DNS_SUFFIX="$DNS_SUFFIX" SHA256="$sha256" TARGET="$file" \
        LIMIT="$((LIMIT - 120 - $(date +%s) + STARTED))" python3 - < <(printf '%s' "$FETCH") 2>&1) || code=$?
    said=$(printf '%s' "$said" | tail -n 1)
    if [ $code != 0 ]; then
        case ${said%%: *} in
            metadata | permission | clock | bucket | network | checksum | disk | timeout) fail "${said%%: *}" "${said#*: }" ;;
            *) fail internal "fetching s3://$BUCKET/$key ended with code $code (it said last: $said)" ;;
        esac
    fi
    log "$said"
done <<<"$OBJECTS"
chown replicated:replicated "$FOLDER"/*.airgap 2>/dev/null || true # Replicated reads it as this user

# What an earlier release needed, and parts of it, would only fill the disk.
for file in "$FOLDER"/* "$FOLDER"/.*.part "$FOLDER"/docker/* "$FOLDER"/docker/.*.part; do
    [ -f "$file" ] || continue
    case " ${files[*]} " in *" $file "*) ;; *) rm -f "$file" ;; esac
done
say "fetch: ${#files[@]} files are what the stack names"
