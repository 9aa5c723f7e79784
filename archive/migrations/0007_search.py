from pathlib import Path

import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


SQL = Path(__file__).parent.parent / 'sql'

from archive.migrations._steps import ChangeTriggers


class Migration(migrations.Migration):
    """What search finds, kept by the database: see archive/sql/search.sql."""

    dependencies = [
        ('archive', '0006_indexes_of_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='What kind of record it belongs to.', max_length=16)),
                ('key', models.BigIntegerField(help_text="The record's id.")),
                ('article_id', models.BigIntegerField(help_text='The article that the words are of.', null=True)),
                ('start', models.PositiveIntegerField(help_text='Where the words begin in the capture, in characters from 0.', null=True)),
                ('days', django.contrib.postgres.fields.ranges.DateRangeField(help_text='The days that the record may touch.', null=True)),
                ('configuration', models.CharField(help_text="How PostgreSQL stems the words: by the article's language.", max_length=16)),
                ('text', models.TextField(help_text='The words, letter by letter.')),
                ('heading', django.contrib.postgres.search.SearchVectorField(help_text='The words of what the record is called.', null=True)),
                ('vector', django.contrib.postgres.search.SearchVectorField(help_text='The words of the text, then those of the heading.')),
            ],
            options={
                'ordering': ('pk',),
                'default_permissions': (),
            },
        ),
        # Before the triggers that call its functions.
        migrations.RunSQL((SQL / 'search.sql').read_text(), migrations.RunSQL.noop),
        ChangeTriggers(
            [
                pgtrigger.migrations.AddTrigger(
                    model_name='article',
                    trigger=pgtrigger.compiler.Trigger(name='index_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('article', NEW.id); RETURN NULL;", hash='3b2ce0453a21af3d43329f559bd2f99bef0911ff', operation='INSERT', pgid='pgtrigger_index_insert_41cf9', table='archive_article', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='article',
                    trigger=pgtrigger.compiler.Trigger(name='index_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."authors" IS DISTINCT FROM (NEW."authors") OR OLD."body_end" IS DISTINCT FROM (NEW."body_end") OR OLD."body_start" IS DISTINCT FROM (NEW."body_start") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."published" IS DISTINCT FROM (NEW."published") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."text_access" IS DISTINCT FROM (NEW."text_access") OR OLD."title" IS DISTINCT FROM (NEW."title"))', func="PERFORM archive_index('article', NEW.id); RETURN NULL;", hash='fa51f2d3026755def9a8c2a3e6cd1d847d7e31ab', operation='UPDATE', pgid='pgtrigger_index_update_37b37', table='archive_article', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='article',
                    trigger=pgtrigger.compiler.Trigger(name='index_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('article', OLD.id); RETURN NULL;", hash='7de46c115987329f3a05143b5429cc89625d6f2c', operation='DELETE', pgid='pgtrigger_index_delete_e7c3e', table='archive_article', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='article',
                    trigger=pgtrigger.compiler.Trigger(name='index_parts', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."published" IS DISTINCT FROM (NEW."published") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."text_access" IS DISTINCT FROM (NEW."text_access"))', func="PERFORM archive_index_parts('article', NEW.id); RETURN NULL;", hash='3ca856b5581349d9536752f1963b72b9e742381b', operation='UPDATE', pgid='pgtrigger_index_parts_6381b', table='archive_article', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='citation',
                    trigger=pgtrigger.compiler.Trigger(name='index_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('citation', NEW.id); RETURN NULL;", hash='d2ef32ec9eff9df19ee0caccf68ad0d553c8ecac', operation='INSERT', pgid='pgtrigger_index_insert_b1cbd', table='archive_citation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='citation',
                    trigger=pgtrigger.compiler.Trigger(name='index_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."article_id" IS DISTINCT FROM (NEW."article_id") OR OLD."quote" IS DISTINCT FROM (NEW."quote") OR OLD."start" IS DISTINCT FROM (NEW."start") OR OLD."status" IS DISTINCT FROM (NEW."status"))', func="PERFORM archive_index('citation', NEW.id); RETURN NULL;", hash='d7c85297412dbf8e9e375a01bd9c9a40462f0a32', operation='UPDATE', pgid='pgtrigger_index_update_832de', table='archive_citation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='citation',
                    trigger=pgtrigger.compiler.Trigger(name='index_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('citation', OLD.id); RETURN NULL;", hash='6c82d11f656b45c42fbdaaa4d6a56afa5f227756', operation='DELETE', pgid='pgtrigger_index_delete_478bf', table='archive_citation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='event',
                    trigger=pgtrigger.compiler.Trigger(name='index_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('event', NEW.id); RETURN NULL;", hash='5221e4afedb90ac6d4af8c0dd3c78d70b4d47d52', operation='INSERT', pgid='pgtrigger_index_insert_2dbe5', table='archive_event', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='event',
                    trigger=pgtrigger.compiler.Trigger(name='index_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."date" IS DISTINCT FROM (NEW."date") OR OLD."place" IS DISTINCT FROM (NEW."place") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."summary" IS DISTINCT FROM (NEW."summary") OR OLD."title" IS DISTINCT FROM (NEW."title"))', func="PERFORM archive_index('event', NEW.id); RETURN NULL;", hash='d68d285902ade4bbf16bfaee6079460071d8037e', operation='UPDATE', pgid='pgtrigger_index_update_82d0f', table='archive_event', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='event',
                    trigger=pgtrigger.compiler.Trigger(name='index_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('event', OLD.id); RETURN NULL;", hash='827a18fdaa5fc0448b1c285f59619c9d7dc48bb4', operation='DELETE', pgid='pgtrigger_index_delete_f858c', table='archive_event', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='event',
                    trigger=pgtrigger.compiler.Trigger(name='index_parts', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."date" IS DISTINCT FROM (NEW."date") OR OLD."status" IS DISTINCT FROM (NEW."status"))', func="PERFORM archive_index_parts('event', NEW.id); RETURN NULL;", hash='732966612dd642d6c508806b2e2f562f71bb48e3', operation='UPDATE', pgid='pgtrigger_index_parts_63f58', table='archive_event', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='membership',
                    trigger=pgtrigger.compiler.Trigger(name='index_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('membership', NEW.id); RETURN NULL;", hash='0a1a21ccce838e6fcdea31a6189c1c501cbcc70f', operation='INSERT', pgid='pgtrigger_index_insert_c2f32', table='archive_membership', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='membership',
                    trigger=pgtrigger.compiler.Trigger(name='index_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."organization_id" IS DISTINCT FROM (NEW."organization_id") OR OLD."period" IS DISTINCT FROM (NEW."period") OR OLD."state_id" IS DISTINCT FROM (NEW."state_id") OR OLD."status" IS DISTINCT FROM (NEW."status"))', func="PERFORM archive_index('membership', NEW.id); RETURN NULL;", hash='50f6484057bae95f478ecb965ed6a7f17472ecf9', operation='UPDATE', pgid='pgtrigger_index_update_62cf0', table='archive_membership', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='membership',
                    trigger=pgtrigger.compiler.Trigger(name='index_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('membership', OLD.id); RETURN NULL;", hash='dc20c14538f107688679b487404ef0d671797243', operation='DELETE', pgid='pgtrigger_index_delete_4cb72', table='archive_membership', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='organization',
                    trigger=pgtrigger.compiler.Trigger(name='index_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('organization', NEW.id); RETURN NULL;", hash='3a8ab043b31fc7513fb9b172a421f6a664bc6eea', operation='INSERT', pgid='pgtrigger_index_insert_819aa', table='archive_organization', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='organization',
                    trigger=pgtrigger.compiler.Trigger(name='index_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."acronym" IS DISTINCT FROM (NEW."acronym") OR OLD."aliases" IS DISTINCT FROM (NEW."aliases") OR OLD."name" IS DISTINCT FROM (NEW."name"))', func="PERFORM archive_index('organization', NEW.id); RETURN NULL;", hash='7aaba798c6d67ddd0b4d618e97eb31e13c1094bd', operation='UPDATE', pgid='pgtrigger_index_update_f7ada', table='archive_organization', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='organization',
                    trigger=pgtrigger.compiler.Trigger(name='index_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('organization', OLD.id); RETURN NULL;", hash='a4d8782db1ae6b710b525ec85c814281e3a52aa3', operation='DELETE', pgid='pgtrigger_index_delete_68964', table='archive_organization', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='organization',
                    trigger=pgtrigger.compiler.Trigger(name='index_parts', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."acronym" IS DISTINCT FROM (NEW."acronym") OR OLD."name" IS DISTINCT FROM (NEW."name"))', func="PERFORM archive_index_parts('organization', NEW.id); RETURN NULL;", hash='60969f2573f932654fe5324c410823d767f021ae', operation='UPDATE', pgid='pgtrigger_index_parts_48b28', table='archive_organization', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='participation',
                    trigger=pgtrigger.compiler.Trigger(name='index_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('participation', NEW.id); RETURN NULL;", hash='bec082e980d02d52148986ab597cf43bb05f6f75', operation='INSERT', pgid='pgtrigger_index_insert_0c2e8', table='archive_participation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='participation',
                    trigger=pgtrigger.compiler.Trigger(name='index_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."event_id" IS DISTINCT FROM (NEW."event_id") OR OLD."office" IS DISTINCT FROM (NEW."office") OR OLD."person" IS DISTINCT FROM (NEW."person"))', func="PERFORM archive_index('participation', NEW.id); RETURN NULL;", hash='caaa1bf6e9684d8d9a9333cfd60c6a4f93e2e863', operation='UPDATE', pgid='pgtrigger_index_update_aec69', table='archive_participation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='participation',
                    trigger=pgtrigger.compiler.Trigger(name='index_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('participation', OLD.id); RETURN NULL;", hash='479b46cde3a3255920c935cf35c8a83caeaeab83', operation='DELETE', pgid='pgtrigger_index_delete_5b2ff', table='archive_participation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='provision',
                    trigger=pgtrigger.compiler.Trigger(name='index_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('provision', NEW.id); RETURN NULL;", hash='c09ca3e36ad09348d87fe506a3e8aa045c99f5f9', operation='INSERT', pgid='pgtrigger_index_insert_fd8ef', table='archive_provision', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='provision',
                    trigger=pgtrigger.compiler.Trigger(name='index_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."article_number" IS DISTINCT FROM (NEW."article_number") OR OLD."gist" IS DISTINCT FROM (NEW."gist") OR OLD."instrument" IS DISTINCT FROM (NEW."instrument"))', func="PERFORM archive_index('provision', NEW.id); RETURN NULL;", hash='bbcdac68664f100f67dd4833de85e516cd0da707', operation='UPDATE', pgid='pgtrigger_index_update_0d633', table='archive_provision', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='provision',
                    trigger=pgtrigger.compiler.Trigger(name='index_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('provision', OLD.id); RETURN NULL;", hash='3e5b44ccf0835d40cf5fb8ef66de24aff476b233', operation='DELETE', pgid='pgtrigger_index_delete_53cfd', table='archive_provision', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='request',
                    trigger=pgtrigger.compiler.Trigger(name='index_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('request', NEW.id); RETURN NULL;", hash='c234ee7b0a5319f1dda4dd104a6c95cedfb7aa5e', operation='INSERT', pgid='pgtrigger_index_insert_fc434', table='archive_request', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='request',
                    trigger=pgtrigger.compiler.Trigger(name='index_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."addressee_organization_id" IS DISTINCT FROM (NEW."addressee_organization_id") OR OLD."addressee_state_id" IS DISTINCT FROM (NEW."addressee_state_id") OR OLD."date" IS DISTINCT FROM (NEW."date") OR OLD."event_id" IS DISTINCT FROM (NEW."event_id") OR OLD."requester_id" IS DISTINCT FROM (NEW."requester_id") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."summary" IS DISTINCT FROM (NEW."summary"))', func="PERFORM archive_index('request', NEW.id); RETURN NULL;", hash='b4c72ca44047d7872ef3b894b43c08418ea5eb7c', operation='UPDATE', pgid='pgtrigger_index_update_974f0', table='archive_request', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='request',
                    trigger=pgtrigger.compiler.Trigger(name='index_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('request', OLD.id); RETURN NULL;", hash='72f62b3edfc0770dddaf934df2aa86acbcd855c6', operation='DELETE', pgid='pgtrigger_index_delete_4599c', table='archive_request', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='request',
                    trigger=pgtrigger.compiler.Trigger(name='index_parts', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."date" IS DISTINCT FROM (NEW."date") OR OLD."event_id" IS DISTINCT FROM (NEW."event_id"))', func="PERFORM archive_index_parts('request', NEW.id); RETURN NULL;", hash='45fa8f62e4106a9eebac368cbc0f2e5832842aeb', operation='UPDATE', pgid='pgtrigger_index_parts_2826e', table='archive_request', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='response',
                    trigger=pgtrigger.compiler.Trigger(name='index_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('response', NEW.id); RETURN NULL;", hash='153bd29df5e60978e734518a760bdb3aa7205bf9', operation='INSERT', pgid='pgtrigger_index_insert_b18b1', table='archive_response', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='response',
                    trigger=pgtrigger.compiler.Trigger(name='index_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."date" IS DISTINCT FROM (NEW."date") OR OLD."request_id" IS DISTINCT FROM (NEW."request_id") OR OLD."responder_organization_id" IS DISTINCT FROM (NEW."responder_organization_id") OR OLD."responder_state_id" IS DISTINCT FROM (NEW."responder_state_id") OR OLD."search" IS DISTINCT FROM (NEW."search") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."summary" IS DISTINCT FROM (NEW."summary"))', func="PERFORM archive_index('response', NEW.id); RETURN NULL;", hash='2effc6f4ee480e65f0a01c5080f1143e2618b0fc', operation='UPDATE', pgid='pgtrigger_index_update_46660', table='archive_response', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='response',
                    trigger=pgtrigger.compiler.Trigger(name='index_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('response', OLD.id); RETURN NULL;", hash='3270baeb6e7096d1071a08104481a68a8cadef66', operation='DELETE', pgid='pgtrigger_index_delete_e5852', table='archive_response', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rollcall',
                    trigger=pgtrigger.compiler.Trigger(name='index_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('roll_call', NEW.id); RETURN NULL;", hash='b3354c4352470254f6424c76440e447596c802dc', operation='INSERT', pgid='pgtrigger_index_insert_4e567', table='archive_rollcall', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rollcall',
                    trigger=pgtrigger.compiler.Trigger(name='index_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."body_id" IS DISTINCT FROM (NEW."body_id") OR OLD."date" IS DISTINCT FROM (NEW."date") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."symbol" IS DISTINCT FROM (NEW."symbol") OR OLD."title" IS DISTINCT FROM (NEW."title"))', func="PERFORM archive_index('roll_call', NEW.id); RETURN NULL;", hash='da22f73c3c1c9c8df089cc461fd806ba286eddc7', operation='UPDATE', pgid='pgtrigger_index_update_954be', table='archive_rollcall', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rollcall',
                    trigger=pgtrigger.compiler.Trigger(name='index_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('roll_call', OLD.id); RETURN NULL;", hash='bd07fa031c4252d804650150cd5443d2056eca3b', operation='DELETE', pgid='pgtrigger_index_delete_816f7', table='archive_rollcall', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='source',
                    trigger=pgtrigger.compiler.Trigger(name='index_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('source', NEW.id); RETURN NULL;", hash='5525db662f336363284d568b79137d2f3a7a7611', operation='INSERT', pgid='pgtrigger_index_insert_b306f', table='archive_source', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='source',
                    trigger=pgtrigger.compiler.Trigger(name='index_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."note" IS DISTINCT FROM (NEW."note"))', func="PERFORM archive_index('source', NEW.id); RETURN NULL;", hash='c0d161a2e72f05eb80b021beb91d45f180cccae0', operation='UPDATE', pgid='pgtrigger_index_update_291e6', table='archive_source', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='source',
                    trigger=pgtrigger.compiler.Trigger(name='index_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('source', OLD.id); RETURN NULL;", hash='5d610271ab2540649edfc2febbddaae6493d1cc1', operation='DELETE', pgid='pgtrigger_index_delete_7c9fa', table='archive_source', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='state',
                    trigger=pgtrigger.compiler.Trigger(name='index_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('state', NEW.id); RETURN NULL;", hash='9dd533f98ab21958b69734105e2a215079e086b7', operation='INSERT', pgid='pgtrigger_index_insert_74fbb', table='archive_state', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='state',
                    trigger=pgtrigger.compiler.Trigger(name='index_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."aliases" IS DISTINCT FROM (NEW."aliases") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."official_name" IS DISTINCT FROM (NEW."official_name"))', func="PERFORM archive_index('state', NEW.id); RETURN NULL;", hash='a8f6a65d6456fdd42192bc721a9013d7be6e1ca5', operation='UPDATE', pgid='pgtrigger_index_update_339c0', table='archive_state', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='state',
                    trigger=pgtrigger.compiler.Trigger(name='index_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM archive_index('state', OLD.id); RETURN NULL;", hash='5824a4cedaa639faf15f4198c90e890af41eac95', operation='DELETE', pgid='pgtrigger_index_delete_6bcb8', table='archive_state', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='state',
                    trigger=pgtrigger.compiler.Trigger(name='index_parts', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."name" IS DISTINCT FROM (NEW."name"))', func="PERFORM archive_index_parts('state', NEW.id); RETURN NULL;", hash='3f68229c6ce04ea15d3c495f5541231ac5dccb6b', operation='UPDATE', pgid='pgtrigger_index_parts_e1ea7', table='archive_state', when='AFTER')),
                ),
            ]
        ),
        migrations.AddIndex(
            model_name='searchentry',
            index=models.Index(fields=['kind', 'key'], name='search_by_record'),
        ),
        migrations.AddIndex(
            model_name='searchentry',
            index=models.Index(condition=models.Q(('article_id__isnull', False)), fields=['article_id'], name='search_by_article'),
        ),
        migrations.AddIndex(
            model_name='searchentry',
            index=models.Index(fields=['configuration'], name='search_by_configuration'),
        ),
        migrations.AddIndex(
            model_name='searchentry',
            index=django.contrib.postgres.indexes.GinIndex(fields=['vector'], gin_pending_list_limit=512, name='search_by_words'),
        ),
        migrations.AddIndex(
            model_name='searchentry',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('heading__isnull', False)), fields=['heading'], gin_pending_list_limit=512, name='search_by_heading'),
        ),
        # The rows that are there already have not met the triggers.
        migrations.RunSQL('SELECT archive_index_all()', migrations.RunSQL.noop),
    ]
