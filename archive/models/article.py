from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Length

from archive import edtf
from archive.choices import TextAccess
from archive.models.base import Publishable, PublishableQuerySet
from archive.models.constraints import not_blank, rule, valid_choice, valid_edtf, valid_slug
from archive.models.fields import EDTF_HELP, EDTFField, possible_range
from archive.models.history import tracked
from archive.models.triggers import Deferred, findable


class ArticleQuerySet(PublishableQuerySet):
    def with_evidence(self) -> Self:
        """Adds `citation_count`, here the passages of the article that the public sees.

        `contested` is false: a passage disputes a record, never the article it stands in.
        """
        from archive.models import Citation

        counted = (
            Citation.objects.public()
            .order_by()
            .filter(article=OuterRef("pk"))
            .values("article")
            .annotate(number=Count("pk"))
            .values("number")
        )
        return self.annotate(
            citation_count=Coalesce(Subquery(counted), 0), contested=Value(value=False)
        )

    def with_body(self) -> "ArticleQuerySet":
        """Adds `body`: the article proper, without the capture's furniture."""
        return self.annotate(
            body=models.functions.Substr(
                "text", F("body_start") + 1, F("body_end") - F("body_start")
            )
        )


@tracked()
class Article(Publishable):
    """One document, captured verbatim."""

    slug = models.SlugField(
        max_length=100, unique=True, help_text="Outlet, year and words of the title."
    )
    title = models.CharField(
        max_length=300,
        help_text="As printed; in square brackets where it is only known from the address.",
    )
    source = models.ForeignKey(
        "archive.Source",
        on_delete=models.PROTECT,  # evidence without its outlet is worthless
        related_name="articles",
        help_text="The outlet that this capture was taken from.",
    )
    first_published_by = models.ForeignKey(
        "archive.Source",
        on_delete=models.PROTECT,  # as above
        null=True,
        blank=True,
        related_name="first_published_articles",
        help_text="The outlet that printed it first, where this one reprinted it.",
    )
    authors = ArrayField(
        models.CharField(max_length=200),
        blank=True,
        default=list,
        db_default=[],
        help_text="One a line, as printed; empty where no author is named.",
    )
    published = EDTFField(
        "published on",
        blank=True,
        help_text=f"When it was published. Blank only with a note that says why. {EDTF_HELP}",
    )
    url = models.URLField("address", max_length=500, blank=True, help_text="Where it was read.")
    archived_url = models.URLField(
        "archived address", max_length=500, blank=True, help_text="A copy in a web archive."
    )
    retrieved_on = models.DateField(null=True, blank=True, help_text="When it was captured.")
    language = models.CharField(
        max_length=35, default="en", db_default="en", help_text="BCP 47 tag, such as en or ru."
    )
    text = models.TextField(
        help_text="The capture, letter by letter. It is never altered; citations rest on it."
    )
    sha256 = models.GeneratedField(
        expression=Func(F("text"), function="archive_utf8_sha256"),
        output_field=models.CharField(max_length=64),
        db_persist=True,
        unique=True,
        editable=False,
        help_text="SHA-256 of the capture's UTF-8 bytes, computed by the database.",
    )
    body_start = models.PositiveIntegerField(
        default=0,
        help_text="Where the article proper begins in the capture, in characters from 0. "
        "Outside the body lies furniture: navigation, a second printing, reader comments.",
    )
    body_end = models.PositiveIntegerField(
        help_text="Where the article proper ends: the number of characters before its end."
    )
    text_access = models.CharField(
        max_length=16,
        choices=TextAccess.choices,
        default=TextAccess.OPEN,
        db_default=TextAccess.OPEN,
        help_text="Restricted: the public API gives the cited passages only, not the text.",
    )
    note = models.TextField(
        blank=True, help_text="What a reader must know about this capture or its dating."
    )
    published_possible = possible_range("published")

    objects = ArticleQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ("published_possible", "slug")
        indexes = [models.Index(fields=["published_possible", "slug"], name="article_by_date")]
        constraints = [
            *Publishable.Meta.constraints,
            valid_slug(),
            not_blank("title"),
            not_blank("text"),
            valid_edtf("published", blank=True),
            valid_choice("text_access", TextAccess),
            rule(
                "body_lies_in_text",
                Q(body_start__lt=F("body_end")) & Q(body_end__lte=Length("text")),
                "The body begins before it ends, and ends within the text.",
            ),
        ]
        triggers = [
            *Publishable.Meta.triggers,
            Deferred(
                name="quotations_stand",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("text", "body_start", "body_end"),
                statement="PERFORM archive_assert_quotations_stand(NEW.id);",
            ),
            Deferred(
                name="prove_update",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="published")
                & ~pgtrigger.Q(new__status="published"),
                statement="PERFORM archive_recheck_cited_in(NEW.id);",
            ),
            *findable(
                "article",
                "title",
                "authors",
                "text",
                "body_start",
                "body_end",
                "language",
                "published",
                "text_access",
                "status",
                parts_follow=("language", "published", "text_access", "status"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/api/v1/articles/{self.slug}/"

    @property
    def published_in_words(self) -> str:
        return edtf.describe(self.published) if self.published else "undated"
