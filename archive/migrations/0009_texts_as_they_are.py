from django.db import migrations

# Each passage is shown with the words around it, cut out of the text. Of a compressed text
# PostgreSQL must unpack all that stands before; of a plain one it reads the piece.
EXTERNAL = "ALTER TABLE archive_article ALTER COLUMN text SET STORAGE EXTERNAL"
EXTENDED = "ALTER TABLE archive_article ALTER COLUMN text SET STORAGE EXTENDED"


class Migration(migrations.Migration):
    """Texts are stored as they are, and no longer compressed; those that stand there stay so."""

    dependencies = [("archive", "0008_indexes_of_joins")]

    operations = [migrations.RunSQL(EXTERNAL, EXTENDED)]
