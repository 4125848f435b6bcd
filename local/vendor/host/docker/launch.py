#!/usr/bin/python3
"""Installed as docker and dockerd; the name decides which program runs. In the static archives it holds them itself."""

import runpy
import sys
from pathlib import Path

HOME = "/usr/lib/docker-stand-in"

if Path(__file__).name != "__main__.py":  # no archive of its own
    sys.path.insert(0, HOME)
runpy.run_module(f"host.docker.{Path(sys.argv[0]).name}", run_name="__main__")
