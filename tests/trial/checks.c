/* checks.c - what must hold between the stores of a bank and of a loyalty program, in
 * SQL.
 *
 * Amounts are cents. There is a point for every whole euro of a deposit, and a bonus of
 * 5.00 for every thousand points. */
#include "trial/checks.h"

/* ---- what both stores hold ------------------------------------------------------- */

#define EVENTS(store)                                                                    \
    store ".events AS e JOIN " store                                                     \
          ".streams AS s ON s.id = e.stream"                                             \
          " JOIN " store ".types AS t ON t.id = e.type"
#define MEMBER(name)      "json_extract(CAST(e.payload AS TEXT), '$." name "')"
#define META(name)        "json_extract(e.meta, '$." name "')"
#define PIECE(from, size) "lower(substr(hex(e.event_id), " #from ", " #size "))"
#define EVENT_ID                                                                         \
    PIECE(1, 8)                                                                          \
    " || '-' || " PIECE(9, 4) " || '-' || " PIECE(13, 4) " || '-' || " PIECE(            \
        17, 4) " || '-' || " PIECE(21, 12)
#define NUMBER "row_number() OVER (PARTITION BY s.name ORDER BY e.version) AS number"

const char checks_tables[] =
    /* What the bank had to publish, numbered in each account. */
    "CREATE TABLE published AS SELECT " EVENT_ID " AS id, s.name AS account, " NUMBER ","
    " iif(t.name = 'funds_deposited', 'deposit', 'withdrawal') AS kind,"
    " iif(t.name = 'funds_deposited', 1, -1) * " MEMBER("amount") " AS amount,"
    " " MEMBER("transaction_id") " AS transaction_id"
    " FROM " EVENTS("bank")
    " WHERE s.kind = 'account' AND t.name IN ('funds_deposited', 'funds_withdrawn');"

    /* What the other program has stored, numbered in each stream. */
    "CREATE TABLE received AS SELECT " META("received.id") " AS id,"
    " s.name AS stream, " NUMBER ", " MEMBER("account_id") " AS account,"
    " " MEMBER("kind") " AS kind, " MEMBER("amount") " AS amount"
    " FROM " EVENTS("loyalty") " WHERE s.kind = 'from_bank';"

    "CREATE TABLE awarded AS SELECT s.name AS account, " MEMBER("points") " AS points,"
    " " MEMBER("total") " AS total FROM " EVENTS("loyalty")
    " WHERE t.name = 'points_awarded';"
    "CREATE TABLE earned AS SELECT s.name AS account, " MEMBER("amount") " AS amount"
    " FROM " EVENTS("loyalty") " WHERE t.name = 'bonus_earned';"
    "CREATE TABLE posted AS SELECT " MEMBER("account_id") " AS account,"
    " " MEMBER("amount") " AS amount FROM " EVENTS("loyalty")
    " WHERE s.kind = 'to_bank';"

    /* What came in by the bank's queue: money; and what was answered, a refusal too. */
    "CREATE TABLE paid AS SELECT * FROM published WHERE transaction_id LIKE 'counter/%';"
    "CREATE TABLE answered AS SELECT CAST(command_id AS TEXT) AS id FROM bank.commands"
    " WHERE CAST(command_id AS TEXT) LIKE 'counter/%';"
    "CREATE TABLE deleted AS SELECT s.name AS account FROM " EVENTS("bank")
    " WHERE t.name = 'account_deleted';"

    "CREATE INDEX published_id ON published (id);"
    "CREATE INDEX received_id ON received (id);";

/* ---- what must hold -------------------------------------------------------------- */

/* For each account, what the events say and what is there. */
#define POINTS_DUE                                                                       \
    "(SELECT account, sum(amount / 100) AS points FROM published"                        \
    " WHERE kind = 'deposit' AND amount >= 100 GROUP BY account)"
#define BY_ACCOUNT(table)                                                                \
    "(SELECT account, count(*) AS many, sum(amount) AS amount FROM " table               \
    " GROUP BY account)"

const struct check checks[] = {
    {"each published event is in the other store", "SELECT count(*) FROM published",
     "SELECT 'event ' || id || ' of account ' || account || ' is missing'"
     " FROM published WHERE id NOT IN (SELECT id FROM received)"},

    {"none is there twice", "SELECT count(*) FROM received",
     "SELECT 'event ' || id || ' is there ' || count(*) || ' times'"
     " FROM received GROUP BY id HAVING count(*) > 1"},

    {"nothing else is there", "SELECT count(*) FROM received",
     "SELECT 'event ' || id || ' was never published'"
     " FROM received WHERE id NOT IN (SELECT id FROM published)"},

    {"the events of each account are in their order",
     "SELECT count(DISTINCT account) FROM published",
     "SELECT 'account ' || account || ': event ' || number || ' comes after ' || before"
     " FROM (SELECT p.account, p.number, lag(p.number) OVER"
     "   (PARTITION BY r.stream ORDER BY r.number) AS before"
     "   FROM received AS r JOIN published AS p USING (id)) WHERE before > number"},

    {"each says what was published", "SELECT count(*) FROM received",
     "SELECT 'event ' || id || ' was ' || p.kind || ' ' || p.amount || ', and is '"
     "   || r.kind || ' ' || r.amount"
     " FROM published AS p JOIN received AS r USING (id)"
     " WHERE r.stream <> 'account/' || p.account OR r.account <> p.account"
     "   OR r.kind <> p.kind OR r.amount <> p.amount"},

    {"points equal deposits", "SELECT sum(points) FROM awarded",
     "SELECT 'account ' || account || ': ' || ifnull(d.points, 0) || ' points are due, '"
     "   || ifnull(sum(a.points), 0) || ' were awarded, the last total is '"
     "   || ifnull(max(a.total), 0)"
     " FROM " POINTS_DUE " AS d FULL JOIN awarded AS a USING (account)"
     " GROUP BY account HAVING d.points IS NOT sum(a.points)"
     "   OR d.points IS NOT max(a.total)"},

    {"the view shows the points and the money", "SELECT count(*) FROM points.members",
     "SELECT 'account ' || account || ': the view shows ' || ifnull(m.points, 0)"
     "   || ' points for ' || ifnull(m.moved, 0) || ' cents'"
     " FROM (SELECT account, sum(abs(amount)) AS cents FROM published GROUP BY account)"
     " LEFT JOIN " POINTS_DUE " AS d USING (account)"
     " FULL JOIN points.members AS m ON m.member_id = account"
     " WHERE m.points IS NOT ifnull(d.points, 0) OR m.moved IS NOT cents"},

    {"each thousand points have earned a bonus", "SELECT count(*) FROM earned",
     "SELECT 'account ' || account || ': ' || d.points || ' points, and bonuses of '"
     "   || ifnull(e.amount, 0)"
     " FROM " POINTS_DUE " AS d FULL JOIN " BY_ACCOUNT(
         "earned") " AS e USING (account)"
                   " WHERE ifnull(d.points, 0) / 1000 * 500 <> ifnull(e.amount, 0)"},

    {"each bonus was posted once", "SELECT count(*) FROM posted",
     "SELECT 'account ' || account || ': ' || ifnull(e.many, 0) || ' bonuses of '"
     "   || ifnull(e.amount, 0) || ', ' || ifnull(p.many, 0) || ' posted of '"
     "   || ifnull(p.amount, 0)"
     " FROM " BY_ACCOUNT("earned") " AS e FULL JOIN " BY_ACCOUNT(
         "posted") " AS p"
                   " USING (account) WHERE e.many IS NOT p.many OR e.amount IS NOT "
                   "p.amount"},

    {"the bank has answered each bonus once", "SELECT count(*) FROM answered",
     "SELECT p.many || ' bonuses were posted, and ' || a.many || ' answered'"
     " FROM (SELECT count(*) AS many FROM posted) AS p,"
     "   (SELECT count(*) AS many FROM answered) AS a WHERE p.many <> a.many"},

    /* A deleted account refuses deposits. */
    {"each bonus was paid in once", "SELECT count(*) FROM paid",
     "SELECT 'account ' || account || ': ' || ifnull(o.many, 0) || ' bonuses of '"
     "   || ifnull(o.amount, 0) || ', ' || ifnull(p.many, 0) || ' paid in of '"
     "   || ifnull(p.amount, 0)"
     " FROM " BY_ACCOUNT("posted") " AS o FULL JOIN " BY_ACCOUNT(
         "paid") " AS p"
                 " USING (account) WHERE (o.many IS NOT p.many OR o.amount IS NOT "
                 "p.amount)"
                 "   AND (account NOT IN (SELECT account FROM deleted)"
                 "     OR ifnull(o.many, 0) < ifnull(p.many, 0)"
                 "     OR ifnull(o.amount, 0) < ifnull(p.amount, 0))"},

    {"nothing is parked, dead or suspended",
     "SELECT (SELECT count(*) FROM bank.checkpoints)"
     " + (SELECT count(*) FROM loyalty.checkpoints)",
     "SELECT 'bank: ' || key || ' at ' || position || ': ' || ifnull(error, '')"
     " FROM bank.parked"
     " UNION ALL SELECT 'loyalty: ' || key || ' at ' || position || ': '"
     "   || ifnull(error, '') FROM loyalty.parked"
     " UNION ALL SELECT 'bank: a subscriber is suspended: ' || reason"
     "   FROM bank.checkpoints WHERE suspended_for <> 0"
     " UNION ALL SELECT 'loyalty: a subscriber is suspended: ' || reason"
     "   FROM loyalty.checkpoints WHERE suspended_for <> 0"},
};

const size_t checks_count = sizeof checks / sizeof *checks;
