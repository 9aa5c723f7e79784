"""An actor: a state or an organization, stored as two foreign keys of which one is set."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from archive.models import Organization, State


class Actor:
    """Reads and writes the pair ``<name>_state`` / ``<name>_organization`` as one attribute.

    >>> response.responder = State.objects.get(code="RUS")
    >>> response.responder_organization is None
    True
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.state = f"{name}_state"
        self.organization = f"{name}_organization"

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return getattr(instance, self.state) or getattr(instance, self.organization)

    def __set__(self, instance: models.Model, actor: "State | Organization | None") -> None:
        is_state = actor is not None and actor._meta.model_name == "state"
        setattr(instance, self.state, actor if is_state else None)
        setattr(instance, self.organization, None if is_state else actor)


def actor_state(related_name: str, help_text: str = "") -> "models.ForeignKey[Any, Any]":
    """The half of an actor that is a state. Protected: records outlive no actor."""
    return models.ForeignKey(
        "archive.State",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name=related_name,
        help_text=help_text,
    )


def actor_organization(related_name: str, help_text: str = "") -> "models.ForeignKey[Any, Any]":
    """The half of an actor that is an organization. Protected, as above."""
    return models.ForeignKey(
        "archive.Organization",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name=related_name,
        help_text=help_text,
    )
