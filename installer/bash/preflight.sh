# Everything is looked at before the sentence is said, so that a person mends all of it at once.
problems=()
classes=()
problem() { classes+=("$1"); problems+=("${*:2}"); }

. /etc/os-release
accepted=no
IFS=. read -r major minor _ <<<"${VERSION_ID:-0}.0"
for rule in $OPERATING_SYSTEMS; do # id:oldest:newest, versions as major*100+minor, newest may be empty
    IFS=: read -r id oldest newest <<<"$rule"
    version=$((10#${major:-0} * 100 + 10#${minor:-0}))
    if [ "$ID" = "$id" ] && [ "$version" -ge "$oldest" ] && { [ -z "$newest" ] || [ "$version" -le "$newest" ]; }; then
        accepted=yes
    fi
done
[ $accepted = yes ] || problem os "$ID ${VERSION_ID:-without a version} is not in the guide's list ($OPERATING_SYSTEMS_TEXT); use another image, or list '$ID ${VERSION_ID:-}' under $KEY.alsoAcceptOs"

[ "$(uname -m)" = x86_64 ] || problem os "the processor is $(uname -m), the vendor's images are x86_64; choose another instance type and image"

IFS=. read -r kernel_major kernel_minor _ <<<"$(uname -r)"
kernel_minor=${kernel_minor%%[!0-9]*}
[ "$((kernel_major * 1000 + kernel_minor))" -ge "$KERNEL" ] || problem os "kernel $(uname -r) is older than $KERNEL_TEXT"

if [ -n "$NEEDS_PYTHON" ]; then
    has_python ||
        problem python "there is no Python 3.6 or later, by which an installation without internet fetches what it needs; use an image with python3 on it"
fi

cpus=$(nproc)
[ "$cpus" -ge "$CPUS" ] || problem cpu "$cpus processors, the guide asks for $CPUS; choose a larger $KEY.instanceType"

# The kernel keeps a part of the memory for itself: an instance of 8 GiB shows about 7.6.
memory_mib=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
[ "$memory_mib" -ge "$((MEMORY_GIB * 1024 * 92 / 100))" ] || problem memory "$memory_mib MiB of memory, the guide asks for $MEMORY_GIB GiB; choose a larger $KEY.instanceType"

disk_gb=$(($(df -B1 --output=size / | tail -n 1) / 1000000000))
if [ "$disk_gb" -lt "$DISK_GB" ]; then
    problem disk "/ has $disk_gb GB, the guide asks for $DISK_GB; raise $KEY.diskGiB"
elif [ "$disk_gb" -lt "$PREFLIGHT_DISK_GB" ]; then
    warn "/ has $disk_gb GB; the vendor's own preflight asks for $PREFLIGHT_DISK_GB"
fi
free_gb=$(($(df -B1 --output=avail / | tail -n 1) / 1000000000))
[ "$free_gb" -ge 10 ] || problem disk "/ has only $free_gb GB free, an installation needs at least 10; make room"

for folder in /var/lib/docker /var/lib /; do
    [ -d $folder ] || continue
    if [ "$(findmnt -n -o FSTYPE -T $folder)" = xfs ]; then
        mount_point=$(findmnt -n -o TARGET -T $folder)
        xfs_info "$mount_point" 2>/dev/null | grep 'ftype=1' >/dev/null ||
            problem filesystem "$mount_point is XFS without ftype=1, on which overlay storage loses data; use an image made with ftype=1"
    fi
    break
done

if [ "$SECURITY_MODULE" != any ] && command -v getenforce >/dev/null && [ "$(getenforce)" = Enforcing ]; then
    if [ "$SECURITY_MODULE" = permissive ]; then
        setenforce 0
        sed -i 's/^SELINUX=enforcing/SELINUX=permissive/' /etc/selinux/config
        say "SELinux is permissive now, as the guide asks"
    else
        problem security-module "SELinux is enforcing, the guide asks for permissive or disabled; set installer.securityModule to permissive, or make an image that is"
    fi
fi
if [ "$SECURITY_MODULE" != any ] && [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && [ -s /sys/kernel/security/apparmor/profiles ]; then
    if [ "$SECURITY_MODULE" = permissive ]; then
        run systemctl disable --now apparmor >>"$LOG" 2>&1 || true
        if command -v aa-teardown >/dev/null; then run aa-teardown >>"$LOG" 2>&1 || true; fi
        say "AppArmor's profiles are unloaded now, as the guide asks"
    else
        problem security-module "AppArmor enforces profiles, the guide asks for permissive or disabled; set installer.securityModule to permissive, or make an image that is"
    fi
fi

# Where Replicated runs already, its ports are taken by itself.
if ! installed; then
    for range in $PORTS; do
        busy=$(ss -H -l -t -n "sport >= :${range%-*} and sport <= :${range#*-}" | sed 's/.*[:]\([0-9]*\) .*/\1/' | sort -un | tr '\n' ' ')
        [ -z "$busy" ] || problem port "something listens on TCP ${busy% } already, which Wickr needs; stop it ('ss -ltnp' shows what it is) or use a clean image"
    done
fi

if [ ${#problems[@]} -gt 0 ]; then
    for i in "${!problems[@]}"; do log "problem, ${classes[$i]}: ${problems[$i]}"; done
    sentence=${problems[0]}
    for i in "${!problems[@]}"; do [ "$i" = 0 ] || sentence="$sentence; also ${classes[$i]}: ${problems[$i]}"; done
    fail "${classes[0]}" "$sentence"
fi
say "preflight: $ID ${VERSION_ID:-}, $cpus processors, $memory_mib MiB, / $disk_gb GB"
