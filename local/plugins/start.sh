#!/bin/sh
# Stand-in for the plugin whose name this has, see local/plugins/framework.py.
name=${0##*pulumi-resource-}
checkout=$(dirname "$(readlink -f "$0")")/../..
export PYTHONPATH="$checkout${PYTHONPATH:+:$PYTHONPATH}"
[ -z "$WICKR_LAB" ] || exec "$checkout/.venv/bin/python" -I -S "$checkout/local/plugins/ask.py" "$name" "$@"
exec "$checkout/.venv/bin/python" -P -m "local.plugins.$name" "$@"
