#!/bin/sh
# What udev, and systemd's own reading of /etc/fstab, do for data volumes on a machine with devices of its own; in a
# container they do not. Runs as a generator of systemd at each boot and reload, and without arguments when a volume
# comes or goes. In the list: node, volume, major and minor number of each.
list=/var/lib/lab/volumes
byid=/dev/disk/by-id byuuid=/dev/disk/by-uuid
mkdir -p $byid $byuuid
for node in /dev/nvme[1-9]*n1; do
    [ ! -b "$node" ] || grep -q "^${node#/dev/} " $list || rm -f "$node"
done
rm -f $byid/nvme-Amazon_Elastic_Block_Store_vol*
find $byuuid -type l -delete
while read -r node volume major minor; do
    here=$(stat -c '%t %T' "/dev/$node" 2>/dev/null)
    if [ "$here" != "$(printf '%x %x' "$major" "$minor")" ]; then
        rm -f "/dev/$node"
        mknod -m 660 "/dev/$node" b "$major" "$minor"
        chgrp disk "/dev/$node"
    fi
    ln -s "../../$node" "$byid/nvme-Amazon_Elastic_Block_Store_$volume"
    uuid=$(blkid -p -o value -s UUID "/dev/$node")
    [ -z "$uuid" ] || ln -s "../../$node" "$byuuid/$uuid"
done <$list

[ -n "$1" ] || exit 0
grep -v '^ *#' /etc/fstab 2>/dev/null | while read -r what where type options _; do
    case $what in
        /dev/* | UUID=* | LABEL=*) [ "$where" != / ] || continue ;;
        *) continue ;;
    esac
    unit=$(systemd-escape --path --suffix=mount "$where")
    case ,$options, in
        *,noauto,*) continue ;;
        *,nofail,*) wanted=wants order= ;;
        *) wanted=requires order=Before=local-fs.target ;;
    esac
    printf '[Unit]\nSourcePath=/etc/fstab\n%s\n[Mount]\nWhat=%s\nWhere=%s\nType=%s\nOptions=%s\n' \
        "$order" "$what" "$where" "$type" "$options" >"$1/$unit"
    mkdir -p "$1/local-fs.target.$wanted"
    ln -sf "../$unit" "$1/local-fs.target.$wanted/$unit"
done
