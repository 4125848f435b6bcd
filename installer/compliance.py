"""What the compliance host is made of (CG 2.1): where its data lies, and where Docker comes from."""

DATA_FOLDER = "/opt/WickrIO"
"""All that the bot keeps, its registration included: it has to be one folder as a whole."""

FILE_SYSTEM_LABEL = "wickr-compliance"
"""By which the host knows its own data volume again; 16 characters are the most that ext4 has."""

DOCKER_ARCHIVES = "https://download.docker.com/linux/static/stable/x86_64"
"""Docker's own archives, one a version, which run on every Linux."""
