import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from archive.migrations._steps import ChangeTriggers


class Migration(migrations.Migration):
    """Versions of new rows are written by statements: an import makes thousands in one."""

    dependencies = [
        ('archive', '0016_plain_days'),
    ]

    operations = [
        ChangeTriggers([
            pgtrigger.migrations.RemoveTrigger(
                model_name='article',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='citation',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='discrepancy',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='event',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='import',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='membership',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='organization',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='participation',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='proposal',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='provision',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='request',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='response',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='reviewnote',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='rollcall',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='source',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='state',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='vote',
                name='insert_insert',
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='article',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_articleversion" ("archived_url", "authors", "body_end", "body_start", "first_published_by_id", "id", "language", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published", "retrieved_on", "slug", "source_id", "status", "text", "text_access", "title", "url", "withdrawal_reason") SELECT new_values."archived_url", new_values."authors", new_values."body_end", new_values."body_start", new_values."first_published_by_id", new_values."id", new_values."language", new_values."note", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."published", new_values."retrieved_on", new_values."slug", new_values."source_id", new_values."status", new_values."text", new_values."text_access", new_values."title", new_values."url", new_values."withdrawal_reason" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='383f46b74a2d069c6e19e9348d02ece3a9566e2c', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_d1949', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_article', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='citation',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_citationversion" ("article_id", "asserted", "event_id", "field", "id", "membership_id", "note", "participation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provision_id", "quote", "request_id", "response_id", "roll_call_id", "stance", "start", "status", "uuid", "vote_id", "withdrawal_reason") SELECT new_values."article_id", new_values."asserted", new_values."event_id", new_values."field", new_values."id", new_values."membership_id", new_values."note", new_values."participation_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."provision_id", new_values."quote", new_values."request_id", new_values."response_id", new_values."roll_call_id", new_values."stance", new_values."start", new_values."status", new_values."uuid", new_values."vote_id", new_values."withdrawal_reason" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='f3cf061e3a7d83f5fc03ac792e5cd7d01ed21cec', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_f1d87', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_citation', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='discrepancy',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_discrepancyversion" ("field", "held", "id", "imported", "line", "membership_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "roll_call_id", "settled_at", "settled_by", "settlement", "source_import_id", "uuid", "vote_id") SELECT new_values."field", new_values."held", new_values."id", new_values."imported", new_values."line", new_values."membership_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."reason", new_values."roll_call_id", new_values."settled_at", new_values."settled_by", new_values."settlement", new_values."source_import_id", new_values."uuid", new_values."vote_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='34ca8d7841f4bd67baa7a34eefe2503f661393f9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_3ade4', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_discrepancy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='event',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_eventversion" ("date", "id", "kind", "part_of_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "slug", "status", "summary", "title", "withdrawal_reason") SELECT new_values."date", new_values."id", new_values."kind", new_values."part_of_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."place", new_values."slug", new_values."status", new_values."summary", new_values."title", new_values."withdrawal_reason" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='b661f6318458bcd385586ccf339b460c4a8f17cc', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_d5ed4', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_event', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='import',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_importversion" ("file_name", "id", "imported_at", "imported_by", "layout", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "report", "rows", "sha256", "slug", "source_id", "tool_version", "undone_at", "undone_by") SELECT new_values."file_name", new_values."id", new_values."imported_at", new_values."imported_by", new_values."layout", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."report", new_values."rows", new_values."sha256", new_values."slug", new_values."source_id", new_values."tool_version", new_values."undone_at", new_values."undone_by" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='dd9c8846f203a52b6f18863556bcf480909b7d1c', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_f1dd5', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_import', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='membership',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_membershipversion" ("id", "note", "organization_id", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug", "standing", "state_id", "status", "withdrawal_reason") SELECT new_values."id", new_values."note", new_values."organization_id", new_values."period", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."slug", new_values."standing", new_values."state_id", new_values."status", new_values."withdrawal_reason" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='be1d56fd07204dd6579b6829d0c9ec6b4e7c770d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_c9e44', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_membership', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='organization',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_organizationversion" ("acronym", "aliases", "dissolved", "founded", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug") SELECT new_values."acronym", new_values."aliases", new_values."dissolved", new_values."founded", new_values."id", new_values."kind", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."slug" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='879b1e1f3b5a1925ba8cb58e8b29133891194b41', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_db553', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_organization', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='participation',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_participationversion" ("actor_organization_id", "actor_state_id", "alleged_by_id", "event_id", "id", "office", "person", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role") SELECT new_values."actor_organization_id", new_values."actor_state_id", new_values."alleged_by_id", new_values."event_id", new_values."id", new_values."office", new_values."person", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."role" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='e7ddeb19abdc5c5a3ff09c0146b408093a3400bd', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_1667c', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_participation', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='proposal',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_proposalversion" ("adds", "applied", "article_id", "based_on", "citation_id", "comment", "decided_at", "decided_by_id", "event_id", "id", "made_at", "made_by_id", "membership_id", "participation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed", "reason", "request_id", "response_id", "roll_call_id", "state", "vote_id") SELECT new_values."adds", new_values."applied", new_values."article_id", new_values."based_on", new_values."citation_id", new_values."comment", new_values."decided_at", new_values."decided_by_id", new_values."event_id", new_values."id", new_values."made_at", new_values."made_by_id", new_values."membership_id", new_values."participation_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."proposed", new_values."reason", new_values."request_id", new_values."response_id", new_values."roll_call_id", new_values."state", new_values."vote_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='015e9771983855b9a1a088327b73c6b1071ac45b', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_c5716', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_proposal', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='provision',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_provisionversion" ("article_number", "gist", "id", "instrument", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug") SELECT new_values."article_number", new_values."gist", new_values."id", new_values."instrument", new_values."organization_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."slug" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='a563df787bf17e068bc70a3f7a91f4ec81cb4be9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_7ddb2', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_provision', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='request',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_requestversion" ("addressee_organization_id", "addressee_state_id", "date", "event_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provision_id", "requester_id", "slug", "sought", "standing", "status", "summary", "withdrawal_reason") SELECT new_values."addressee_organization_id", new_values."addressee_state_id", new_values."date", new_values."event_id", new_values."id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."provision_id", new_values."requester_id", new_values."slug", new_values."sought", new_values."standing", new_values."status", new_values."summary", new_values."withdrawal_reason" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='8b9d3db478a1382491b5a1b76feef0c2f46987c5', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_dec2b', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_request', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='response',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_responseversion" ("basis", "date", "id", "kind", "part_of_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "request_id", "responder_organization_id", "responder_state_id", "search", "slug", "status", "summary", "troops_approximate", "troops_high", "troops_low", "withdrawal_reason") SELECT new_values."basis", new_values."date", new_values."id", new_values."kind", new_values."part_of_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."request_id", new_values."responder_organization_id", new_values."responder_state_id", new_values."search", new_values."slug", new_values."status", new_values."summary", new_values."troops_approximate", new_values."troops_high", new_values."troops_low", new_values."withdrawal_reason" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='1f76925269e2205f00b7c746b86d52297203c942', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_424c1', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_response', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='reviewnote',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_reviewnoteversion" ("addressed_to_id", "article_id", "citation_id", "event_id", "id", "kind", "made_at", "made_by_id", "membership_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "request_id", "response_id", "roll_call_id", "text") SELECT new_values."addressed_to_id", new_values."article_id", new_values."citation_id", new_values."event_id", new_values."id", new_values."kind", new_values."made_at", new_values."made_by_id", new_values."membership_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."request_id", new_values."response_id", new_values."roll_call_id", new_values."text" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='99fa03c596a1a55f7603d4e2a4aa3a6baa28ffef', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_63ce2', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_reviewnote', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='rollcall',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_rollcallversion" ("body_id", "complete", "date", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug", "status", "symbol", "title", "total_absent", "total_abstain", "total_no", "total_yes", "url", "withdrawal_reason") SELECT new_values."body_id", new_values."complete", new_values."date", new_values."id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."slug", new_values."status", new_values."symbol", new_values."title", new_values."total_absent", new_values."total_abstain", new_values."total_no", new_values."total_yes", new_values."url", new_values."withdrawal_reason" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='884e554ce369e9cf98c32d6404de235e63753349', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_f5759', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_rollcall', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='source',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_sourceversion" ("country_id", "homepage", "id", "kind", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug") SELECT new_values."country_id", new_values."homepage", new_values."id", new_values."kind", new_values."name", new_values."note", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."slug" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='829c06043cd60e4b70c35e6ec0c0517df1731546', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_1c69f', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_source', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='state',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_stateversion" ("aliases", "code", "cow", "cow_letters", "existed", "gw", "id", "iso2", "m49", "name", "official_name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."aliases", new_values."code", new_values."cow", new_values."cow_letters", new_values."existed", new_values."gw", new_values."id", new_values."iso2", new_values."m49", new_values."name", new_values."official_name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='4ec125db3a35f0aa9569b25ff59ea5132f13b70e', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_ab84e', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_state', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='vote',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "archive_voteversion" ("choice", "id", "import_line", "imported_id", "intended", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "roll_call_id", "state_id") SELECT new_values."choice", new_values."id", new_values."import_line", new_values."imported_id", new_values."intended", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."roll_call_id", new_values."state_id" FROM ( SELECT new_values.* FROM new_values WHERE (new_values."imported_id" IS NULL) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='83aa10f9523148d3d926c168142b0a73bbbec468', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_ef840', referencing='REFERENCING NEW TABLE AS new_values ', table='archive_vote', when='AFTER')),
            ),
        ]),
    ]
