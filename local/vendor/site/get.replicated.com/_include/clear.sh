# Nothing is taken from the environment except the proxy: what the caller exported under these names is forgotten.
PRIVATE_ADDRESS= PUBLIC_ADDRESS= DAEMON_ENDPOINT= DAEMON_TOKEN= OPERATOR_ID= LOG_LEVEL= AIRGAP= SKIP_OPERATOR_INSTALL=
REPLICATED_OPTS= REPLICATED_UI_OPTS= REPLICATED_OPERATOR_OPTS=
