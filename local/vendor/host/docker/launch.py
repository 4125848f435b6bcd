#!/usr/bin/python3
"""Installed as /usr/bin/docker and /usr/bin/dockerd; the name decides which program runs."""

import runpy
import sys
from pathlib import Path

sys.path.insert(0, "/usr/lib/docker-stand-in")
runpy.run_module(f"host.docker.{Path(sys.argv[0]).name}", run_name="__main__")
