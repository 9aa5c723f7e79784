from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """A plain day is known as one, and the votes of a roll call are not asked for their imports."""

    dependencies = [
        ('archive', '0015_masses_of_rows'),
    ]

    operations = [
        migrations.RunSQL((SQL / name).read_text(), migrations.RunSQL.noop)
        for name in ("edtf.sql", "rules.sql")
    ]
