from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class SearchEntry(models.Model):
    """A stretch of public text that search finds: a passage of an article, or a record's words.

    Derived: the database writes it (``archive/sql/search.sql``), nobody else does. It is no
    record, so neither fixtures nor history, desk or API lists know it.
    """

    kind = models.CharField(max_length=16, help_text="What kind of record it belongs to.")
    # Not foreign keys: deleting a record must neither ask nor wait for what is derived from it.
    key = models.BigIntegerField(help_text="The record's id.")
    article_id = models.BigIntegerField(null=True, help_text="The article that the words are of.")
    start = models.PositiveIntegerField(
        null=True, help_text="Where the words begin in the capture, in characters from 0."
    )
    days = DateRangeField(null=True, help_text="The days that the record may touch.")
    configuration = models.CharField(
        max_length=16, help_text="How PostgreSQL stems the words: by the article's language."
    )
    text = models.TextField(help_text="The words, letter by letter.")
    heading = SearchVectorField(null=True, help_text="The words of what the record is called.")
    vector = SearchVectorField(help_text="The words of the text, then those of the heading.")

    class Meta:
        default_permissions = ()
        ordering = ("pk",)
        indexes = [
            models.Index(fields=["kind", "key"], name="search_by_record"),
            models.Index(
                fields=["article_id"],
                name="search_by_article",
                condition=models.Q(article_id__isnull=False),
            ),
            models.Index(fields=["configuration"], name="search_by_configuration"),
            # A short list of pending entries (in kB): every search reads through it.
            GinIndex(fields=["vector"], name="search_by_words", gin_pending_list_limit=512),
            GinIndex(
                fields=["heading"],
                name="search_by_heading",
                gin_pending_list_limit=512,
                condition=models.Q(heading__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: {self.text[:60]}"
