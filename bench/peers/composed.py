"""The archive's answers, composed by PostgreSQL alone: hand-written SQL with `json_agg`.

Nothing here is shared with the application. Where both answer the same address the benchmark
compares the two, field by field, before it measures. Rows are cut to a page first; only then
are titles, addresses and evidence made for them.
"""

SITE = "https://localhost/api/v1/"
PAGE = 100


def _object(**fields: str) -> str:
    pairs = ", ".join(f"'{name.rstrip('_')}', {value}" for name, value in fields.items())
    return f"json_build_object({pairs})"


def _url(kind: str, key: str) -> str:
    return f"'{SITE}{kind}/' || {key} || '/'"


def _date(alias: str, field: str = "date") -> str:
    return (
        f"CASE WHEN {alias}.{field} <> '' THEN json_build_object('edtf', {alias}.{field}, "
        f"'earliest', lower({alias}.{field}_possible), "
        f"'latest', upper({alias}.{field}_possible) - 1) END"
    )


def _some(alias: str, value: str) -> str:
    """Null where an outer join found nothing."""
    return f"CASE WHEN {alias}.id IS NOT NULL THEN {value} END"


def _state(alias: str) -> str:
    code, name = f"{alias}.code", f"{alias}.name"
    return _some(alias, _object(code=code, name=name, url=_url("states", code)))


def _organization(alias: str) -> str:
    slug = f"{alias}.slug"
    return _object(slug=slug, title=f"{alias}.name", url=_url("organizations", slug))


def _source(alias: str) -> str:
    slug = f"{alias}.slug"
    return _some(alias, _object(slug=slug, title=f"{alias}.name", url=_url("sources", slug)))


def _event(alias: str) -> str:
    url = _url("events", f"{alias}.slug")
    return _some(
        alias,
        _object(slug=f"{alias}.slug", title=f"{alias}.title", url=url, date=_date(alias)),
    )


def _actor(state: str, organization: str) -> str:
    return (
        f"CASE WHEN {state}.id IS NOT NULL THEN "
        + _object(
            type="'state'",
            key=f"{state}.code",
            name=f"{state}.name",
            url=_url("states", f"{state}.code"),
        )
        + " ELSE "
        + _object(
            type="'organization'",
            key=f"{organization}.slug",
            name=f"{organization}.name",
            url=_url("organizations", f"{organization}.slug"),
        )
        + " END"
    )


def _provision_title(alias: str) -> str:
    return f"'Article ' || {alias}.article_number || ', ' || {alias}.instrument"


def _provision(alias: str) -> str:
    url = _url("provisions", f"{alias}.slug")
    return _some(alias, _object(slug=f"{alias}.slug", title=_provision_title(alias), url=url))


def _called(state: str, organization: str) -> str:
    """What an actor is called in titles."""
    return f"coalesce({state}.name, nullif({organization}.acronym, ''), {organization}.name)"


def _request_title(request: str, requester: str, state: str, organization: str) -> str:
    actor = _called(state, organization)
    return (
        f"{requester}.name || CASE {request}.standing WHEN 'made' THEN ' asks ' || {actor} || "
        f"' for help' WHEN 'not_made' THEN ' does not ask ' || {actor} || ' for help' "
        f"ELSE ' answered by ' || {actor} END"
    )


def _membership_title(membership: str, state: str, organization: str) -> str:
    start, end = (f"split_part({membership}.period, '/', {part})" for part in (1, 2))
    return (
        f"{state}.name || ' in ' || coalesce(nullif({organization}.acronym, ''), "
        f"{organization}.name) || ', ' || CASE {end} WHEN '..' THEN 'since ' || {start} "
        f"WHEN '' THEN 'from ' || {start} || ', end unknown' ELSE {start} || ' to ' || {end} END"
    )


def _evidence(target: str, alias: str, name: str = "evidence") -> str:
    differs = (
        f" OR EXISTS (SELECT FROM archive_discrepancy ed WHERE ed.{target}_id = {alias}.id "
        "AND ed.settled_at IS NULL)"
        if target in ("membership", "roll_call", "vote")
        else ""
    )
    return (
        f"CROSS JOIN LATERAL (SELECT count(*) AS n, coalesce(bool_or(ec.stance = 'disputes'), "
        f"false){differs} AS contested FROM archive_citation ec JOIN archive_article ea "
        f"ON ea.id = ec.article_id WHERE ec.{target}_id = {alias}.id "
        f"AND ec.status = 'published' AND ea.status = 'published') AS {name}"
    )


def _head(
    kind: str, alias: str, title: str, key: str = "slug", evidence: str | None = "evidence"
) -> dict[str, str]:
    has_status = alias not in ("st", "o", "so", "pr")
    return {
        key: f"{alias}.{key}",
        "url": _url(kind, f"{alias}.{key}"),
        "title": title,
        "status": f"{alias}.status" if has_status else "'published'",
        "citation_count": f"{evidence}.n" if evidence else "0",
        "contested": f"{evidence}.contested" if evidence else "false",
        "updated_at": f"{alias}.updated_at",
    }


def _plain(alias: str, *names: str) -> dict[str, str]:
    return {name: f'{alias}."{name}"' for name in names}


# --- Citations ------------------------------------------------------------------------------

_PREFIX = (
    "CASE WHEN a.text_access = 'restricted' THEN '' WHEN c.start - a.body_start > 60 THEN "
    r"regexp_replace(substr(a.text, c.start - 60, 61), '^\S*\s+', '') "
    "ELSE substr(a.text, a.body_start + 1, c.start - a.body_start) END"
)
_SUFFIX = (
    "CASE WHEN a.text_access = 'restricted' THEN '' WHEN a.body_end - c.\"end\" > 60 THEN "
    r"""regexp_replace(substr(a.text, c."end" + 1, 61), '\s+\S*$', '') """
    'ELSE substr(a.text, c."end" + 1, a.body_end - c."end") END'
)


def _passage(target: str) -> dict[str, str]:
    return {
        "article": _object(
            slug="a.slug",
            title="a.title",
            source=_object(slug="so.slug", title="so.name"),
            published=_date("a", "published"),
            url=_url("articles", "a.slug"),
        ),
        "quote": "c.quote",
        "prefix": _PREFIX,
        "suffix": _SUFFIX,
        "start": "c.start",
        "end": 'c."end"',
        "target": target,
        **_plain("c", "field", "stance", "asserted", "note"),
    }


def _citations(kind: str, record: str, title: str, url: str) -> str:
    """The passages about a record, as an array."""
    target = _object(type=f"'{kind}'", title=title, url=url)
    passage = _object(uuid="c.uuid", **_passage(target))
    return (
        f"(SELECT coalesce(json_agg({passage} ORDER BY a.slug, c.start, c.uuid), '[]') "
        "FROM archive_citation c JOIN archive_article a ON a.id = c.article_id "
        f"JOIN archive_source so ON so.id = a.source_id WHERE c.{kind}_id = {record}.id "
        "AND c.status = 'published' AND a.status = 'published')"
    )


# --- An event with all that belongs to it ---------------------------------------------------

_RESPONSE_TITLE = f"{_called('rs', 'ro')} || ': ' || r.kind"
_ANSWER = {
    "responder": _actor("rs", "ro"),
    "part_of": _some(
        "w",
        _object(
            slug="w.slug",
            title=f"{_called('ws', 'wo')} || ': ' || w.kind",
            url=_url("responses", "w.slug"),
        ),
    ),
    **_plain("r", "kind", "basis", "search"),
    "date": _date("r"),
    **_plain("r", "troops_low", "troops_high", "troops_approximate", "summary"),
}
_ANSWER_JOINS = """
    LEFT JOIN archive_state rs ON rs.id = r.responder_state_id
    LEFT JOIN archive_organization ro ON ro.id = r.responder_organization_id
    LEFT JOIN archive_response w ON w.id = r.part_of_id
    LEFT JOIN archive_state ws ON ws.id = w.responder_state_id
    LEFT JOIN archive_organization wo ON wo.id = w.responder_organization_id"""
_REQUEST_TITLE = _request_title("q", "qr", "qs", "qo")
_REQUEST = {
    **_head("requests", "q", _REQUEST_TITLE),
    "event": _event("e"),
    "requester": _state("qr"),
    "addressee": _actor("qs", "qo"),
    **_plain("q", "standing", "sought"),
    "provision": _provision("pr"),
    "date": _date("q"),
    "summary": "q.summary",
}
_REQUEST_JOINS = """
    JOIN archive_state qr ON qr.id = q.requester_id
    LEFT JOIN archive_state qs ON qs.id = q.addressee_state_id
    LEFT JOIN archive_organization qo ON qo.id = q.addressee_organization_id
    LEFT JOIN archive_provision pr ON pr.id = q.provision_id"""


def _first_release(table: str, alias: str) -> str:
    return (
        "(SELECT v.version FROM archive_firstrelease f JOIN archive_release v "
        f"ON v.id = f.release_id WHERE f.\"table\" = '{table}' AND f.key = {alias}.slug)"
    )


def _event_detail() -> str:
    participant = _object(
        actor=_actor("ps", "po"),
        **_plain("p", "role", "person", "office"),
        alleged_by=_state("pa"),
        citations=_citations(
            "participation",
            "p",
            f"{_called('ps', 'po')} || ': ' || p.role",
            _url("events", "e.slug"),
        ),
    )
    response = _object(
        **_head("responses", "r", _RESPONSE_TITLE),
        **_ANSWER,
        citations=_citations("response", "r", _RESPONSE_TITLE, _url("responses", "r.slug")),
    )
    request = _object(
        **_REQUEST,
        responses=f"""(SELECT coalesce(json_agg({response} ORDER BY r.slug), '[]')
            FROM archive_response r {_ANSWER_JOINS} {_evidence("response", "r")}
            WHERE r.request_id = q.id AND r.status = 'published')""",
        first_release=_first_release("requests", "q"),
        citations=_citations("request", "q", _REQUEST_TITLE, _url("requests", "q.slug")),
    )
    event = _object(
        **_EVENT,
        participants=f"""(SELECT coalesce(
            json_agg({participant} ORDER BY p.role, ps.code, po.slug), '[]')
            FROM archive_participation p
            LEFT JOIN archive_state ps ON ps.id = p.actor_state_id
            LEFT JOIN archive_organization po ON po.id = p.actor_organization_id
            LEFT JOIN archive_state pa ON pa.id = p.alleged_by_id WHERE p.event_id = e.id)""",
        requests=f"""(SELECT coalesce(json_agg({request} ORDER BY q.slug), '[]')
            FROM archive_request q {_REQUEST_JOINS} {_evidence("request", "q")}
            WHERE q.event_id = e.id AND q.status = 'published')""",
        first_release=_first_release("events", "e"),
        citations=_citations("event", "e", "e.title", _url("events", "e.slug")),
    )
    return f"""SELECT {event}::text FROM archive_event e
        LEFT JOIN archive_event up ON up.id = e.part_of_id {_evidence("event", "e")}
        WHERE e.slug = %(key)s AND e.status = 'published'"""


_EVENT = {
    **_head("events", "e", "e.title"),
    "kind": "e.kind",
    "date": _date("e"),
    "place": "e.place",
    "part_of": _event("up"),
    "summary": "e.summary",
}
EVENT = _event_detail()


# --- Lists ----------------------------------------------------------------------------------


def _list(  # noqa: PLR0913, PLR0917  # the parts of one statement
    kind: str, body: dict[str, str], rows: str, joins: str, key: str, order: str
) -> str:
    """A page: `rows` finds its rows, `joins` adds to them, `key` is the address of the next."""
    return f"""SELECT json_build_object(
            'next', CASE WHEN count(*) = {PAGE} THEN
                '{SITE}{kind}/?after=' || (array_agg(page.key))[{PAGE}] END,
            'previous', NULL,
            'results', coalesce(json_agg(page.body), '[]'))::text
        FROM (SELECT {key} AS key, {_object(**body)} AS body
              FROM ({rows} LIMIT {PAGE}) {joins} ORDER BY {order}) AS page"""


def _after(table: str, columns: str, joins: str = "") -> str:
    """The place of the row after which a page begins, where it begins after one."""
    return f"(SELECT {columns} FROM {table} x {joins} WHERE x.slug = %(after)s)"


def _simple(table: str, order: str, *, is_public: bool = True, key: str = "slug") -> str:
    """A page of a table whose order is its own columns'."""
    where = "x.status = 'published'" if is_public else "true"
    columns = ", ".join(f"x.{column}" for column in order.split(", "))
    beyond = ", ".join(f"y.{column}" for column in order.split(", "))
    return (
        f"SELECT x.* FROM {table} x WHERE {where} AND ({columns}) > "
        f"(SELECT {beyond} FROM {table} y WHERE y.{key} = %(after)s) ORDER BY {columns}"
    )


LISTS: dict[str, str] = {
    "sources": _list(
        "sources",
        {
            **_head("sources", "so", "so.name", evidence=None),
            **_plain("so", "name", "kind", "homepage"),
            "country": _state("st"),
            "note": "so.note",
        },
        _simple("archive_source", "slug", is_public=False),
        "AS so LEFT JOIN archive_state st ON st.id = so.country_id",
        "so.slug",
        "so.slug",
    ),
    "states": _list(
        "states",
        {
            **_head("states", "st", "st.name", key="code", evidence=None),
            **_plain(
                "st", "name", "official_name", "iso2", "m49", "cow", "cow_letters", "gw", "aliases"
            ),
            "existed": "NULL",
        },
        _simple("archive_state", "code", is_public=False, key="code"),
        "AS st",
        "st.code",
        "st.code",
    ),
    "organizations": _list(
        "organizations",
        {
            **_head("organizations", "o", "o.name", evidence=None),
            **_plain("o", "name", "acronym", "kind", "aliases"),
            # The table keeps no days of these two; years are all that is in them here.
            "founded": "CASE WHEN o.founded <> '' THEN json_build_object('edtf', o.founded, "
            "'earliest', o.founded || '-01-01', 'latest', o.founded || '-12-31') END",
            "dissolved": "NULL",
        },
        _simple("archive_organization", "slug", is_public=False),
        "AS o",
        "o.slug",
        "o.slug",
    ),
    "provisions": _list(
        "provisions",
        {
            **_head("provisions", "pr", _provision_title("pr")),
            "organization": _organization("o"),
            **_plain("pr", "instrument", "article_number", "gist"),
        },
        _simple("archive_provision", "slug", is_public=False),
        "AS pr JOIN archive_organization o ON o.id = pr.organization_id "
        + _evidence("provision", "pr"),
        "pr.slug",
        "pr.slug",
    ),
    "articles": _list(
        "articles",
        {
            **_head("articles", "a", "a.title"),
            "source": _source("so"),
            "first_published_by": _source("fp"),
            "authors": "a.authors",
            "published": _date("a", "published"),
            "original_url": "a.url",
            **_plain("a", "archived_url", "retrieved_on", "language", "text_access", "note"),
        },
        # Without the text, which would be carried along for nothing.
        _simple("archive_article", "published_possible, slug").replace(
            "SELECT x.*",
            "SELECT x.id, x.slug, x.title, x.source_id, x.first_published_by_id, x.authors, "
            "x.published, x.published_possible, x.url, x.archived_url, x.retrieved_on, "
            "x.language, x.text_access, x.note, x.status, x.updated_at",
        ),
        """AS a LEFT JOIN archive_source so ON so.id = a.source_id
        LEFT JOIN archive_source fp ON fp.id = a.first_published_by_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS n, false AS contested FROM archive_citation c
            LEFT JOIN archive_event ce ON ce.id = c.event_id
            LEFT JOIN archive_request cq ON cq.id = c.request_id
            LEFT JOIN archive_response cr ON cr.id = c.response_id
            LEFT JOIN archive_membership cm ON cm.id = c.membership_id
            LEFT JOIN archive_rollcall cl ON cl.id = c.roll_call_id
            LEFT JOIN archive_participation cp ON cp.id = c.participation_id
            LEFT JOIN archive_event cpe ON cpe.id = cp.event_id
            LEFT JOIN archive_vote cv ON cv.id = c.vote_id
            LEFT JOIN archive_rollcall cvl ON cvl.id = cv.roll_call_id
            WHERE c.article_id = a.id AND c.status = 'published' AND (
                c.provision_id IS NOT NULL OR 'published' IN (ce.status, cq.status, cr.status,
                cm.status, cl.status, cpe.status, cvl.status))) AS evidence""",
        "a.slug",
        "a.published_possible, a.slug",
    ),
    "memberships": _list(
        "memberships",
        {
            **_head("memberships", "m", _membership_title("m", "st", "o")),
            "state": _state("st"),
            "organization": _organization("o"),
            "standing": "m.standing",
            "period": _date("m", "period"),
            "note": "m.note",
            "on": "NULL",
        },
        """SELECT x.*, xo.slug AS by_organization, xs.code AS by_state
        FROM archive_membership x JOIN archive_organization xo ON xo.id = x.organization_id
        JOIN archive_state xs ON xs.id = x.state_id
        WHERE x.status = 'published' AND (xo.slug, xs.code, x.period_possible, x.slug) > (
            SELECT yo.slug, ys.code, y.period_possible, y.slug FROM archive_membership y
            JOIN archive_organization yo ON yo.id = y.organization_id
            JOIN archive_state ys ON ys.id = y.state_id WHERE y.slug = %(after)s)
        ORDER BY xo.slug, xs.code, x.period_possible, x.slug""",
        """AS m JOIN archive_state st ON st.id = m.state_id
        JOIN archive_organization o ON o.id = m.organization_id """
        + _evidence("membership", "m"),
        "m.slug",
        "m.by_organization, m.by_state, m.period_possible, m.slug",
    ),
    "events": _list(
        "events",
        _EVENT,
        _simple("archive_event", "date_possible, slug"),
        "AS e LEFT JOIN archive_event up ON up.id = e.part_of_id " + _evidence("event", "e"),
        "e.slug",
        "e.date_possible, e.slug",
    ),
    "requests": _list(
        "requests",
        _REQUEST,
        """SELECT x.*
        FROM archive_request x JOIN archive_event e ON e.id = x.event_id
        WHERE x.status = 'published' AND e.status = 'published' AND (x.days_possible, x.slug) > (
            SELECT y.days_possible, y.slug FROM archive_request y WHERE y.slug = %(after)s)
        ORDER BY x.days_possible, x.slug""",
        f"""AS q JOIN archive_event e ON e.id = q.event_id {_REQUEST_JOINS} """
        + _evidence("request", "q"),
        "q.slug",
        "q.days_possible, q.slug",
    ),
    "responses": _list(
        "responses",
        {
            **_head("responses", "r", _RESPONSE_TITLE),
            "request": _object(slug="q.slug", title=_REQUEST_TITLE, url=_url("requests", "q.slug")),
            **_ANSWER,
        },
        """SELECT x.*
        FROM archive_response x JOIN archive_request q ON q.id = x.request_id
        JOIN archive_event e ON e.id = q.event_id
        WHERE x.status = 'published' AND q.status = 'published' AND e.status = 'published'
        AND (x.days_possible, x.slug) > (
            SELECT y.days_possible, y.slug FROM archive_response y WHERE y.slug = %(after)s)
        ORDER BY x.days_possible, x.slug""",
        f"""AS r JOIN archive_request q ON q.id = r.request_id {_REQUEST_JOINS} {_ANSWER_JOINS} """
        + _evidence("response", "r"),
        "r.slug",
        "r.days_possible, r.slug",
    ),
    "roll-calls": _list(
        "roll-calls",
        {
            **_head("roll-calls", "l", "l.title"),
            "body": _organization("o"),
            "symbol": "l.symbol",
            "date": _date("l"),
            **_plain("l", "total_yes", "total_no", "total_abstain", "total_absent", "complete"),
            "original_url": "l.url",
        },
        _simple("archive_rollcall", "date_possible, slug"),
        "AS l JOIN archive_organization o ON o.id = l.body_id " + _evidence("roll_call", "l"),
        "l.slug",
        "l.date_possible, l.slug",
    ),
    "citations": _list(
        "citations",
        {
            **_head("citations", "c", "", key="uuid", evidence=None),
            "title": "'“' || CASE WHEN length(c.quote) <= 60 THEN c.quote "
            "ELSE left(c.quote, 59) || '…' END || '”'",
            **_passage(
                _object(
                    type="CASE WHEN e.id IS NOT NULL THEN 'event' WHEN p.id IS NOT NULL THEN "
                    "'participation' WHEN q.id IS NOT NULL THEN 'request' WHEN r.id IS NOT NULL "
                    "THEN 'response' WHEN m.id IS NOT NULL THEN 'membership' WHEN pr.id IS NOT "
                    "NULL THEN 'provision' WHEN l.id IS NOT NULL THEN 'roll_call' ELSE 'vote' END",
                    title="CASE WHEN e.id IS NOT NULL THEN e.title WHEN p.id IS NOT NULL THEN "
                    f"{_called('ps', 'po')} || ': ' || p.role WHEN q.id IS NOT NULL THEN "
                    f"{_REQUEST_TITLE} WHEN r.id IS NOT NULL THEN {_called('rs', 'ro')} || ': ' "
                    "|| r.kind WHEN m.id IS NOT NULL THEN "
                    f"{_membership_title('m', 'ms', 'mo')} WHEN pr.id IS NOT NULL THEN "
                    f"{_provision_title('pr')} WHEN l.id IS NOT NULL THEN l.title "
                    "ELSE vs.name || ': ' || v.choice END",
                    url=f"'{SITE}' || CASE WHEN e.id IS NOT NULL THEN 'events/' || e.slug "
                    "WHEN p.id IS NOT NULL THEN 'events/' || pe.slug WHEN q.id IS NOT NULL THEN "
                    "'requests/' || q.slug WHEN r.id IS NOT NULL THEN 'responses/' || r.slug "
                    "WHEN m.id IS NOT NULL THEN 'memberships/' || m.slug WHEN pr.id IS NOT NULL "
                    "THEN 'provisions/' || pr.slug WHEN l.id IS NOT NULL THEN 'roll-calls/' || "
                    "l.slug ELSE 'votes/' || vl.slug || '/' || vs.code END || '/'",
                )
            ),
        },
        """SELECT x.*, xa.slug AS by_article
        FROM archive_citation x JOIN archive_article xa ON xa.id = x.article_id
        LEFT JOIN archive_event ce ON ce.id = x.event_id
        LEFT JOIN archive_request cq ON cq.id = x.request_id
        LEFT JOIN archive_response cr ON cr.id = x.response_id
        LEFT JOIN archive_membership cm ON cm.id = x.membership_id
        LEFT JOIN archive_rollcall cl ON cl.id = x.roll_call_id
        LEFT JOIN archive_participation cp ON cp.id = x.participation_id
        LEFT JOIN archive_event cpe ON cpe.id = cp.event_id
        LEFT JOIN archive_vote cv ON cv.id = x.vote_id
        LEFT JOIN archive_rollcall cvl ON cvl.id = cv.roll_call_id
        WHERE x.status = 'published' AND xa.status = 'published' AND (
            x.provision_id IS NOT NULL OR 'published' IN (ce.status, cq.status, cr.status,
            cm.status, cl.status, cpe.status, cvl.status))
        AND (xa.slug, x.start, x.uuid) > (
            SELECT ya.slug, y.start, y.uuid FROM archive_citation y
            JOIN archive_article ya ON ya.id = y.article_id WHERE y.uuid = %(after)s::uuid)
        AND xa.slug >= (
            SELECT ya.slug FROM archive_citation y
            JOIN archive_article ya ON ya.id = y.article_id WHERE y.uuid = %(after)s::uuid)
        ORDER BY xa.slug, x.start, x.uuid""",
        """AS c JOIN archive_article a ON a.id = c.article_id
        JOIN archive_source so ON so.id = a.source_id
        LEFT JOIN archive_event e ON e.id = c.event_id
        LEFT JOIN archive_participation p ON p.id = c.participation_id
        LEFT JOIN archive_event pe ON pe.id = p.event_id
        LEFT JOIN archive_state ps ON ps.id = p.actor_state_id
        LEFT JOIN archive_organization po ON po.id = p.actor_organization_id
        LEFT JOIN archive_request q ON q.id = c.request_id
        LEFT JOIN archive_state qr ON qr.id = q.requester_id
        LEFT JOIN archive_state qs ON qs.id = q.addressee_state_id
        LEFT JOIN archive_organization qo ON qo.id = q.addressee_organization_id
        LEFT JOIN archive_response r ON r.id = c.response_id
        LEFT JOIN archive_state rs ON rs.id = r.responder_state_id
        LEFT JOIN archive_organization ro ON ro.id = r.responder_organization_id
        LEFT JOIN archive_membership m ON m.id = c.membership_id
        LEFT JOIN archive_state ms ON ms.id = m.state_id
        LEFT JOIN archive_organization mo ON mo.id = m.organization_id
        LEFT JOIN archive_provision pr ON pr.id = c.provision_id
        LEFT JOIN archive_rollcall l ON l.id = c.roll_call_id
        LEFT JOIN archive_vote v ON v.id = c.vote_id
        LEFT JOIN archive_rollcall vl ON vl.id = v.roll_call_id
        LEFT JOIN archive_state vs ON vs.id = v.state_id""",
        "c.uuid",
        "c.by_article, c.start, c.uuid",
    ),
}

# By state and dates; `after` is the roll call at which the page before ended.
VOTES = _list(
    "votes",
    {
        "roll_call": _object(
            slug="v.slug",
            title="v.title",
            url=_url("roll-calls", "v.slug"),
            symbol="v.symbol",
            date=_date("v"),
        ),
        "state": _state("st"),
        "url": f"'{SITE}votes/' || v.slug || '/' || st.code || '/'",
        "title": "st.name || ': ' || v.choice",
        "status": "v.status",
        "citation_count": "evidence.n",
        "contested": "evidence.contested",
        **_plain("v", "updated_at", "choice", "intended"),
    },
    """SELECT v.id, v.state_id, v.choice, v.intended, v.updated_at,
           l.slug, l.title, l.symbol, l.date, l.date_possible, l.status
    FROM archive_vote v JOIN archive_rollcall l ON l.id = v.roll_call_id
    WHERE l.status = 'published' AND l.date_possible && daterange(%(from)s, %(to)s, '[]')
      AND v.state_id = ANY (ARRAY(SELECT id FROM archive_state WHERE code = %(state)s))
    ORDER BY l.date_possible, l.slug""",
    "AS v JOIN archive_state st ON st.id = v.state_id " + _evidence("vote", "v"),
    "v.slug",
    "v.date_possible, v.slug",
)

# --- Agreement ------------------------------------------------------------------------------

_PAIRS = """SELECT json_agg(json_build_object(
    'states', json_build_array(one, other), 'compared', compared, 'agree', agree, 'half', half,
    'score', (agree + half / 2.0) / nullif(compared, 0)) ORDER BY one, other)::text
    FROM ({}) pairs"""
# Present in both, and the same; or an abstention against a yes or a no, which counts half.
BITS = _PAIRS.format("""
    SELECT a.code AS one, b.code AS other,
           bit_count((a.yes | a.no | a.abstain) & (b.yes | b.no | b.abstain)) AS compared,
           bit_count(a.yes & b.yes) + bit_count(a.no & b.no) + bit_count(a.abstain & b.abstain)
               AS agree,
           bit_count(a.abstain & (b.yes | b.no)) + bit_count(b.abstain & (a.yes | a.no)) AS half
    FROM bench.bits a JOIN bench.bits b ON a.code < b.code
    WHERE a.code = ANY (%(states)s) AND b.code = ANY (%(states)s)""")
SELF_JOIN = _PAIRS.format("""
    SELECT s.code AS one, t.code AS other, count(*) AS compared,
           count(*) FILTER (WHERE a.choice = b.choice) AS agree,
           count(*) FILTER (WHERE a.choice <> b.choice AND 'abstain' IN (a.choice, b.choice))
               AS half
    FROM archive_vote a JOIN archive_vote b USING (roll_call_id)
    JOIN archive_rollcall l ON l.id = a.roll_call_id
    JOIN archive_state s ON s.id = a.state_id JOIN archive_state t ON t.id = b.state_id
    WHERE l.status = 'published' AND s.code < t.code
      AND a.choice <> 'absent' AND b.choice <> 'absent'
      AND s.code = ANY (%(states)s) AND t.code = ANY (%(states)s) GROUP BY s.code, t.code""")
