/* lies_view.c - lies about views: VS-1 to VS-17.
 *
 * A view store is not wrapped, as the others are: its operations are exchanged, and those
 * of each file that it opens. */
#include "support/stores/lying_store.h"

#include <jangle/view.h>

#include <sqlite3.h>

/* One store in a process tells one lie. */
static const struct jangle_view_store_ops *honest;
static struct jangle_view_store_ops lying;
static struct jangle_view *view;       /* of the open batch */
static struct jangle_view_file *batch; /* that is open */
static bool inside;                    /* one of its handlers */

#define REPLACE(op) lying.op = lies->op ? lies->op : lying.op

/* ---- files tell the lie, too ------------------------------------------------- */

static enum jangle_result exchange(enum jangle_result result,
                                   struct jangle_view_file **file)
{
    if (!result)
        (*file)->ops = &lying;
    return result;
}

static enum jangle_result open_file(struct jangle_view_store *store,
                                    const struct jangle_view_spec *spec,
                                    struct jangle_view_file **file,
                                    struct jangle_error *error)
{
    return exchange(honest->open(store, spec, file, error), file);
}

static enum jangle_result open_scratch(struct jangle_view_store *store,
                                       const struct jangle_view_spec *spec,
                                       struct jangle_view_file **file,
                                       struct jangle_error *error)
{
    return exchange(honest->scratch(store, spec, file, error), file);
}

static enum jangle_result open_shadow(struct jangle_view_file *file,
                                      const struct jangle_view_spec *spec,
                                      struct jangle_view_file **shadow,
                                      struct jangle_error *error)
{
    return exchange(honest->rebuild(file, spec, shadow, error), shadow);
}

static enum jangle_result begin(struct jangle_view_file *file,
                                struct jangle_view **begun,
                                struct jangle_error *error)
{
    enum jangle_result result = honest->begin(file, begun, error);

    if (!result) {
        view = *begun;
        batch = file;
    }
    return result;
}

static enum jangle_result enter(struct jangle_view_file *file,
                                struct jangle_arena *arena,
                                bool alone,
                                struct jangle_error *error)
{
    enum jangle_result result = honest->enter(file, arena, alone, error);

    inside = !result;
    return result;
}

static enum jangle_result leave(struct jangle_view_file *file,
                                enum jangle_result result,
                                bool *cannot,
                                struct jangle_error *error)
{
    inside = false;
    return honest->leave(file, result, cannot, error);
}

static enum jangle_result commit(struct jangle_view_file *file,
                                 const struct jangle_checkpoint *checkpoint,
                                 bool incomplete,
                                 struct jangle_error *error)
{
    batch = NULL;
    return honest->commit(file, checkpoint, incomplete, error);
}

static void roll_back(struct jangle_view_file *file)
{
    batch = NULL;
    honest->roll_back(file);
}

void lie_about_views(struct jangle_view_store *views,
                     const struct jangle_view_store_ops *lies)
{
    honest = views->ops;
    lying = *honest;
    lying.open = open_file;
    lying.scratch = open_scratch;
    lying.rebuild = open_shadow;
    lying.begin = begin;
    lying.enter = enter;
    lying.leave = leave;
    lying.commit = commit;
    lying.roll_back = roll_back;
    REPLACE(open);
    REPLACE(checkpoint);
    REPLACE(begin);
    REPLACE(enter);
    REPLACE(leave);
    REPLACE(commit);
    REPLACE(roll_back);
    REPLACE(read_parked);
    REPLACE(ask);
    REPLACE(answered);
    REPLACE(rebuild);
    REPLACE(scratch);
    REPLACE(swap);
    REPLACE(compare);
    REPLACE(check);
    REPLACE(close_file);
    REPLACE(close);
    views->ops = &lying;
}

/* ---- VS-1, VS-2: opening ----------------------------------------------------- */

static enum jangle_result forget_the_schema(struct jangle_view_store *store,
                                            const struct jangle_view_spec *spec,
                                            struct jangle_view_file **file,
                                            struct jangle_error *error)
{
    struct jangle_view_spec changed = *spec;

    changed.schema =
        "CREATE TABLE notes (text TEXT NOT NULL) STRICT;"
        "CREATE TABLE accounts (account_id TEXT PRIMARY KEY)";
    return open_file(store, &changed, file, error);
}

static enum jangle_result write_another_spec(struct jangle_view_store *store,
                                             const struct jangle_view_spec *spec,
                                             struct jangle_view_file **file,
                                             struct jangle_error *error)
{
    struct jangle_view_spec changed = *spec;

    memset(changed.types_hash, 0, sizeof changed.types_hash);
    return open_file(store, &changed, file, error);
}

static enum jangle_result lose_the_event(struct jangle_view_file *file,
                                         struct jangle_view_checkpoint *own,
                                         struct jangle_error *error)
{
    enum jangle_result result = honest->checkpoint(file, own, error);

    memset(own->event_id, 0, sizeof own->event_id);
    return result;
}

/* ---- VS-3 to VS-7: batches --------------------------------------------------- */

static enum jangle_result never_be_busy(struct jangle_view_file *file,
                                        struct jangle_view **begun,
                                        struct jangle_error *error)
{
    enum jangle_result result = begin(file, begun, error);

    if (result != JANGLE_BUSY)
        return result;
    *begun = view;
    return JANGLE_OK;
}

static enum jangle_result deny_nothing(struct jangle_view_file *file,
                                       struct jangle_arena *arena,
                                       bool alone,
                                       struct jangle_error *error)
{
    enum jangle_result result = honest->enter(file, arena, alone, error);

    sqlite3_set_authorizer(jangle_view_sqlite(view), NULL, NULL);
    return result;
}

static enum jangle_result make_no_savepoint(struct jangle_view_file *file,
                                            struct jangle_arena *arena,
                                            bool alone,
                                            struct jangle_error *error)
{
    (void)alone;
    return honest->enter(file, arena, false, error);
}

static enum jangle_result believe_the_handler(struct jangle_view_file *file,
                                              enum jangle_result result,
                                              bool *cannot,
                                              struct jangle_error *error)
{
    (void)honest->leave(file, result, cannot, error);
    return result;
}

static enum jangle_result undo_nothing(struct jangle_view_file *file,
                                       enum jangle_result result,
                                       bool *cannot,
                                       struct jangle_error *error)
{
    enum jangle_result left = honest->leave(file, JANGLE_OK, cannot, error);

    return left ? left : result;
}

static enum jangle_result hope_for_the_best(struct jangle_view_file *file,
                                            enum jangle_result result,
                                            bool *cannot,
                                            struct jangle_error *error)
{
    result = honest->leave(file, result, cannot, error);
    *cannot = false;
    return result;
}

static enum jangle_result give_up_on_all(struct jangle_view_file *file,
                                         enum jangle_result result,
                                         bool *cannot,
                                         struct jangle_error *error)
{
    result = honest->leave(file, result, cannot, error);
    *cannot = result != JANGLE_OK;
    return result;
}

static enum jangle_result move_from_anywhere(struct jangle_view_file *file,
                                             const struct jangle_checkpoint *checkpoint,
                                             bool incomplete,
                                             struct jangle_error *error)
{
    struct jangle_view_checkpoint own = {0};
    struct jangle_checkpoint changed = *checkpoint;

    honest->checkpoint(file, &own, NULL);
    changed.from = own.position;
    if (changed.position < changed.from)
        changed.position = changed.from;
    return commit(file, &changed, incomplete, error);
}

static enum jangle_result forget_parked_keys(struct jangle_view_file *file,
                                             const struct jangle_checkpoint *checkpoint,
                                             bool incomplete,
                                             struct jangle_error *error)
{
    struct jangle_checkpoint changed = *checkpoint;

    changed.parked_count = 0;
    return commit(file, &changed, incomplete, error);
}

static enum jangle_result be_complete(struct jangle_view_file *file,
                                      const struct jangle_checkpoint *checkpoint,
                                      bool incomplete,
                                      struct jangle_error *error)
{
    (void)incomplete;
    return commit(file, checkpoint, false, error);
}

static void keep_what_was_written(struct jangle_view_file *file)
{
    struct jangle_view_checkpoint own = {0};
    struct jangle_checkpoint checkpoint = {.subscriber = "ledger"};

    if (batch != file) {
        honest->roll_back(file);
        return;
    }
    if (inside)
        leave(file, JANGLE_OK, &(bool){false}, NULL);
    honest->checkpoint(file, &own, NULL);
    checkpoint.from = checkpoint.position = own.position;
    commit(file, &checkpoint, false, NULL);
}

/* ---- VS-8: parked keys ------------------------------------------------------- */

static enum jangle_result give_all_at_any_time(struct jangle_view_file *file,
                                               jangle_time now,
                                               size_t limit,
                                               jangle_parked_fn *visit,
                                               void *context,
                                               struct jangle_error *error)
{
    (void)now;
    return honest->read_parked(file, (jangle_time){0}, limit, visit, context, error);
}

static enum jangle_result know_no_limit(struct jangle_view_file *file,
                                        jangle_time now,
                                        size_t limit,
                                        jangle_parked_fn *visit,
                                        void *context,
                                        struct jangle_error *error)
{
    (void)limit;
    return honest->read_parked(file, now, 1000, visit, context, error);
}

/* ---- VS-9, VS-10: questions -------------------------------------------------- */

static enum jangle_result claim_to_have_seen_more(struct jangle_view_file *file,
                                                  struct jangle_view *within,
                                                  struct jangle_arena *arena,
                                                  int64_t timeout_ms,
                                                  struct jangle_view **asked,
                                                  int64_t *position,
                                                  struct jangle_error *error)
{
    enum jangle_result result =
        honest->ask(file, within, arena, timeout_ms, asked, position, error);

    *position += 1;
    return result;
}

static enum jangle_result let_questions_write(struct jangle_view_file *file,
                                              struct jangle_view *within,
                                              struct jangle_arena *arena,
                                              int64_t timeout_ms,
                                              struct jangle_view **asked,
                                              int64_t *position,
                                              struct jangle_error *error)
{
    enum jangle_result result =
        honest->ask(file, within, arena, timeout_ms, asked, position, error);

    if (!result)
        sqlite3_set_authorizer(jangle_view_sqlite(*asked), NULL, NULL);
    return result;
}

static enum jangle_result forget_who_asks(struct jangle_view_file *file,
                                          struct jangle_view *within,
                                          struct jangle_arena *arena,
                                          int64_t timeout_ms,
                                          struct jangle_view **asked,
                                          int64_t *position,
                                          struct jangle_error *error)
{
    (void)within;
    return honest->ask(file, NULL, arena, timeout_ms, asked, position, error);
}

static enum jangle_result believe_the_answerer(struct jangle_view_file *file,
                                               struct jangle_view *asked,
                                               enum jangle_result result,
                                               struct jangle_error *error)
{
    (void)honest->answered(file, asked, result, error);
    return result;
}

/* ---- VS-11 to VS-14: rebuilding and comparing -------------------------------- */

static enum jangle_result always_begin_anew(struct jangle_view_file *file,
                                            const struct jangle_view_spec *spec,
                                            struct jangle_view_file **shadow,
                                            struct jangle_error *error)
{
    struct jangle_view_spec other = *spec;
    enum jangle_result result;

    other.schema_version += 1000;
    result = honest->rebuild(file, &other, shadow, error);
    if (result)
        return result;
    honest->close_file(*shadow);
    return open_shadow(file, spec, shadow, error);
}

static enum jangle_result ignore_the_version(struct jangle_view_file *file,
                                             const struct jangle_view_spec *spec,
                                             struct jangle_view_file **shadow,
                                             struct jangle_error *error)
{
    struct jangle_view_spec changed = *spec;

    changed.schema_version = 3;
    return open_shadow(file, &changed, shadow, error);
}

static enum jangle_result lend_the_view(struct jangle_view_store *store,
                                        const struct jangle_view_spec *spec,
                                        struct jangle_view_file **scratch,
                                        struct jangle_error *error)
{
    return open_file(store, spec, scratch, error);
}

static enum jangle_result swap_nothing(struct jangle_view_file *file,
                                       struct jangle_view_file *shadow,
                                       struct jangle_error *error)
{
    (void)file, (void)shadow, (void)error;
    return JANGLE_OK;
}

static enum jangle_result find_no_difference(struct jangle_view_file *file,
                                             struct jangle_view_file *other,
                                             struct jangle_view_comparison *comparison,
                                             struct jangle_error *error)
{
    (void)error;
    (void)honest->compare(file, other, comparison, NULL);
    return JANGLE_OK;
}

static enum jangle_result count_nothing(struct jangle_view_file *file,
                                        struct jangle_view_file *other,
                                        struct jangle_view_comparison *comparison,
                                        struct jangle_error *error)
{
    enum jangle_result result = honest->compare(file, other, comparison, error);

    comparison->rows = 0;
    return result;
}

static enum jangle_result take_any_upsert(struct jangle_view_file *file,
                                          const struct jangle_upsert *const *upserts,
                                          size_t count,
                                          struct jangle_error *error)
{
    (void)file, (void)upserts, (void)count, (void)error;
    return JANGLE_OK;
}

/* ---- VS-15, VS-16: closing --------------------------------------------------- */

static void commit_and_close(struct jangle_view_file *file)
{
    if (file && batch == file)
        keep_what_was_written(file);
    honest->close_file(file);
}

static void leave_it_open(struct jangle_view_store *views)
{
    (void)views;
}

const struct lie lies_view[] = {
    {"VS-1", "forgets columns of the schema", true, .views = {.open = forget_the_schema}},
    {"VS-1", "writes another spec down", true, .views = {.open = write_another_spec}},
    {"VS-2", "loses the event at the place", true,
     .views = {.checkpoint = lose_the_event}},
    {"VS-3", "is never busy", true, .views = {.begin = never_be_busy}},
    {"VS-4", "denies nothing", true, .views = {.enter = deny_nothing}},
    {"VS-5", "makes no savepoint", true, .views = {.enter = make_no_savepoint}},
    {"VS-5", "believes the handler", true, .views = {.leave = believe_the_handler}},
    {"VS-5", "undoes nothing", true, .views = {.leave = undo_nothing}},
    {"VS-5", "hopes for the best", true, .views = {.leave = hope_for_the_best}},
    {"VS-5", "gives up on all", true, .views = {.leave = give_up_on_all}},
    {"VS-6", "moves from anywhere", true, .views = {.commit = move_from_anywhere}},
    {"VS-6", "forgets parked keys", true, .views = {.commit = forget_parked_keys}},
    {"VS-6", "is always complete", true, .views = {.commit = be_complete}},
    {"VS-7", "keeps what it rolls back", true,
     .views = {.roll_back = keep_what_was_written}},
    {"VS-8", "gives all at any time", true,
     .views = {.read_parked = give_all_at_any_time}},
    {"VS-8", "knows no limit", true, .views = {.read_parked = know_no_limit}},
    {"VS-9", "claims to have seen more", true, .views = {.ask = claim_to_have_seen_more}},
    {"VS-9", "lets questions write", true, .views = {.ask = let_questions_write}},
    {"VS-9", "forgets in which question it is asked", true,
     .views = {.ask = forget_who_asks}},
    {"VS-10", "believes the answerer", true, .views = {.answered = believe_the_answerer}},
    {"VS-11", "always begins at nothing", true, .views = {.rebuild = always_begin_anew}},
    {"VS-11", "ignores the version", true, .views = {.rebuild = ignore_the_version}},
    {"VS-12", "lends the view itself", true, .views = {.scratch = lend_the_view}},
    {"VS-13", "swaps nothing", true, .views = {.swap = swap_nothing}},
    {"VS-14", "finds no difference", true, .views = {.compare = find_no_difference}},
    {"VS-14", "counts nothing", true, .views = {.compare = count_nothing}},
    {"VS-17", "takes any upsert", true, .views = {.check = take_any_upsert}},
    {"VS-15", "commits when it closes", true, .views = {.close_file = commit_and_close}},
    {"VS-16", "leaves it open", true, .views = {.close = leave_it_open}},
    {0},
};
