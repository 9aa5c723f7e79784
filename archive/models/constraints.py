"""Each kind of rule, written once.

Every builder returns a constraint whose name is the rule as a sentence and whose
``violation_error_message`` speaks to the person who filled in the form.
"""

from django.db.models import BooleanField, CheckConstraint, F, Func, Q, TextChoices

NAME = "%(app_label)s_%(class)s_"

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"


def rule(name: str, condition: Q | Func, message: str) -> CheckConstraint:
    """A check named after its model and the rule's sentence."""
    return CheckConstraint(
        name=NAME + name,
        condition=condition,
        violation_error_message=message,
        violation_error_code=name,
    )


def valid_choice(field: str, choices: type[TextChoices], *, blank: bool = False) -> CheckConstraint:
    """The column holds only the vocabulary's values (or nothing, where `blank`)."""
    values = [*choices.values, ""] if blank else choices.values
    return rule(
        f"{field}_in_vocabulary",
        Q(**{f"{field}__in": values}),
        f"Choose one of the listed values for “{field}”: {', '.join(choices.values)}.",
    )


def _exactly_one_of(fields: tuple[str, ...]) -> Q:
    """True where exactly one of `fields` is set."""
    condition = Q()
    for chosen in fields:
        condition |= Q(**{f"{field}__isnull": field != chosen for field in fields})
    return condition


def exactly_one_set(*fields: str, name: str, message: str) -> CheckConstraint:
    """Of the foreign keys `fields`, one is set and the others are empty."""
    return rule(name, _exactly_one_of(fields), message)


def one_actor(field: str) -> CheckConstraint:
    """The actor `field` is a state or an organization, never both, never neither."""
    return exactly_one_set(
        f"{field}_state",
        f"{field}_organization",
        name=f"{field}_is_state_or_organization",
        message=f"Choose one {field}: a state or an organization.",
    )


def valid_edtf(field: str, *, blank: bool = False) -> CheckConstraint:
    """The column holds a date in our subset of EDTF (or nothing, where `blank`)."""
    is_valid = Q(Func(F(field), function="edtf_is_valid", output_field=BooleanField()))
    return rule(
        f"{field}_is_edtf",
        Q(**{field: ""}) | is_valid if blank else is_valid,
        f"“{field}” is not a date in EDTF, such as 2022-09-14, 2021-05, 1999 or 1992/2012.",
    )


def valid_slug() -> CheckConstraint:
    return rule(
        "slug_is_readable",
        Q(slug__regex=SLUG),
        "A slug has small letters, digits and single hyphens only, such as “arm-csto-2021-05”.",
    )


def not_blank(field: str) -> CheckConstraint:
    return rule(
        f"{field}_not_blank",
        Q(**{f"{field}__regex": r"\S"}),
        f"“{field}” must not be blank.",
    )
