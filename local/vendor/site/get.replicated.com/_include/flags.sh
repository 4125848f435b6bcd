# Flags that both scripts know: name or name=value, hyphens or underscores.
common_flag() { # NAME VALUE; fails when it is not one of them
    case "$1" in
        private-address|local-address) PRIVATE_ADDRESS_FLAG="$2" ;;
        public-address) PUBLIC_ADDRESS="$2" ;;
        no-public-address) NO_PUBLIC_ADDRESS=1 ;;
        no-proxy) NO_PROXY_FLAG=1 ;;
        http-proxy) PROXY_ADDRESS="$2" PROXY_FLAG=1 ;;
        additional-no-proxy) ADDITIONAL_NO_PROXY="${ADDITIONAL_NO_PROXY:+$ADDITIONAL_NO_PROXY,}$2" ;;
        no-docker) SKIP_DOCKER_INSTALL=1 ;;
        install-docker-only) ONLY_INSTALL_DOCKER=1 ;;
        airgap) AIRGAP=1 SKIP_DOCKER_INSTALL=1 ;;
        skip-pull) SKIP_PULL=1 ;;
        daemon-token) TOKEN_FLAG="$2" ;;
        tags) OPERATOR_TAGS="$2" ;;
        log-level) LOG_LEVEL="$2" ;;
        no-auto) READ_TIMEOUT= ;;
        fast-timeouts) READ_TIMEOUT="-t 1" FAST_TIMEOUTS=1 ;;
        bypass-firewalld-warning) BYPASS_FIREWALLD=1 ;;
        hard-fail-on-firewalld) HARD_FAIL_ON_FIREWALLD=1 ;;
        bypass-storagedriver-warnings) BYPASS_STORAGEDRIVER_WARNINGS=1 ;;
        hard-fail-on-loopback) HARD_FAIL_ON_LOOPBACK=1 ;;
        skip-preflights) SKIP_PREFLIGHTS=1 ;;
        prompt-on-preflight-warnings) PROMPT_ON_PREFLIGHT_WARNINGS=1 ;;
        ignore-preflights) ;; # the real script takes it and does nothing either
        no-ce-on-ee) ;; # concerns Red Hat, Oracle and SUSE only; the lab's hosts are Debian
        selinux-replicated-domain|artifactory-address|artifactory-access-method|artifactory-docker-repo-key|\
        artifactory-quay-repo-key|artifactory-auth|registry-address-override|registry-path-prefix)
            not_in_stand_in "$1" ;;
        *) return 1 ;;
    esac
}

read_flags() { # OWN-FLAG-FUNCTION "$@"
    local own="$1" name value
    shift
    while [ "$1" != "" ]; do
        name="${1%%=*}" value=
        if [[ "$1" == *=* ]]; then value="${1#*=}"; fi
        local spelling="${name//_/-}"
        if [ "$name" = artifactory_auth ]; then spelling="$name"; fi
        if ! common_flag "$spelling" "$value" && ! "$own" "$spelling" "$value"; then
            echo "Error: unknown parameter \"$name\"" >&2
            exit 1
        fi
        shift
    done
}
