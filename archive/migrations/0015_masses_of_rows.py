from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """Functions that thousands of new rows call: the import that proves one is asked first."""

    dependencies = [
        ('archive', '0014_effective_dates'),
    ]

    operations = [
        migrations.RunSQL((SQL / name).read_text(), migrations.RunSQL.noop)
        for name in ("rules.sql", "search.sql")
    ] + [migrations.RunSQL("DROP FUNCTION IF EXISTS archive_status_now", migrations.RunSQL.noop)]
