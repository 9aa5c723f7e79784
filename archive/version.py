"""The version of this software: what imports and releases say that they were made with."""

VERSION = "0.1.0"
