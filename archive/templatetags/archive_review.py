from typing import Any

from django import template

register = template.Library()


@register.filter
def kind(row: Any) -> str:
    """What sort of record it is, which templates cannot ask: `_meta` is out of their reach."""
    return str(row._meta.verbose_name)


@register.filter
def words(name: str) -> str:
    """The name of a field as words."""
    return name.replace("_", " ")
