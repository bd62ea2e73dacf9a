/* audit_books.c - puts what the events say into temporary tables, and checks them. */
#include "audit/audit_books.h"

/* If a payload is not JSON, no other check makes sense. */
static const struct audit_rule readable[] = {
    {"every event can be read", "SELECT count(*) FROM events",
     "SELECT 'the event at position ' || position || ' is not JSON' FROM events"
     " WHERE json_valid(CAST(payload AS TEXT)) IS NOT 1 ORDER BY position"},
    {0},
};

/* The table `facts` has all events of accounts. `money` has those that moved money, with
 * the balance and the entry number that follow from the amounts, beside those that the
 * event claims. `lives` has one row for each account: how it stands in the end. */
static const char tables[] =
    "CREATE TEMP VIEW facts AS"
    " SELECT e.position, s.name AS account, e.version, t.name AS type, e.at,"
    "   CAST(e.payload AS TEXT) AS payload"
    " FROM main.events e JOIN main.streams s ON s.id = e.stream"
    "   JOIN main.types t ON t.id = e.type"
    " WHERE s.kind = 'account';"

    "CREATE TEMP TABLE kinds (type TEXT PRIMARY KEY, kind TEXT, sign INTEGER);"
    "INSERT INTO kinds VALUES"
    " ('funds_deposited', 'deposit', 1), ('funds_withdrawn', 'withdrawal', -1),"
    " ('debt_forgiven', 'debt forgiven', 1),"
    " ('transfer_debited', 'transfer sent', -1),"
    " ('transfer_credited', 'transfer received', 1),"
    " ('transfer_rolled_back', 'transfer returned', 1),"
    " ('request_debited', 'request paid', -1), ('request_credited', 'request funded', 1),"
    " ('request_debit_rolled_back', 'request returned', 1);"

    "CREATE TEMP TABLE money AS"
    " SELECT *, sum(change) OVER life AS balance, row_number() OVER life AS entry FROM"
    "  (SELECT position, account, version, at, type, kind,"
    "     json_extract(payload, '$.transaction_id') AS transaction_id,"
    "     json_extract(payload, '$.amount') * sign AS change,"
    "     json_extract(payload, '$.balance') AS claimed_balance,"
    "     json_extract(payload, '$.entry') AS claimed_entry"
    "   FROM facts JOIN kinds USING (type))"
    " WINDOW life AS (PARTITION BY account ORDER BY version);"

    "CREATE TEMP TABLE lives AS"
    " SELECT account, name, opened_at, deleted, ifnull(last, 1) AS balance_version,"
    "   ifnull(entries, 0) AS entries, ifnull(balance, 0) AS balance"
    " FROM (SELECT account, max(type = 'account_deleted') AS deleted,"
    "     max(json_extract(payload, '$.name')) FILTER (WHERE type = 'account_created')"
    "       AS name,"
    "     max(at) FILTER (WHERE type = 'account_created') AS opened_at"
    "   FROM facts GROUP BY account)"
    "  LEFT JOIN (SELECT account, sum(change) AS balance, count(*) AS entries,"
    "      max(version) AS last FROM money GROUP BY account)"
    "   USING (account);";

static const struct audit_rule rules[] = {
    {"an account is opened before anything else", "SELECT count(*) FROM lives",
     "SELECT 'account ' || account || ' begins with ' || type FROM facts"
     " WHERE (version = 1) <> (type = 'account_created')"},
    {"each account has a number that was handed out once", "SELECT count(*) FROM lives",
     "SELECT 'account ' || id || ': opened ' || sum(opened) || ' times, its number '"
     "  || 'handed out ' || sum(1 - opened) || ' times' FROM"
     "  (SELECT account AS id, 1 AS opened FROM lives UNION ALL"
     "   SELECT json_extract(CAST(e.payload AS TEXT), '$.account_id'), 0"
     "    FROM main.events e JOIN main.streams s ON s.id = e.stream"
     "    WHERE s.kind = 'account_ids')"
     " GROUP BY id HAVING sum(opened) <> 1 OR count(*) <> 2"},
    {"a deleted account only gets back what is its own",
     "SELECT ifnull(sum(deleted), 0) FROM lives",
     "SELECT 'account ' || account || ': ' || later.type || ' at position '"
     "  || later.position || ' comes after it was deleted'"
     " FROM facts AS later JOIN (SELECT account, version AS last FROM facts"
     "  WHERE type = 'account_deleted') USING (account) WHERE later.version > last"
     "  AND later.type NOT IN ('transfer_rolled_back', 'transfer_closed',"
     "   'request_debit_rolled_back', 'request_closed', 'request_failed')"},
    {"entries are numbered 1, 2, 3...", "SELECT count(*) FROM money",
     "SELECT 'account ' || account || ': the event at position ' || position"
     "  || ' says it is entry ' || ifnull(claimed_entry, 'NULL') || '; it is entry '"
     "  || entry FROM money WHERE claimed_entry IS NOT entry ORDER BY position"},
    {"each event's balance is the sum of the amounts so far",
     "SELECT count(*) FROM money",
     "SELECT 'account ' || account || ': the event at position ' || position || ' says '"
     "  || ifnull(money(claimed_balance), 'NULL') || '; the amounts add up to '"
     "  || money(balance) FROM money WHERE claimed_balance IS NOT balance"
     " ORDER BY position"},
    {"no account was ever below -100.00", "SELECT count(*) FROM money",
     "SELECT 'account ' || account || ' was at ' || money(balance) || ' at position '"
     "  || position FROM money WHERE balance < -10000 ORDER BY position"},
    {"debts were forgiven at most twice, up to 100.00",
     "SELECT count(*) FROM money WHERE kind = 'debt forgiven'",
     "SELECT 'account ' || account || ' was forgiven ' || money(change) || ', the '"
     "  || time || '. time, at position ' || position FROM (SELECT *, row_number() OVER"
     "    (PARTITION BY account ORDER BY version) AS time FROM money"
     "   WHERE kind = 'debt forgiven')"
     " WHERE time > 2 OR change > 10000"},
    {0},
};

bool audit_books(struct audit *audit)
{
    audit_rules(audit, readable);
    if (audit->wrong || !audit_run(audit, tables))
        return false;
    audit_rules(audit, rules);
    return true;
}
