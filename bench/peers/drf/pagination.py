from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """By id, which is the order of the archive's own lists here: see `bench/generate.py`."""

    page_size = 100
    ordering = "pk"
