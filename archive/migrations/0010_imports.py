from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


SQL = Path(__file__).parent.parent / 'sql'

from archive.migrations._steps import ChangeTriggers, Together


class Migration(migrations.Migration):
    """Registered imports, what their lines made or confirm, and where they say otherwise."""

    dependencies = [
        ('archive', '0009_texts_as_they_are'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='Discrepancy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveIntegerField(help_text='The line of the file, from 1.')),
                ('field', models.CharField(help_text='The field of the record that differs.', max_length=40)),
                ('held', models.CharField(blank=True, help_text='What the archive holds.', max_length=300)),
                ('imported', models.CharField(blank=True, help_text='What the import says; empty where it has nothing.', max_length=300)),
                ('settled_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('settled_by', models.CharField(blank=True, editable=False, max_length=150)),
                ('settlement', models.CharField(blank=True, choices=[('held', 'What the archive holds'), ('imported', 'What the import says')], help_text='Which of the two stands.', max_length=16)),
                ('reason', models.TextField(blank=True, help_text='Why, for whoever reads it later.')),
            ],
            options={
                'verbose_name_plural': 'discrepancies',
                'ordering': ('source_import', 'line', 'pk'),
                'default_permissions': ('view', 'change'),
            },
        ),
        migrations.CreateModel(
            name='DiscrepancyVersion',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('database_role', models.CharField(db_default=models.Func(function='session_user', template='session_user'), max_length=63)),
                ('id', models.BigIntegerField()),
                ('line', models.PositiveIntegerField(help_text='The line of the file, from 1.')),
                ('field', models.CharField(help_text='The field of the record that differs.', max_length=40)),
                ('held', models.CharField(blank=True, help_text='What the archive holds.', max_length=300)),
                ('imported', models.CharField(blank=True, help_text='What the import says; empty where it has nothing.', max_length=300)),
                ('settled_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('settled_by', models.CharField(blank=True, editable=False, max_length=150)),
                ('settlement', models.CharField(blank=True, choices=[('held', 'What the archive holds'), ('imported', 'What the import says')], help_text='Which of the two stands.', max_length=16)),
                ('reason', models.TextField(blank=True, help_text='Why, for whoever reads it later.')),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(help_text='The layout and the first digits of the sum.', max_length=60, unique=True)),
                ('layout', models.CharField(choices=[('undl_general_assembly', 'UN Digital Library, General Assembly'), ('undl_security_council', 'UN Digital Library, Security Council'), ('unvotes', 'unvotes (Voeten)'), ('cow_alliances', 'Correlates of War, formal alliances'), ('atop_members', 'ATOP, member level')], help_text='How the file is laid out.', max_length=32)),
                ('file_name', models.CharField(help_text='The name of the file, without folder.', max_length=255)),
                ('sha256', models.CharField(help_text="Of the file's bytes.", max_length=64, verbose_name='SHA-256')),
                ('rows', models.PositiveIntegerField(help_text='The rows of the file, without its header.')),
                ('imported_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='When it was taken in.')),
                ('imported_by', models.CharField(help_text='Who took it in.', max_length=150)),
                ('tool_version', models.CharField(help_text="The version of the archive's software that read it.", max_length=40)),
                ('report', models.JSONField(default=dict, help_text='What came of it, in numbers.')),
                ('undone_at', models.DateTimeField(blank=True, help_text='When it was undone; empty while it stands.', null=True)),
                ('undone_by', models.CharField(blank=True, help_text='Who undid it.', max_length=150)),
            ],
            options={
                'ordering': ('-imported_at', 'slug'),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='ImportedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveIntegerField(help_text='The line of the file, from 1.')),
                ('number', models.CharField(blank=True, help_text="The record's number in the data set.", max_length=40)),
                ('made', models.BooleanField(help_text='It made the record; else it confirms one.')),
            ],
            options={
                'ordering': ('source_import', 'line', 'pk'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ImportVersion',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('database_role', models.CharField(db_default=models.Func(function='session_user', template='session_user'), max_length=63)),
                ('id', models.BigIntegerField()),
                ('slug', models.SlugField(db_index=False, help_text='The layout and the first digits of the sum.', max_length=60)),
                ('layout', models.CharField(choices=[('undl_general_assembly', 'UN Digital Library, General Assembly'), ('undl_security_council', 'UN Digital Library, Security Council'), ('unvotes', 'unvotes (Voeten)'), ('cow_alliances', 'Correlates of War, formal alliances'), ('atop_members', 'ATOP, member level')], help_text='How the file is laid out.', max_length=32)),
                ('file_name', models.CharField(help_text='The name of the file, without folder.', max_length=255)),
                ('sha256', models.CharField(help_text="Of the file's bytes.", max_length=64, verbose_name='SHA-256')),
                ('rows', models.PositiveIntegerField(help_text='The rows of the file, without its header.')),
                ('imported_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='When it was taken in.')),
                ('imported_by', models.CharField(help_text='Who took it in.', max_length=150)),
                ('tool_version', models.CharField(help_text="The version of the archive's software that read it.", max_length=40)),
                ('report', models.JSONField(default=dict, help_text='What came of it, in numbers.')),
                ('undone_at', models.DateTimeField(blank=True, help_text='When it was undone; empty while it stands.', null=True)),
                ('undone_by', models.CharField(blank=True, help_text='Who undid it.', max_length=150)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        Together([
        pgtrigger.migrations.RemoveTrigger(
            model_name='vote',
            name='touch_updated_at',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='vote',
            name='prove_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='vote',
            name='prove_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='vote',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='vote',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='vote',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='vote',
            name='import_line',
            field=models.PositiveIntegerField(blank=True, editable=False, help_text='The line of the imported file.', null=True),
        ),
        migrations.AddField(
            model_name='voteversion',
            name='import_line',
            field=models.PositiveIntegerField(blank=True, editable=False, help_text='The line of the imported file.', null=True),
        ),
        migrations.AddField(
            model_name='discrepancy',
            name='membership',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='discrepancies', to='archive.membership'),
        ),
        migrations.AddField(
            model_name='discrepancy',
            name='roll_call',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='discrepancies', to='archive.rollcall'),
        ),
        migrations.AddField(
            model_name='discrepancy',
            name='vote',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='discrepancies', to='archive.vote'),
        ),
        migrations.AddField(
            model_name='discrepancyversion',
            name='membership',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='archive.membership'),
        ),
        migrations.AddField(
            model_name='discrepancyversion',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='discrepancyversion',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='versions', related_query_name='version', to='archive.discrepancy'),
        ),
        migrations.AddField(
            model_name='discrepancyversion',
            name='roll_call',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='archive.rollcall'),
        ),
        migrations.AddField(
            model_name='discrepancyversion',
            name='vote',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='archive.vote'),
        ),
        migrations.AddField(
            model_name='import',
            name='source',
            field=models.ForeignKey(help_text='Who publishes the data set.', on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='archive.source'),
        ),
        migrations.AddField(
            model_name='discrepancyversion',
            name='source_import',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='archive.import', verbose_name='import'),
        ),
        migrations.AddField(
            model_name='discrepancy',
            name='source_import',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='discrepancies', to='archive.import', verbose_name='import'),
        ),
        migrations.AddField(
            model_name='vote',
            name='imported',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, help_text='The import that brought the vote, and is its proof.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='votes', to='archive.import'),
        ),
        migrations.AddField(
            model_name='voteversion',
            name='imported',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, help_text='The import that brought the vote, and is its proof.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='archive.import'),
        ),
        migrations.AddConstraint(
            model_name='vote',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('import_line__isnull', True), ('imported__isnull', True)), models.Q(('import_line__isnull', False), ('imported__isnull', False)), _connector='OR'), name='archive_vote_import_has_line', violation_error_code='import_has_line', violation_error_message='An imported vote has its import and the line there; another has neither.'),
        ),
        migrations.AddField(
            model_name='importedrow',
            name='membership',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='imported_rows', to='archive.membership'),
        ),
        migrations.AddField(
            model_name='importedrow',
            name='roll_call',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='imported_rows', to='archive.rollcall'),
        ),
        migrations.AddField(
            model_name='importedrow',
            name='source_import',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='imported_rows', to='archive.import'),
        ),
        migrations.AddField(
            model_name='importedrow',
            name='vote',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='imported_rows', to='archive.vote'),
        ),
        migrations.AddField(
            model_name='importversion',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='importversion',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='versions', related_query_name='version', to='archive.import'),
        ),
        migrations.AddField(
            model_name='importversion',
            name='source',
            field=models.ForeignKey(db_constraint=False, help_text='Who publishes the data set.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='archive.source'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('slug__regex', '^[a-z0-9]+(-[a-z0-9]+)*$')), name='archive_import_slug_is_readable', violation_error_code='slug_is_readable', violation_error_message='A slug has small letters, digits and single hyphens only, such as “arm-csto-2021-05”.'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('layout__in', ['undl_general_assembly', 'undl_security_council', 'unvotes', 'cow_alliances', 'atop_members'])), name='archive_import_layout_in_vocabulary', violation_error_code='layout_in_vocabulary', violation_error_message='Choose one of the listed values for “layout”: undl_general_assembly, undl_security_council, unvotes, cow_alliances, atop_members.'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('file_name__regex', '\\S')), name='archive_import_file_name_not_blank', violation_error_code='file_name_not_blank', violation_error_message='“file_name” must not be blank.'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('imported_by__regex', '\\S')), name='archive_import_imported_by_not_blank', violation_error_code='imported_by_not_blank', violation_error_message='“imported_by” must not be blank.'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='archive_import_sha256_is_a_sum', violation_error_code='sha256_is_a_sum', violation_error_message='A SHA-256 has 64 hexadecimal digits, in small letters.'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('undone_at__isnull', True), ('undone_by', '')), models.Q(('undone_at__isnull', False), ('undone_by__regex', '\\S')), _connector='OR'), name='archive_import_undone_by_somebody', violation_error_code='undone_by_somebody', violation_error_message='An undone import tells when and by whom, and only that.'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('sha256',), name='archive_import_file_is_taken_in_once', violation_error_message='This file is imported already.'),
        ),
        migrations.AddConstraint(
            model_name='discrepancy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('membership__isnull', True), ('roll_call__isnull', False), ('vote__isnull', True)), models.Q(('membership__isnull', False), ('roll_call__isnull', True), ('vote__isnull', True)), models.Q(('membership__isnull', True), ('roll_call__isnull', True), ('vote__isnull', False)), _connector='OR'), name='archive_discrepancy_is_about_one_record', violation_error_code='is_about_one_record', violation_error_message='A discrepancy is about exactly one record.'),
        ),
        migrations.AddConstraint(
            model_name='discrepancy',
            constraint=models.CheckConstraint(condition=models.Q(('field__regex', '\\S')), name='archive_discrepancy_field_not_blank', violation_error_code='field_not_blank', violation_error_message='“field” must not be blank.'),
        ),
        migrations.AddConstraint(
            model_name='discrepancy',
            constraint=models.CheckConstraint(condition=models.Q(('held', models.F('imported')), _negated=True), name='archive_discrepancy_values_differ', violation_error_code='values_differ', violation_error_message='Where both say the same, nothing differs.'),
        ),
        migrations.AddConstraint(
            model_name='discrepancy',
            constraint=models.CheckConstraint(condition=models.Q(('settlement__in', ['held', 'imported', ''])), name='archive_discrepancy_settlement_in_vocabulary', violation_error_code='settlement_in_vocabulary', violation_error_message='Choose one of the listed values for “settlement”: held, imported.'),
        ),
        migrations.AddConstraint(
            model_name='discrepancy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), ('settled_at__isnull', True), ('settled_by', ''), ('settlement', '')), models.Q(('reason__regex', '\\S'), ('settled_at__isnull', False), ('settled_by__regex', '\\S'), models.Q(('settlement', ''), _negated=True)), _connector='OR'), name='archive_discrepancy_settled_with_reason', violation_error_code='settled_with_reason', violation_error_message='Whoever settles it says which value stands, and why.'),
        ),
        migrations.AddConstraint(
            model_name='discrepancy',
            constraint=models.UniqueConstraint(fields=('source_import', 'roll_call', 'membership', 'vote', 'field'), name='archive_discrepancy_field_differs_once_in_an_import', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='importedrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('membership__isnull', True), ('roll_call__isnull', False), ('vote__isnull', True)), models.Q(('membership__isnull', False), ('roll_call__isnull', True), ('vote__isnull', True)), models.Q(('membership__isnull', True), ('roll_call__isnull', True), ('vote__isnull', False)), _connector='OR'), name='archive_importedrow_is_about_one_record', violation_error_code='is_about_one_record', violation_error_message='A line made or confirms exactly one record.'),
        ),
        migrations.AddConstraint(
            model_name='importedrow',
            constraint=models.UniqueConstraint(fields=('source_import', 'roll_call'), name='archive_importedrow_roll_call_comes_once_in_an_import'),
        ),
        migrations.AddConstraint(
            model_name='importedrow',
            constraint=models.UniqueConstraint(fields=('source_import', 'membership'), name='archive_importedrow_membership_comes_once_in_an_import'),
        ),
        migrations.AddConstraint(
            model_name='importedrow',
            constraint=models.UniqueConstraint(fields=('source_import', 'vote'), name='archive_importedrow_vote_comes_once_in_an_import'),
        ),
        # After the tables that they name.
        ]),
        migrations.RunSQL((SQL / 'rules.sql').read_text(), migrations.RunSQL.noop),
        ChangeTriggers(
            [
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='touch_updated_at', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n            NEW.updated_at := OLD.updated_at;\n            IF ROW(OLD."id", OLD."roll_call_id", OLD."state_id", OLD."choice", OLD."intended", OLD."imported_id", OLD."import_line") IS DISTINCT FROM ROW(NEW."id", NEW."roll_call_id", NEW."state_id", NEW."choice", NEW."intended", NEW."imported_id", NEW."import_line") THEN\n                NEW.updated_at := clock_timestamp();\n            END IF;\n            RETURN NEW;\n        ', hash='eab025f8d6bb03f5bb79631bbb0f6fef54feb8f5', operation='UPDATE', pgid='pgtrigger_touch_updated_at_75e99', table='archive_vote', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='prove_insert', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."imported_id" IS NULL)', constraint='CONSTRAINT', func="PERFORM archive_recheck('vote', NEW.id); RETURN NULL;", hash='cef886936d6c766f68f988b85d60ae038a29112a', operation='INSERT', pgid='pgtrigger_prove_insert_e9f45', table='archive_vote', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='prove_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."imported_id" IS DISTINCT FROM (NEW."imported_id") OR OLD."roll_call_id" IS DISTINCT FROM (NEW."roll_call_id"))', constraint='CONSTRAINT', func="PERFORM archive_recheck('vote', NEW.id); RETURN NULL;", hash='f03be8788295890b0cf319c0711a22bb1bc28617', operation='UPDATE', pgid='pgtrigger_prove_update_7b34f', table='archive_vote', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='a_leave_import', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.imported_id = NEW.imported_id AND OLD.import_line = NEW.import_line AND (OLD.choice, OLD.state_id, OLD.roll_call_id) IS DISTINCT FROM (NEW.choice, NEW.state_id, NEW.roll_call_id))', func='NEW.imported_id := NULL; NEW.import_line := NULL; RETURN NEW;', hash='feba1295c18c07b8bf15890c9256f37588e9c898', operation='UPDATE', pgid='pgtrigger_a_leave_import_adefb', table='archive_vote', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='keep_imported_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.imported_id IS NOT NULL AND (OLD.choice, OLD.intended, OLD.state_id, OLD.roll_call_id, OLD.imported_id, OLD.import_line) IS DISTINCT FROM (NEW.choice, NEW.intended, NEW.state_id, NEW.roll_call_id, NEW.imported_id, NEW.import_line))', func="\n    INSERT INTO archive_voteversion (pgh_created_at, pgh_label, pgh_obj_id, pgh_context_id,\n            database_role, id, roll_call_id, state_id, choice, intended, imported_id, import_line)\n    SELECT i.imported_at, 'insert', OLD.id, w.pgh_context_id,\n           coalesce(w.database_role, session_user), OLD.id, OLD.roll_call_id, OLD.state_id,\n           OLD.choice, OLD.intended, OLD.imported_id, OLD.import_line\n      FROM archive_import i\n      LEFT JOIN LATERAL (SELECT * FROM archive_importversion w\n                          WHERE w.pgh_obj_id = i.id ORDER BY w.pgh_id LIMIT 1) w ON true\n     WHERE i.id = OLD.imported_id AND i.undone_at IS NULL\n       AND NOT EXISTS (SELECT FROM archive_voteversion v WHERE v.pgh_obj_id = OLD.id);\n RETURN NEW;", hash='820bc60cb7bc7d28fe630ec39d4ca18f14f48228', operation='UPDATE', pgid='pgtrigger_keep_imported_update_15c28', table='archive_vote', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='keep_imported_delete', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."imported_id" IS NOT NULL)', func="\n    INSERT INTO archive_voteversion (pgh_created_at, pgh_label, pgh_obj_id, pgh_context_id,\n            database_role, id, roll_call_id, state_id, choice, intended, imported_id, import_line)\n    SELECT i.imported_at, 'insert', OLD.id, w.pgh_context_id,\n           coalesce(w.database_role, session_user), OLD.id, OLD.roll_call_id, OLD.state_id,\n           OLD.choice, OLD.intended, OLD.imported_id, OLD.import_line\n      FROM archive_import i\n      LEFT JOIN LATERAL (SELECT * FROM archive_importversion w\n                          WHERE w.pgh_obj_id = i.id ORDER BY w.pgh_id LIMIT 1) w ON true\n     WHERE i.id = OLD.imported_id AND i.undone_at IS NULL\n       AND NOT EXISTS (SELECT FROM archive_voteversion v WHERE v.pgh_obj_id = OLD.id);\n \n    INSERT INTO archive_voteversion (pgh_created_at, pgh_label, pgh_obj_id, pgh_context_id,\n            id, roll_call_id, state_id, choice, intended, imported_id, import_line)\n    SELECT now(), 'delete', OLD.id, _pgh_attach_context(), OLD.id, OLD.roll_call_id,\n           OLD.state_id, OLD.choice, OLD.intended, OLD.imported_id, OLD.import_line\n      FROM archive_import i WHERE i.id = OLD.imported_id AND i.undone_at IS NULL;\n RETURN OLD;", hash='a2ee79c1a2bf20a2120a1383fefb5b2bdafa4ec1', operation='DELETE', pgid='pgtrigger_keep_imported_delete_093be', table='archive_vote', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='import_stands', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            PERFORM FROM archive_import i\n              WHERE i.id IN (SELECT DISTINCT n.imported_id FROM new_rows n) FOR SHARE;\n            IF EXISTS (SELECT FROM archive_import i WHERE i.undone_at IS NOT NULL\n                         AND i.id IN (SELECT DISTINCT n.imported_id FROM new_rows n)) THEN\n                PERFORM archive_refuse('archive_vote_import_stands',\n                    'No vote can rest on an import that was undone.',\n                    'Import the file again.');\n            END IF;\n            RETURN NULL;\n        ", hash='613cc1a89cd6a247676ea6d50e959da9ff158665', level='STATEMENT', operation='INSERT', pgid='pgtrigger_import_stands_a677f', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_vote', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."imported_id" IS NULL)', func='INSERT INTO "archive_voteversion" ("choice", "id", "import_line", "imported_id", "intended", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "roll_call_id", "state_id") VALUES (NEW."choice", NEW."id", NEW."import_line", NEW."imported_id", NEW."intended", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."roll_call_id", NEW."state_id"); RETURN NULL;', hash='712f2adcd29c2f870edafe6609cecce4bd181af6', operation='INSERT', pgid='pgtrigger_insert_insert_ef840', table='archive_vote', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."choice" IS DISTINCT FROM (NEW."choice") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."import_line" IS DISTINCT FROM (NEW."import_line") OR OLD."imported_id" IS DISTINCT FROM (NEW."imported_id") OR OLD."intended" IS DISTINCT FROM (NEW."intended") OR OLD."roll_call_id" IS DISTINCT FROM (NEW."roll_call_id") OR OLD."state_id" IS DISTINCT FROM (NEW."state_id"))', func='INSERT INTO "archive_voteversion" ("choice", "id", "import_line", "imported_id", "intended", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "roll_call_id", "state_id") VALUES (NEW."choice", NEW."id", NEW."import_line", NEW."imported_id", NEW."intended", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."roll_call_id", NEW."state_id"); RETURN NULL;', hash='0e261809ecf0fdd4534e7487184f374cd9987eb0', operation='UPDATE', pgid='pgtrigger_update_update_6ca7a', table='archive_vote', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."imported_id" IS NULL)', func='INSERT INTO "archive_voteversion" ("choice", "id", "import_line", "imported_id", "intended", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "roll_call_id", "state_id") VALUES (OLD."choice", OLD."id", OLD."import_line", OLD."imported_id", OLD."intended", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."roll_call_id", OLD."state_id"); RETURN NULL;', hash='5c8e90aff2dbcd7f205c17f93f796035bc5a7958', operation='DELETE', pgid='pgtrigger_delete_delete_fc622', table='archive_vote', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='import',
                    trigger=pgtrigger.compiler.Trigger(name='keep_proof', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."undone_at" IS DISTINCT FROM (NEW."undone_at"))', constraint='CONSTRAINT', func='PERFORM archive_recheck_imported_in(NEW.id); RETURN NULL;', hash='ef78b90d42f4ddccfbce7e221ef6ca3787a7e4ce', operation='UPDATE', pgid='pgtrigger_keep_proof_dbb84', table='archive_import', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='import',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(true); RETURN NULL;', hash='c092e41acca7db361602d3f65f89f955748c4aa2', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_a7886', table='archive_import', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='import',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(true); RETURN NULL;', hash='cbc1d25da0f1ef6eb3953e2f57b9294fefc37300', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_03655', table='archive_import', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='import',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(true); RETURN NULL;', hash='14d30f88bf8f7a5772f59cec841402cc85d11521', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_e9b62', table='archive_import', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='import',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "archive_importversion" ("file_name", "id", "imported_at", "imported_by", "layout", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "report", "rows", "sha256", "slug", "source_id", "tool_version", "undone_at", "undone_by") VALUES (NEW."file_name", NEW."id", NEW."imported_at", NEW."imported_by", NEW."layout", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."report", NEW."rows", NEW."sha256", NEW."slug", NEW."source_id", NEW."tool_version", NEW."undone_at", NEW."undone_by"); RETURN NULL;', hash='bea97377ce5a6ee3561022fbe5578b6e668f39be', operation='INSERT', pgid='pgtrigger_insert_insert_f1dd5', table='archive_import', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='import',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "archive_importversion" ("file_name", "id", "imported_at", "imported_by", "layout", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "report", "rows", "sha256", "slug", "source_id", "tool_version", "undone_at", "undone_by") VALUES (NEW."file_name", NEW."id", NEW."imported_at", NEW."imported_by", NEW."layout", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."report", NEW."rows", NEW."sha256", NEW."slug", NEW."source_id", NEW."tool_version", NEW."undone_at", NEW."undone_by"); RETURN NULL;', hash='be9973e8cf19b8abc12dd04ee11d1f0bf7bf78c4', operation='UPDATE', pgid='pgtrigger_update_update_07851', table='archive_import', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='import',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "archive_importversion" ("file_name", "id", "imported_at", "imported_by", "layout", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "report", "rows", "sha256", "slug", "source_id", "tool_version", "undone_at", "undone_by") VALUES (OLD."file_name", OLD."id", OLD."imported_at", OLD."imported_by", OLD."layout", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."report", OLD."rows", OLD."sha256", OLD."slug", OLD."source_id", OLD."tool_version", OLD."undone_at", OLD."undone_by"); RETURN NULL;', hash='5aacba9b1ea0e9522581dd906946896583b5b4e2', operation='DELETE', pgid='pgtrigger_delete_delete_29051', table='archive_import', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='discrepancyversion',
                    trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='877d9e80c8e7b167c15d298c099a375471ed09bf', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4aeef', table='archive_discrepancyversion', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='discrepancy',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(true); RETURN NULL;', hash='af40ca8ec30b61cdd8b32aee35a0146c196465e8', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_fad29', table='archive_discrepancy', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='discrepancy',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(true); RETURN NULL;', hash='0097c272895e97003d0d24af32b3b681021cab57', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_808f0', table='archive_discrepancy', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='discrepancy',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(true); RETURN NULL;', hash='7e65f8d672a460a67c67cf86e3cad5ad2b1c0e24', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_d36e5', table='archive_discrepancy', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='discrepancy',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "archive_discrepancyversion" ("field", "held", "id", "imported", "line", "membership_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "roll_call_id", "settled_at", "settled_by", "settlement", "source_import_id", "vote_id") VALUES (NEW."field", NEW."held", NEW."id", NEW."imported", NEW."line", NEW."membership_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."roll_call_id", NEW."settled_at", NEW."settled_by", NEW."settlement", NEW."source_import_id", NEW."vote_id"); RETURN NULL;', hash='22ee28d73752a93aa2608d8d5dd6456faa57155d', operation='INSERT', pgid='pgtrigger_insert_insert_3ade4', table='archive_discrepancy', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='discrepancy',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "archive_discrepancyversion" ("field", "held", "id", "imported", "line", "membership_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "roll_call_id", "settled_at", "settled_by", "settlement", "source_import_id", "vote_id") VALUES (NEW."field", NEW."held", NEW."id", NEW."imported", NEW."line", NEW."membership_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."roll_call_id", NEW."settled_at", NEW."settled_by", NEW."settlement", NEW."source_import_id", NEW."vote_id"); RETURN NULL;', hash='a8f2a23677172254928069a0c450372e4a469462', operation='UPDATE', pgid='pgtrigger_update_update_31c50', table='archive_discrepancy', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='discrepancy',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "archive_discrepancyversion" ("field", "held", "id", "imported", "line", "membership_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "roll_call_id", "settled_at", "settled_by", "settlement", "source_import_id", "vote_id") VALUES (OLD."field", OLD."held", OLD."id", OLD."imported", OLD."line", OLD."membership_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."roll_call_id", OLD."settled_at", OLD."settled_by", OLD."settlement", OLD."source_import_id", OLD."vote_id"); RETURN NULL;', hash='b97e554abc82f308a0b36fc32fcbc53b503a912b', operation='DELETE', pgid='pgtrigger_delete_delete_eda89', table='archive_discrepancy', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='importedrow',
                    trigger=pgtrigger.compiler.Trigger(name='keep_proof', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="PERFORM archive_recheck('roll_call', OLD.roll_call_id); PERFORM archive_recheck('membership', OLD.membership_id); PERFORM archive_recheck('vote', OLD.vote_id); RETURN NULL;", hash='28e43947da88c6ce65d5a65b2b22bc68e2cc945b', operation='UPDATE OR DELETE', pgid='pgtrigger_keep_proof_c36d8', table='archive_importedrow', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='importversion',
                    trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='90719f65249dc1fd8c26f60413d88d663755dbe3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a9325', table='archive_importversion', when='BEFORE')),
                ),
            ]
        ),
    ]
