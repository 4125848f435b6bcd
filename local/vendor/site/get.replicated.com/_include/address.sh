# Addresses: the private one from the interfaces (docker0 counts), the public one from metadata services.
list_interfaces() { # -> NAMES, ADDRESSES
    local _ name _ cidr _
    NAMES=() ADDRESSES=()
    while read -r _ name _ cidr _; do
        [ -n "$cidr" ] && [ "$name" != lo ] || continue
        NAMES+=("$name") ADDRESSES+=("${cidr%%/*}")
    done < <(ip -4 -o addr)
}

choose_private_address() {
    local last i
    list_interfaces
    [ "${#NAMES[@]}" -gt 0 ] || fail "The installer couldn't discover any valid network interfaces on this machine."
    if [ "${#NAMES[@]}" = 1 ]; then
        PRIVATE_ADDRESS="${ADDRESSES[0]}"
        printf "The installer will use network interface '%s' (with IP address '%s')\n" "${NAMES[0]}" "$PRIVATE_ADDRESS"
        return
    fi
    last=$((${#NAMES[@]} - 1))
    printf "The installer was unable to automatically detect the private IP address of this machine.\n"
    printf "Please choose one of the following network interfaces:\n"
    for i in $(seq 0 $last); do printf "[%d] %-5s\t%s\n" "$i" "${NAMES[$i]}" "${ADDRESSES[$i]}"; done
    while true; do
        printf "Enter desired number (0-%d): " "$last"
        ask_for_ever
        [[ "$ANSWER" =~ ^[0-9]+$ ]] && [ "$ANSWER" -le "$last" ] || continue
        PRIVATE_ADDRESS="${ADDRESSES[$ANSWER]}"
        return
    done
}

find_private_address() { # flag > stored and still on an interface > LocalAddress > question
    if [ -n "$PRIVATE_ADDRESS_FLAG" ]; then
        PRIVATE_ADDRESS="$PRIVATE_ADDRESS_FLAG"
        printf "The installer will use local address '%s' (from parameter)\n" "$PRIVATE_ADDRESS"
        return
    fi
    list_interfaces
    if [ -n "$PRIVATE_ADDRESS" ] && [[ " ${ADDRESSES[*]} " == *" $PRIVATE_ADDRESS "* ]]; then return; fi
    read_conf LocalAddress
    PRIVATE_ADDRESS="$CONF_VALUE"
    if [ -n "$PRIVATE_ADDRESS" ]; then
        printf "The installer will use local address '%s' (imported from /etc/replicated.conf 'LocalAddress')\n" \
            "$PRIVATE_ADDRESS"
        return
    fi
    choose_private_address
}

# Version 1 of the metadata service: no token. An instance that requires one answers 401, which counts as nothing.
ask_metadata() { curl --noproxy '*' --max-time 5 --connect-timeout 2 -qSfs "$@" 2> /dev/null; }

find_public_address() { # STORED
    local metadata=http://169.254.169.254 found=
    if [ -n "$PUBLIC_ADDRESS" ] || [ -n "$NO_PUBLIC_ADDRESS" ] || [ -n "$AIRGAP" ]; then return; fi
    printf "Determining service address\n"
    found="$(ask_metadata -H 'Metadata-Flavor: Google' \
        "$metadata/computeMetadata/v1/instance/network-interfaces/0/access-configs/0/external-ip")" || found=
    [ -n "$found" ] || found="$(ask_metadata "$metadata/latest/meta-data/public-ipv4")" || found=
    [ -n "$found" ] || found="$(ask_metadata -H Metadata:true \
        "$metadata/metadata/instance/network/interface/0/ipv4/ipAddress/0/publicIpAddress?api-version=2017-08-01&format=text")" \
        || found=
    PUBLIC_ADDRESS="${found:-$1}"
    if [ -n "$PUBLIC_ADDRESS" ] && [ "$PUBLIC_ADDRESS" = "$1" ]; then return; fi
    if [ -n "$PUBLIC_ADDRESS" ]; then
        printf "The installer has automatically detected the service IP address of this machine as %s.\n" "$PUBLIC_ADDRESS"
        printf "Do you want to:\n[0] default: use %s\n[1] enter new address\nEnter desired number (0-1): " "$PUBLIC_ADDRESS"
        ask
        [ "$ANSWER" = 1 ] || return 0
    else
        printf "The installer was unable to automatically detect the service IP address of this machine.\n"
        printf "Please enter the address or leave blank for unspecified.\n"
    fi
    while true; do
        printf "Service IP address: "
        ask 120
        [ -n "$ANSWER" ] || return 0
        if [[ "$ANSWER" =~ ^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$ ]]; then PUBLIC_ADDRESS="$ANSWER"; return; fi
        printf "%s is not a valid ip address.\n" "$ANSWER"
    done
}
