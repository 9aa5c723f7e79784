from pathlib import Path

import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"

from archive.migrations._steps import ChangeTriggers


class Migration(migrations.Migration):
    """A revision for the API's answers, moved by triggers on everything that can be public."""

    dependencies = [
        ('archive', '0003_proposals'),
    ]

    operations = [
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changes', models.BigIntegerField(default=0)),
                ('vote_changes', models.BigIntegerField(default=0)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('votes_changed_at', models.DateTimeField(null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.RunSQL((SQL / "revision.sql").read_text(), migrations.RunSQL.noop),
        ChangeTriggers(
            [
                pgtrigger.migrations.AddTrigger(
                    model_name='article',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows n WHERE n.status = 'published') THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='6d21d1bea6300fb7e20a11b88f91648e38493e2e', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_55ee8', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_article', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='article',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND (o.status = 'published' OR n.status = 'published')) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='638667f749630943e006b4746576f2a72cb2412c', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_65094', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_article', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='article',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o WHERE o.status = 'published') THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='18706bbc0f80bbc67683cb7614cc0ab26d18be34', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_7b4c7', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_article', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='article',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(False); RETURN NULL;', hash='84f2c235004afa2c5fe5859ef71f19f3d346cdde', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_a3592', table='archive_article', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='citation',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows n WHERE (n.status = 'published' AND EXISTS (SELECT FROM archive_article p WHERE p.id = n.article_id AND p.status = 'published') AND (n.provision_id IS NOT NULL OR EXISTS (SELECT FROM archive_event p WHERE p.id = n.event_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_request p WHERE p.id = n.request_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_response p WHERE p.id = n.response_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_membership p WHERE p.id = n.membership_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_rollcall p WHERE p.id = n.roll_call_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_participation t JOIN archive_event p ON p.id = t.event_id WHERE t.id = n.participation_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_vote t JOIN archive_rollcall p ON p.id = t.roll_call_id WHERE t.id = n.vote_id AND p.status = 'published')))) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='ac63b7bdc7aefa892d0173a5936d34bae953e7e7', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_b0fcd', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_citation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='citation',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND ((o.status = 'published' AND EXISTS (SELECT FROM archive_article p WHERE p.id = o.article_id AND p.status = 'published') AND (o.provision_id IS NOT NULL OR EXISTS (SELECT FROM archive_event p WHERE p.id = o.event_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_request p WHERE p.id = o.request_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_response p WHERE p.id = o.response_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_membership p WHERE p.id = o.membership_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_rollcall p WHERE p.id = o.roll_call_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_participation t JOIN archive_event p ON p.id = t.event_id WHERE t.id = o.participation_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_vote t JOIN archive_rollcall p ON p.id = t.roll_call_id WHERE t.id = o.vote_id AND p.status = 'published'))) OR (n.status = 'published' AND EXISTS (SELECT FROM archive_article p WHERE p.id = n.article_id AND p.status = 'published') AND (n.provision_id IS NOT NULL OR EXISTS (SELECT FROM archive_event p WHERE p.id = n.event_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_request p WHERE p.id = n.request_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_response p WHERE p.id = n.response_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_membership p WHERE p.id = n.membership_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_rollcall p WHERE p.id = n.roll_call_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_participation t JOIN archive_event p ON p.id = t.event_id WHERE t.id = n.participation_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_vote t JOIN archive_rollcall p ON p.id = t.roll_call_id WHERE t.id = n.vote_id AND p.status = 'published'))))) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='4c63e82407419f997693f870f97f20947f7d2980', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_f5ac0', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_citation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='citation',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o WHERE (o.status = 'published' AND EXISTS (SELECT FROM archive_article p WHERE p.id = o.article_id AND p.status = 'published') AND (o.provision_id IS NOT NULL OR EXISTS (SELECT FROM archive_event p WHERE p.id = o.event_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_request p WHERE p.id = o.request_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_response p WHERE p.id = o.response_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_membership p WHERE p.id = o.membership_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_rollcall p WHERE p.id = o.roll_call_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_participation t JOIN archive_event p ON p.id = t.event_id WHERE t.id = o.participation_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_vote t JOIN archive_rollcall p ON p.id = t.roll_call_id WHERE t.id = o.vote_id AND p.status = 'published')))) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='7c0d0a5fc3e7f43328d83d0bd4f4e0c5a6c80a83', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_a8c74', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_citation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='citation',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(False); RETURN NULL;', hash='bc89af07d18315dc6b292f10f3e52d4cb82a5201', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_45d20', table='archive_citation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='event',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows n WHERE n.status = 'published') THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='b3bec434f5c9412038f501f633616c97a8b92da1', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_fe530', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_event', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='event',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND (o.status = 'published' OR n.status = 'published')) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='725774201d0bbc975b44257674a80fd147c7ca17', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_2c134', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_event', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='event',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o WHERE o.status = 'published') THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='a4452fc73160adda6dc171f7463034d825b12d28', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_65dad', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_event', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='event',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(False); RETURN NULL;', hash='5e9500766f1a3ce6278e45e747111324c6bc83fb', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_ef964', table='archive_event', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='membership',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows n WHERE n.status = 'published') THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='61d83922b6d97bc6ab95c50ff2897921cc0e2cb9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_01443', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_membership', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='membership',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND (o.status = 'published' OR n.status = 'published')) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='80c6fb397aae8c1e5582fd95d1cd46d62b74e8fd', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_dec72', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_membership', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='membership',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o WHERE o.status = 'published') THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='704e5758eb0c9e74f7725bc82064ad1c19be9f05', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_c4f2f', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_membership', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='membership',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(False); RETURN NULL;', hash='ba059523c985e62c69bec8bc7cb887c4e4a1d49c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_fdeb1', table='archive_membership', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='organization',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM new_rows n WHERE true) THEN PERFORM archive_move_revision(True); END IF; RETURN NULL;', hash='df2baa9b488b9bfd89e9f14f43f1046a11e2aa0c', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_26b85', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_organization', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='organization',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND (true OR true)) THEN PERFORM archive_move_revision(True); END IF; RETURN NULL;', hash='dc1aea9bcd71a624faba54be0ff57e825352ab9a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_a93ba', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_organization', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='organization',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM old_rows o WHERE true) THEN PERFORM archive_move_revision(True); END IF; RETURN NULL;', hash='a8480b428354aa104c30a0f26aecac96ea89b273', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_ec61e', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_organization', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='organization',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(True); RETURN NULL;', hash='dbd14e9c94d9ef8d533daa36f16f7ac89cb7d136', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_0e8aa', table='archive_organization', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='participation',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows n WHERE EXISTS (SELECT FROM archive_event p WHERE p.id = n.event_id AND p.status = 'published')) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='5cc38efa40738b9afbd6d41a90f51ec6507e64fa', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_508af', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_participation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='participation',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND (EXISTS (SELECT FROM archive_event p WHERE p.id = o.event_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_event p WHERE p.id = n.event_id AND p.status = 'published'))) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='b817df99591fa1a78267444dcb4c88e606812bbe', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_95ad2', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_participation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='participation',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o WHERE EXISTS (SELECT FROM archive_event p WHERE p.id = o.event_id AND p.status = 'published')) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='7625fb544531e0527d5dfadd3fb415167eaffb5b', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_744a0', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_participation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='participation',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(False); RETURN NULL;', hash='3ca09ecd463df2ae464afbd80a16e4fb2bd2d58b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_163fe', table='archive_participation', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='provision',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM new_rows n WHERE true) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;', hash='88c63cda311dbb8cc81c9859fcac3e11099ed33f', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_fb84c', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_provision', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='provision',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND (true OR true)) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;', hash='b3ec99a614d208e5846122b3611be90c449fe185', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_3f908', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_provision', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='provision',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM old_rows o WHERE true) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;', hash='a138b55f32db274db8a7751396dbc9edff20bd8f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_3f6fb', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_provision', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='provision',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(False); RETURN NULL;', hash='d3cc935dfb46d7d53ed54694593c2de258a7b688', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_f31fd', table='archive_provision', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='request',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows n WHERE n.status = 'published') THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='2cf534877865a1b3f079cbf6f9a2cefbae6a98eb', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_b1fcb', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_request', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='request',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND (o.status = 'published' OR n.status = 'published')) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='f1e7063488ae2c1e1519ca79c4681e49e25b06a6', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_da92a', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_request', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='request',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o WHERE o.status = 'published') THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='6aaa5560e9668e475151a4f1dae6d414ac638ebf', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_18c01', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_request', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='request',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(False); RETURN NULL;', hash='3a36abd8e1ccaec21289995afab793445fa08128', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_8e8cc', table='archive_request', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='response',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows n WHERE n.status = 'published') THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='25ffdd5903e62f4db39c8163620f2c25295d2b2a', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_195f0', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_response', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='response',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND (o.status = 'published' OR n.status = 'published')) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='20208a3867b69ed991eb554f77c6edb5a95b71cc', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_216fd', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_response', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='response',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o WHERE o.status = 'published') THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;", hash='1eea2118f36b12a43389cea56fb35d5e415a3076', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_88cf7', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_response', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='response',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(False); RETURN NULL;', hash='e25a18f1d30820bc4347eefb053c719f241702e9', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_abd3d', table='archive_response', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rollcall',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows n WHERE n.status = 'published') THEN PERFORM archive_move_revision(True); END IF; RETURN NULL;", hash='d859056938eeee02dc65bed375a963cd23f3fbb1', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_b1f92', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_rollcall', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rollcall',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND (o.status = 'published' OR n.status = 'published')) THEN PERFORM archive_move_revision(True); END IF; RETURN NULL;", hash='966ee869f9a212bd9610abd622dc2d9975f419c3', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_f9e84', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_rollcall', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rollcall',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o WHERE o.status = 'published') THEN PERFORM archive_move_revision(True); END IF; RETURN NULL;", hash='77fd35bc21824459e820584293779e1ce8ec5d16', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_6b44c', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_rollcall', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rollcall',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(True); RETURN NULL;', hash='49134ed2c03690fb471700b986904a52c1f630a8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_a6b54', table='archive_rollcall', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='source',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM new_rows n WHERE true) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;', hash='bcf3ad58e4f5424788f576fc4779d99e0bcfc8e1', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_7e213', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_source', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='source',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND (true OR true)) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;', hash='33d1528d8138d1b2061bd997e0b97c568429dcb8', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_02b55', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_source', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='source',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM old_rows o WHERE true) THEN PERFORM archive_move_revision(False); END IF; RETURN NULL;', hash='9051ead8a5ca9b8b7c3cdf923632457ba7511a7c', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_de61b', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_source', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='source',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(False); RETURN NULL;', hash='6aae2d81f4a60747da2091c9ff9943779eabe59f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_cb048', table='archive_source', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='state',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM new_rows n WHERE true) THEN PERFORM archive_move_revision(True); END IF; RETURN NULL;', hash='5f4fb1fcb37c47d15b178746cf3fb2c57f15b926', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_2c070', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_state', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='state',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND (true OR true)) THEN PERFORM archive_move_revision(True); END IF; RETURN NULL;', hash='ddd1950b0dc771c8e88e4859256a5f90d83a56dd', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_2eb0b', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_state', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='state',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM old_rows o WHERE true) THEN PERFORM archive_move_revision(True); END IF; RETURN NULL;', hash='90973b5841a224a180cc29597352e24bb0b38af7', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_91c63', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_state', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='state',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(True); RETURN NULL;', hash='94b09b307da391719c73e4a499af2b984287877e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_4a53e', table='archive_state', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows n WHERE EXISTS (SELECT FROM archive_rollcall p WHERE p.id = n.roll_call_id AND p.status = 'published')) THEN PERFORM archive_move_revision(True); END IF; RETURN NULL;", hash='765ab9a35d845e88ee1854f2b7dfe5e07a5621c9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_move_revision_insert_17002', referencing='REFERENCING NEW TABLE AS new_rows ', table='archive_vote', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.updated_at <> n.updated_at AND (EXISTS (SELECT FROM archive_rollcall p WHERE p.id = o.roll_call_id AND p.status = 'published') OR EXISTS (SELECT FROM archive_rollcall p WHERE p.id = n.roll_call_id AND p.status = 'published'))) THEN PERFORM archive_move_revision(True); END IF; RETURN NULL;", hash='075ae99b2ab3a6053223aae3a68a2d5452bfd13a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_move_revision_update_1d1d6', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='archive_vote', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows o WHERE EXISTS (SELECT FROM archive_rollcall p WHERE p.id = o.roll_call_id AND p.status = 'published')) THEN PERFORM archive_move_revision(True); END IF; RETURN NULL;", hash='9362bc66293e4205c1c02793e4129cb4a140b837', level='STATEMENT', operation='DELETE', pgid='pgtrigger_move_revision_delete_9c195', referencing='REFERENCING OLD TABLE AS old_rows ', table='archive_vote', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='vote',
                    trigger=pgtrigger.compiler.Trigger(name='move_revision_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM archive_move_revision(True); RETURN NULL;', hash='e25b48286ef907fa43304124538fa1f0a5ee5fa7', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_move_revision_truncate_65448', table='archive_vote', when='AFTER')),
                ),
            ]
        ),
    ]
