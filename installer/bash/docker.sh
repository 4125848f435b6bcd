# IG 4.2: "Install Docker on your airgapped server via your package manager or normal package installation process."
running() { command -v docker >/dev/null && pgrep -x dockerd >/dev/null; }
if running; then
    say "docker: runs already"
    return 0
fi
packages=()
for file in "$FOLDER"/docker/*; do [ ! -f "$file" ] || packages+=("$file"); done
[ ${#packages[@]} -gt 0 ] ||
    fail docker "Docker does not run on this host, and the stack names no package of it; name Docker's packages under installer.airgap.docker, or use an image with Docker on it"
case ${packages[0]} in
    *.deb) install=(dpkg -i) ;;
    *) install=(rpm -U --replacepkgs) ;;
esac
command -v "${install[0]}" >/dev/null ||
    fail docker "this host has no ${install[0]}, which ${packages[0]##*/} is for; name packages of its own kind under installer.airgap.docker"
wait_for_apt 300
export DEBIAN_FRONTEND=noninteractive
run timeout -k 10 "$(left 120)" "${install[@]}" "${packages[@]}" </dev/null >>"$LOG" 2>&1 ||
    fail docker "Docker's packages cannot be installed ($(tail -n 1 "$LOG" | cut -c 1-200)); name all that they depend on under installer.airgap.docker, see $LOG on the host"
run systemctl enable docker </dev/null >>"$LOG" 2>&1 || true
run systemctl start docker </dev/null >>"$LOG" 2>&1 || true
for _ in 1 2 3 4 5 6 7 8 9 10; do running && break; sleep 1; done
running || fail docker "Docker is installed and does not run; 'journalctl -u docker' on the host tells why"
say "docker: installed from ${#packages[@]} packages"
