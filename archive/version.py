"""The version of this software: what imports say that they were made with."""

import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"

VERSION: str = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["version"]
