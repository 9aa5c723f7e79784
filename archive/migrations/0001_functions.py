from pathlib import Path

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """The SQL functions on which constraints, generated columns and triggers rest.

    Each file replaces what it defines, so a migration that follows a change of a file
    simply runs it again. A test compares the database with the files.
    """

    initial = True

    operations = [
        # Exclusion constraints that mix equality with overlap need it.
        BtreeGistExtension(),
        *(
            migrations.RunSQL((SQL / name).read_text(), migrations.RunSQL.noop)
            for name in ("edtf.sql", "rules.sql")
        ),
    ]
