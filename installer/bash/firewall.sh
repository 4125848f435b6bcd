if ! systemctl is-active --quiet firewalld; then
    say "firewall: firewalld does not run; the security group is the firewall"
    return 0
fi
before=$(firewall-cmd --permanent --list-all-zones | cksum)
while IFS= read -r line; do
    [ "$line" = 'firewall-cmd --reload' ] && continue
    run $line >>"$LOG" 2>&1 || fail firewall "firewalld refused '$line'; see $LOG on the host, or turn firewalld off"
done <<<"$FIREWALLD_COMMANDS"
if [ "$(firewall-cmd --permanent --list-all-zones | cksum)" = "$before" ]; then
    say "firewall: firewalld has the guide's rules already"
    return 0
fi
firewall-cmd --reload >>"$LOG" 2>&1
# A reload wipes the chains of Docker, and running containers with them (IG 9.2).
if systemctl is-active --quiet docker; then run systemctl restart docker; fi
say "firewall: firewalld lets the guide's ports in"
