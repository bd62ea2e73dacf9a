/* lies_read.c - lies about events, heads and commands: ST-5 to ST-9. */
#include "support/stores/lying_store.h"

/* A visit that passes records on, but not all of them. */
struct sieve {
    jangle_record_fn *visit;
    void *context;
    int64_t skipped; /* version or position */
    bool deaf;       /* goes on when a visit asks it to stop */
    enum jangle_result told;
};

static enum jangle_result sift_version(void *context, const struct jangle_record *record)
{
    struct sieve *sieve = context;

    return record->version == sieve->skipped ? JANGLE_OK
                                             : sieve->visit(sieve->context, record);
}

static enum jangle_result sift_position(void *context, const struct jangle_record *record)
{
    struct sieve *sieve = context;

    return record->position == sieve->skipped ? JANGLE_OK
                                              : sieve->visit(sieve->context, record);
}

static enum jangle_result go_on(void *context, const struct jangle_record *record)
{
    struct sieve *sieve = context;
    enum jangle_result result = sieve->visit(sieve->context, record);

    if (!sieve->told)
        sieve->told = result;
    return JANGLE_OK;
}

/* ---- ST-5 -------------------------------------------------------------------- */

static enum jangle_result skip_of_a_stream(struct jangle_store *store,
                                           const char *kind,
                                           const char *id,
                                           int64_t version,
                                           jangle_record_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    struct sieve sieve = {.visit = visit, .context = context, .skipped = 3};

    store = honest_store(store);
    return store->ops->read_stream(store, kind, id, version, sift_version, &sieve, error);
}

static enum jangle_result begin_too_early(struct jangle_store *store,
                                          const char *kind,
                                          const char *id,
                                          int64_t version,
                                          jangle_record_fn *visit,
                                          void *context,
                                          struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_stream(store, kind, id, version > 0 ? version - 1 : 0, visit,
                                   context, error);
}

static enum jangle_result read_on_when_told(struct jangle_store *store,
                                            const char *kind,
                                            const char *id,
                                            int64_t version,
                                            jangle_record_fn *visit,
                                            void *context,
                                            struct jangle_error *error)
{
    struct sieve sieve = {.visit = visit, .context = context};
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->read_stream(store, kind, id, version, go_on, &sieve, error);
    return result ? result : sieve.told;
}

static enum jangle_result lose_the_time(void *context, const struct jangle_record *record)
{
    struct sieve *sieve = context;
    struct jangle_record changed = *record;

    changed.at.us /= 1000;
    return sieve->visit(sieve->context, &changed);
}

static enum jangle_result read_without_time(struct jangle_store *store,
                                            const char *kind,
                                            const char *id,
                                            int64_t version,
                                            jangle_record_fn *visit,
                                            void *context,
                                            struct jangle_error *error)
{
    struct sieve sieve = {.visit = visit, .context = context};

    store = honest_store(store);
    return store->ops->read_stream(store, kind, id, version, lose_the_time, &sieve,
                                   error);
}

static enum jangle_result say_ok_to_damage(struct jangle_store *store,
                                           const char *kind,
                                           const char *id,
                                           int64_t version,
                                           jangle_record_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->read_stream(store, kind, id, version, visit, context, error);
    return result == JANGLE_STORAGE ? JANGLE_OK : result;
}

/* ---- ST-6 -------------------------------------------------------------------- */

static enum jangle_result skip_a_position(struct jangle_store *store,
                                          int64_t position,
                                          size_t limit,
                                          jangle_record_fn *visit,
                                          void *context,
                                          struct jangle_error *error)
{
    struct sieve sieve = {.visit = visit, .context = context, .skipped = 5};

    store = honest_store(store);
    return store->ops->read_all(store, position, limit, sift_position, &sieve, error);
}

static enum jangle_result pass_the_limit(struct jangle_store *store,
                                         int64_t position,
                                         size_t limit,
                                         jangle_record_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_all(store, position, limit < SIZE_MAX ? limit + 1 : limit,
                                visit, context, error);
}

/* ---- ST-7, ST-8, ST-9 -------------------------------------------------------- */

static enum jangle_result
lag_by_one(struct jangle_store *store, int64_t *position, struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->head(store, position, error);
    *position -= *position > 1;
    return result;
}

static enum jangle_result lag_in_a_stream(struct jangle_store *store,
                                          const char *kind,
                                          const char *id,
                                          int64_t *version,
                                          struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->stream_head(store, kind, id, version, error);
    *version -= *version > 1;
    return result;
}

static enum jangle_result forget_commands(struct jangle_store *store,
                                          const char *command_id,
                                          struct jangle_receipt *receipt,
                                          struct jangle_error *error)
{
    (void)store;
    (void)receipt;
    return jangle_error_set(error, JANGLE_NOT_FOUND, "command %s: never heard of it",
                            command_id);
}

static enum jangle_result lose_the_reply(struct jangle_store *store,
                                         const char *command_id,
                                         struct jangle_receipt *receipt,
                                         struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->find_command(store, command_id, receipt, error);
    if (!result)
        receipt->reply[0] = '\0';
    return result;
}

static enum jangle_result find_nothing_without_a_word(struct jangle_store *store,
                                                      const char *command_id,
                                                      struct jangle_receipt *receipt,
                                                      struct jangle_error *error)
{
    struct jangle_error before = error ? *error : (struct jangle_error){0};
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->find_command(store, command_id, receipt, error);
    if (result == JANGLE_NOT_FOUND && error)
        *error = before;
    return result;
}

const struct lie lies_read[] = {
    {"ST-24", "finds nothing without a word",
     .store = {.find_command = find_nothing_without_a_word}},
    {"ST-5", "skips an event of a stream", .store = {.read_stream = skip_of_a_stream}},
    {"ST-5", "begins one event too early", .store = {.read_stream = begin_too_early}},
    {"ST-5", "reads on when told to stop", .store = {.read_stream = read_on_when_told}},
    {"ST-5", "keeps times in milliseconds", .store = {.read_stream = read_without_time}},
    {"ST-5", "says OK to a damaged record", .in_file = true,
     .store = {.read_stream = say_ok_to_damage}},
    {"ST-6", "skips a position", .store = {.read_all = skip_a_position}},
    {"ST-6", "passes the limit", .store = {.read_all = pass_the_limit}},
    {"ST-7", "lags by one", .store = {.head = lag_by_one}},
    {"ST-8", "lags in a stream", .store = {.stream_head = lag_in_a_stream}},
    {"ST-9", "forgets commands", .store = {.find_command = forget_commands}},
    {"ST-9", "loses the reply", .store = {.find_command = lose_the_reply}},
    {0},
};
