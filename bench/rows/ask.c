/* ask.c - rows: questions for one row of a view; and the same row by a SELECT in a
 * transaction of its own. */
#include "domain.h"
#include "payload.h"
#include "rows.h"
#include "rows/alone.h"
#include "rows/history.h"

#include <stdio.h>
#include <stdlib.h>

enum { ACCOUNTS = 10000, EACH = 2, STEP = 3967, AT_ONCE = 100 };

/* ---- the view ------------------------------------------------------------------ */

struct get_balance {
    const char *account_id;
};

struct balance_shown {
    int64_t balance;
    int64_t entry;
};

static JANGLE_STRUCT(balance_shown, balance, entry);
static JANGLE_QUERY(get_balance, account_id, answer(balance_shown));

struct show_balance {
    const char *account_id;
    int64_t balance;
    int64_t entry;
};

static JANGLE_UPSERT(show_balance, "shown", key(account_id), if_newer(balance, entry));

#define SELECT_ONE "SELECT balance, entry FROM shown WHERE account_id = ?"

static enum jangle_result on_paid(struct jangle_delivery *delivery,
                                  const struct jangle_event *event)
{
    const struct paid *what = event->data;

    return jangle_view_upsert(delivery->view, show_balance,
                              .account_id = event->aggregate_id, .balance = what->balance,
                              .entry = what->entry);
}

static enum jangle_result answer_balance(struct jangle_answer *answer,
                                         const struct jangle_query *query)
{
    return jangle_answer_row(answer, query->view, SELECT_ONE,
                             ((const struct get_balance *)query->data)->account_id);
}

static const struct jangle_subscriber shown_view = {
    .name = "shown",
    .handlers = JANGLE_HANDLERS({&paid, on_paid}),
    .answerers = JANGLE_ANSWERERS({&get_balance, answer_balance}),
    .upserts = JANGLE_UPSERTS(&show_balance),
    .schema =
        "CREATE TABLE shown (account_id TEXT PRIMARY KEY, balance INTEGER,"
        " entry INTEGER) STRICT, WITHOUT ROWID",
    .schema_version = 1,
};

/* ---- what both share ----------------------------------------------------------- */

struct asking {
    struct history history;
    struct jangle *app;
    struct jangle_answer answer;
    sqlite3 *database;
    sqlite3_stmt *begin, *select, *commit;
    int64_t next; /* the account that is asked about next */
};

static void open_view(struct bench_work *work)
{
    struct asking *asking = work->state = bench_new(sizeof *asking);

    asking->history =
        history_of(HISTORY_PAYMENTS, bench_prepared(work, ACCOUNTS * EACH), EACH);
    history_write(work->path, &asking->history);
    asking->app = domain_open(work, &shown_view, NULL);
    domain_settle(asking->app);
}

/* Each account has seen EACH events, and its balance is what the last one says. */
static void check(int64_t balance, int64_t entry)
{
    if (entry != HISTORY_ENTRY + EACH || balance != entry * PAYLOAD_AMOUNT)
        bench_die("ask", "the answer is not what the events say");
}

static void run_questions(struct bench_work *work,
                          void (*ask)(struct asking *asking, const char *id))
{
    struct asking *asking = work->state;
    double end = bench_now() + work->seconds;
    char id[HISTORY_ID];

    do
        for (int i = 0; i < AT_ONCE; i++, work->sample.count++) {
            history_id(asking->next, id);
            ask(asking, id);
            asking->next = (asking->next + STEP) % history_streams(&asking->history);
        }
    while (work->count ? work->sample.count < work->count : bench_now() < end);
}

/* ---- questions ----------------------------------------------------------------- */

static void ask(struct asking *asking, const char *id)
{
    const struct balance_shown *shown;

    if (jangle_ask(asking->app, &asking->answer, get_balance, .account_id = id))
        bench_die("jangle_ask", asking->answer.error.message);
    shown = asking->answer.data;
    check(shown->balance, shown->entry);
}

/* The first question compiles SQL and is not measured. */
static void set_up(struct bench_work *work)
{
    char id[HISTORY_ID];

    open_view(work);
    history_id(0, id);
    ask(work->state, id);
}

static void run(struct bench_work *work)
{
    run_questions(work, ask);
}

static void tear_down(struct bench_work *work)
{
    struct asking *asking = work->state;

    jangle_answer_free(&asking->answer);
    domain_close(asking->app);
    free(asking);
}

const struct bench_row ask_1 = {
    .name = "ask-1",
    .group = "views",
    .summary = "questions for one row of a view, one after the other",
    .unit = "questions",
    .set = "ask",
    .beside = {"plain-ask"},
    .counted = 1000,
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};

/* ---- SQLite alone -------------------------------------------------------------- */

static void select_one(struct asking *asking, const char *id)
{
    sqlite3_stmt *select = asking->select;

    alone_do(asking->begin);
    sql_must(asking->database, sqlite3_bind_text(select, 1, id, -1, SQLITE_STATIC),
             SQLITE_OK);
    sql_must(asking->database, sqlite3_step(select), SQLITE_ROW);
    check(sqlite3_column_int64(select, 0), sqlite3_column_int64(select, 1));
    sql_must(asking->database, sqlite3_reset(select), SQLITE_OK);
    alone_do(asking->commit);
}

static void plain_set_up(struct bench_work *work)
{
    struct asking *asking;
    char path[1024];

    open_view(work);
    asking = work->state;
    domain_close(asking->app);
    snprintf(path, sizeof path, "%s.%s", work->path, shown_view.name);
    asking->database = alone_open(path);
    asking->begin = sql_prepare(asking->database, "BEGIN");
    asking->select = sql_prepare(asking->database, SELECT_ONE);
    asking->commit = sql_prepare(asking->database, "COMMIT");
}

static void plain_run(struct bench_work *work)
{
    run_questions(work, select_one);
}

static void plain_tear_down(struct bench_work *work)
{
    struct asking *asking = work->state;

    sqlite3_finalize(asking->begin);
    sqlite3_finalize(asking->select);
    sqlite3_finalize(asking->commit);
    alone_close(asking->database);
    free(asking);
}

const struct bench_row plain_ask = {
    .name = "plain-ask",
    .group = "views",
    .summary = "SQLite alone: BEGIN, the same SELECT, COMMIT",
    .unit = "questions",
    .set = "ask",
    .set_up = plain_set_up,
    .run = plain_run,
    .tear_down = plain_tear_down,
};
