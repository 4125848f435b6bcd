# Questions. Each one reads the terminal itself, whatever stdin is; without a terminal the read fails at once.
READ_TIMEOUT="${READ_TIMEOUT:--t 20}"
ANSWER=

ask() { # [timeout] -> ANSWER, empty when nobody answers in time
    local timeout="$READ_TIMEOUT"
    if [ -n "$1" ] && [ -z "$FAST_TIMEOUTS" ] && [ -n "$timeout" ]; then timeout="-t $1"; fi
    ANSWER=
    # shellcheck disable=SC2086
    read -r $timeout ANSWER < /dev/tty || true
}

ask_for_ever() { # -> ANSWER; the caller asks again while it is empty
    ANSWER=
    read -r ANSWER < /dev/tty || true
}

confirm_yes() { printf "(Y/n) "; ask; [ "$ANSWER" != n ] && [ "$ANSWER" != N ]; }
confirm_no() { printf "(y/N) "; ask; [ "$ANSWER" = y ] || [ "$ANSWER" = Y ]; }
