/* audit_payments.c - checks each transfer and each request, from beginning to end. */
#include "audit/audit_payments.h"

/* The table `steps` has each event of a payment. `payments` has one row for each payment:
 * how many steps of each kind it has. `waiting` has the sagas that wait, for their next
 * attempt or for an operator, and why. */
static const char tables[] =
    "CREATE TEMP TABLE steps AS"
    " SELECT position, account, at,"
    "   substr(type, 1, instr(type, '_') - 1) AS kind,"
    "   substr(type, instr(type, '_') + 1) AS step,"
    "   type IN ('transfer_debited', 'request_created') AS begins,"
    "   json_extract(payload, '$.transaction_id') AS id,"
    "   json_extract(payload, '$.amount') AS amount,"
    "   json_extract(payload, '$.from_id') AS from_id,"
    "   json_extract(payload, '$.to_id') AS to_id,"
    "   json_extract(payload, '$.timeout_at') AS timeout_at,"
    "   json_extract(payload, '$.reason') AS reason"
    " FROM facts WHERE type GLOB 'transfer_*' OR type GLOB 'request_*';"

    "CREATE TEMP TABLE payments AS"
    " SELECT *, amount * (debited - credited - rolled_back) AS on_its_way"
    " FROM (SELECT kind, id, sum(begins) AS began,"
    "   sum(step = 'received') AS received, sum(step = 'accepted') AS accepted,"
    "   sum(step = 'rejected') AS rejected, sum(step = 'debited') AS debited,"
    "   sum(step = 'credited') AS credited, sum(step = 'failed') AS failed,"
    "   sum(step IN ('rolled_back', 'debit_rolled_back')) AS rolled_back,"
    "   sum(step = 'closed') AS closed,"
    "   max(at) FILTER (WHERE begins) AS at,"
    "   max(ifnull(from_id, account)) FILTER (WHERE begins) AS from_id,"
    "   max(ifnull(to_id, account)) FILTER (WHERE begins) AS to_id,"
    "   max(amount) FILTER (WHERE begins) AS amount,"
    "   max(timeout_at) FILTER (WHERE begins) AS timeout_at, max(reason) AS reason"
    "  FROM steps GROUP BY kind, id);"

    "CREATE TEMP TABLE waiting AS"
    " SELECT saga, id, max(reason) AS reason FROM"
    "  (SELECT name AS saga, substr(key, instr(key, '/') + 1) AS id, error AS reason"
    "   FROM main.parked JOIN main.subscribers ON subscribers.id = subscriber"
    "   WHERE name IN ('transfer', 'request')"
    "   UNION ALL SELECT saga, id, json_extract(CAST(state AS TEXT), '$.reason')"
    "   FROM main.sagas WHERE status = 2 OR (turn_at > 0 AND turn_position = 0))"
    " GROUP BY saga, id;";

static const struct audit_rule rules[] = {
    {"a transfer is debited, then credited or rolled back, once",
     "SELECT count(*) FROM temp.payments WHERE kind = 'transfer'",
     "SELECT 'transfer ' || id || ' was debited ' || debited || ' times, credited '"
     "  || credited || ', rolled back ' || rolled_back || ', closed ' || closed"
     " FROM temp.payments WHERE kind = 'transfer'"
     "  AND (debited <> 1 OR credited + rolled_back > 1 OR closed <> credited)"},
    {"each step of a request was taken once, and in order",
     "SELECT count(*) FROM temp.payments WHERE kind = 'request'",
     "SELECT 'request ' || id || ' was created ' || began || ' times, received '"
     "  || received || ', accepted ' || accepted || ', rejected ' || rejected"
     "  || ', debited ' || debited || ', credited ' || credited || ', rolled back '"
     "  || rolled_back || ', closed ' || closed || ', told to have failed ' || failed"
     " FROM temp.payments WHERE kind = 'request' AND (began <> 1 OR received > 1"
     "  OR accepted + rejected > received OR debited > accepted"
     "  OR credited + rolled_back > debited OR credited + failed > 1"
     "  OR rolled_back + closed + rejected > received OR credited > closed)"},
    {"each step has the payment's amount, and is at its account",
     "SELECT count(*) FROM steps",
     "SELECT steps.kind || ' ' || steps.id || ': ' || step || ' at position ' || position"
     "  || ' is for ' || ifnull(money(steps.amount), 'NULL') || ' at account ' || account"
     "  || '; it was to be ' || money(payments.amount) || ' from ' || payments.from_id"
     "  || ' to ' || payments.to_id"
     " FROM (SELECT *, lag(step) OVER (PARTITION BY kind, id ORDER BY position) AS before"
     "   FROM steps) AS steps JOIN temp.payments USING (kind, id)"
     " WHERE steps.amount <> payments.amount OR (before IS NULL) <> begins"
     "  OR account <> iif(step IN ('created', 'credited', 'failed'), payments.to_id,"
     "   payments.from_id)"},
    {"what was debited was credited or rolled back",
     "SELECT count(*) FROM temp.payments WHERE debited",
     "SELECT money(on_its_way) || ' of ' || kind || ' ' || id || ' was debited from '"
     "  || from_id || ', and nobody has it' FROM temp.payments"
     " WHERE on_its_way <> 0 AND NOT EXISTS (SELECT 1 FROM waiting"
     "  WHERE saga = kind AND waiting.id = payments.id)"},
    {"every request is over, or has time left",
     "SELECT count(*) FROM temp.payments WHERE kind = 'request'",
     "SELECT 'request ' || id || ' was to be over at ' || strftime('%Y-%m-%d %H:%M:%S',"
     "  timeout_at / 1000000, 'unixepoch') || ' UTC' FROM temp.payments"
     " WHERE kind = 'request' AND credited + failed = 0"
     "  AND timeout_at / 1000000 + 60 < CAST(strftime('%s', 'now') AS INTEGER)"
     "  AND NOT EXISTS (SELECT 1 FROM waiting WHERE saga = kind"
     "   AND waiting.id = payments.id)"},
    {0},
};

/* The money of a saga that waits is in no account; this is listed, and not wrong. */
static const char waits[] =
    "SELECT saga || ' ' || waiting.id || ', ' || ifnull(money(amount), '?')"
    "  || CASE WHEN on_its_way THEN ', debited and on its way: ' ELSE ': ' END"
    "  || ifnull(waiting.reason, 'no reason was given') FROM waiting"
    " LEFT JOIN temp.payments ON kind = saga AND payments.id = waiting.id ORDER BY 1";

bool audit_payments(struct audit *audit)
{
    if (!audit_run(audit, tables))
        return false;
    audit_list(audit, waits);
    audit_rules(audit, rules);
    return true;
}
