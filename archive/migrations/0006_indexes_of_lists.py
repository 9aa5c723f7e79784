from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('archive', '0005_proposals_that_add'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='article',
            index=models.Index(fields=['published_possible', 'slug'], name='article_by_date'),
        ),
        migrations.AddIndex(
            model_name='rollcall',
            index=models.Index(fields=['date_possible', 'slug'], name='roll_call_by_date'),
        ),
        migrations.AddIndex(
            model_name='vote',
            index=models.Index(fields=['updated_at', 'id'], name='vote_by_change'),
        ),
    ]
