# By the volume's own id, which the Nitro system shows as the disk's serial number: a device is never guessed by its
# place, for what is guessed here would be formatted.
serial=${VOLUME_ID/-/}
device=
until
    link=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_$serial
    if [ -e "$link" ]; then
        device=$(readlink -f "$link")
    else
        device=$(lsblk -d -n -p -o NAME,SERIAL 2>/dev/null | awk -v serial="$serial" '$2 == serial { print $1; exit }')
    fi
    [ -n "$device" ]
do
    if [ "$(($(date +%s) - STARTED))" -gt "$((LIMIT / 2))" ]; then
        fail disk "the data volume $VOLUME_ID does not appear on this host; see that it is attached ('lsblk -o NAME,SERIAL' lists what is there) and that compliance.instanceType is of the Nitro system, then run pulumi up again"
    fi
    sleep 2
done

# What the kernel sees of a volume that grows follows within seconds.
until [ "$(blockdev --getsize64 "$device")" -ge "$((DATA_GIB * 1024 * 1024 * 1024))" ]; do
    if [ "$(($(date +%s) - STARTED))" -gt "$((LIMIT - 120))" ]; then
        fail disk "the data volume $VOLUME_ID has less than $DATA_GIB GiB on this host; AWS may still be growing it, run pulumi up again"
    fi
    sleep 2
done

format() { # more options: -F over what an attempt that was cut off left behind
    log "makes a file system on $device"
    touch "$STATE/formats-$VOLUME_ID"
    run mkfs.ext4 -q -m 1 -L "$LABEL" "$@" "$device" >>"$LOG" 2>&1 ||
        fail filesystem "no file system could be made on the data volume $VOLUME_ID; $LOG on the host says why"
    rm -f "$STATE/formats-$VOLUME_ID"
}

told=kept
code=0
found=$(run blkid -p -o export -s TYPE -s PTTYPE -s LABEL "$device" 2>>"$LOG") || code=$?
if [ -e "$STATE/formats-$VOLUME_ID" ]; then
    format -F
    told=formatted
else
    case $code in
        0)
            kind=$(sed -n 's/^TYPE=//p;s/^PTTYPE=/partitions, /p' <<<"$found" | tr '\n' ' ')
            label=$(sed -n 's/^LABEL=//p' <<<"$found")
            [ "$kind" = 'ext4 ' ] && [ "$label" = "$LABEL" ] ||
                fail filesystem "the data volume $VOLUME_ID holds something else already (${kind% }${label:+, called '$label'}), and stays as it is; if it is the bot's, name it '$LABEL' by e2label, otherwise attach an empty one"
            ;;
        2)
            # A file system or a database without a signature that anybody knows would look like nothing.
            cmp -s -n 4194304 "$device" /dev/zero ||
                fail filesystem "the data volume $VOLUME_ID holds something that no tool knows, and stays as it is; attach an empty one"
            format
            told=formatted
            ;;
        *) fail filesystem "what the data volume $VOLUME_ID holds is ambiguous ('blkid -p $device' on the host says so), and stays as it is; attach an empty one" ;;
    esac
fi

# By what is inside: names of devices change from boot to boot. Without it the host boots all the same, and can be mended;
# Docker, and with it the bot, waits for it (see `engine`).
uuid=$(run blkid -p -o value -s UUID "$device")
line="UUID=$uuid $DATA_FOLDER ext4 defaults,nofail,x-systemd.device-timeout=30s 0 2"
touch /etc/fstab
if ! grep -qxF "$line" /etc/fstab; then
    awk -v folder="$DATA_FOLDER" '$2 != folder' /etc/fstab >/etc/fstab.wickr
    printf '%s\n' "$line" >>/etc/fstab.wickr
    chmod 0644 /etc/fstab.wickr
    mv -f /etc/fstab.wickr /etc/fstab
    run systemctl daemon-reload
fi
install -d -m 0755 "$DATA_FOLDER"
if ! mountpoint -q "$DATA_FOLDER"; then
    [ -z "$(ls -A "$DATA_FOLDER")" ] ||
        fail filesystem "$DATA_FOLDER on the root volume is not empty, and the data volume would hide what is in it; move it away, then run pulumi up again"
    run mount "$DATA_FOLDER" >>"$LOG" 2>&1 || fail filesystem "the data volume $VOLUME_ID cannot be mounted; $LOG on the host says why"
fi
mounted=$(findmnt -n -o SOURCE -T "$DATA_FOLDER")
[ "$(readlink -f "$mounted")" = "$device" ] ||
    fail filesystem "$DATA_FOLDER is on $mounted, not on the data volume $VOLUME_ID; unmount it, then run pulumi up again"
run resize2fs "$device" >>"$LOG" 2>&1 || fail filesystem "the file system on $VOLUME_ID does not grow to its volume; $LOG on the host says why"
say "volume: $VOLUME_ID $told, $(($(df -B1 --output=size "$DATA_FOLDER" | tail -n 1) / 1000000000)) GB at $DATA_FOLDER"
