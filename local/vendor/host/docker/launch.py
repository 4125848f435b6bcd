#!/usr/bin/python3
"""Installed as /usr/bin/docker and /usr/bin/dockerd; the name decides which program runs."""

import os
import runpy
import sys

sys.path.insert(0, "/usr/lib/docker-stand-in")
runpy.run_module(f"host.docker.{os.path.basename(sys.argv[0])}", run_name="__main__")
