from django import template

register = template.Library()


@register.filter
def shortened(text: str, length: int) -> str:
    """A long text by its two ends: what lies between did not change, or can be read elsewhere."""
    left_out = len(text) - length
    if left_out <= length // 2:
        return text
    return f"{text[: length // 2]} […{left_out:,} characters…] {text[-length // 2 :]}"
