from django import template

from archive import edtf

register = template.Library()


@register.filter(name="edtf")
def in_words(text: str) -> str:
    """An EDTF date in words for people: “2021-05” is “May 2021”, and “” stays “”."""
    return edtf.describe(text)
