"""Writes the names of its environment variables, for the test that a child sees none of ours."""

import json
import os
import sys

json.dump(sorted(os.environ), sys.stdout)
