from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """A plain day is known as one; of a roll call those votes are asked that documents report."""

    dependencies = [
        ('archive', '0015_masses_of_rows'),
    ]

    operations = [
        migrations.RunSQL((SQL / name).read_text(), migrations.RunSQL.noop)
        for name in ("edtf.sql", "rules.sql", "search.sql")
    ] + [
        migrations.AddIndex(
            model_name='vote',
            index=models.Index(
                condition=models.Q(('imported__isnull', True)),
                fields=['roll_call'],
                name='vote_of_document',
            ),
        ),
    ]
