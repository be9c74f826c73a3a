#!/usr/bin/python3
"""Prints the services that `docker-compose up` would start, one a line.

    services_of_up.py FOLDER [PROFILE …]

Asks docker-compose's own code, as its Debian package installs it, for what the command takes when no service is named.
Nothing of it reaches a Docker engine.
"""

import sys
from unittest.mock import MagicMock

from compose.config import config
from compose.config.environment import Environment
from compose.project import Project

folder, *profiles = sys.argv[1:]
environment = Environment.from_env_file(folder)
files = environment["COMPOSE_FILE"].split(":")
resolved = config.load(config.find(folder, [f"{folder}/{name}" for name in files], environment))
project = Project.from_config("night", resolved, MagicMock(), enabled_profiles=profiles)
print("\n".join(service.name for service in project.get_services([])))
