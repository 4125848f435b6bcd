if command -v cloud-init >/dev/null; then
    status=$(run timeout -k 5 "$((LIMIT - 60))" cloud-init status --wait --long 2>&1 </dev/null | tr -d '\r') || true
    case $status in
        *"status: done"* | *"status: degraded done"* | *"status: disabled"*) ;;
        *"status: error"*)
            log "$status"
            fail cloud-init "cloud-init ended with an error on this host; read 'cloud-init status --long' there, mend the image or rebuild the host" ;;
        *)
            log "$status"
            fail timeout "cloud-init did not finish in $((LIMIT - 60)) s; read 'cloud-init status --long' on the host, then run pulumi up again" ;;
    esac
fi
say "ready: $(uname -n)"
