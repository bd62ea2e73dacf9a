/* lies_catalogue.c - lies about what a store says of itself: ST-33 to ST-37. */
#include "support/stores/lying_store.h"

/* ---- ST-33 ------------------------------------------------------------------- */

static enum jangle_result forget_the_sender(struct jangle_store *store,
                                            struct jangle_group *group,
                                            struct jangle_error *error)
{
    for (size_t i = 0; i < group->append_count; i++)
        group->appends[i].from.sender = NULL;
    store = honest_store(store);
    return store->ops->commit(store, group, error);
}

static enum jangle_result forget_the_cause(struct jangle_store *store,
                                           struct jangle_group *group,
                                           struct jangle_error *error)
{
    for (size_t i = 0; i < group->append_count; i++)
        group->appends[i].from.cause = 0;
    store = honest_store(store);
    return store->ops->commit(store, group, error);
}

/* One of the visits is set: that of the operation. */
struct reading {
    jangle_stored_command_fn *command;
    jangle_store_session_fn *session;
    jangle_store_owner_fn *owner;
    jangle_catalogue_fn *entry;
    void *context;
};

static enum jangle_result say_version_1(void *context,
                                        const struct jangle_stored_command *command)
{
    const struct reading *reading = context;
    struct jangle_stored_command told = *command;

    told.from.type_version = told.from.type ? 1 : 0;
    return reading->command(reading->context, &told);
}

static enum jangle_result forget_the_version(struct jangle_store *store,
                                             const char *command_id,
                                             jangle_stored_command_fn *visit,
                                             void *context,
                                             struct jangle_error *error)
{
    struct reading reading = {.command = visit, .context = context};

    store = honest_store(store);
    return store->ops->read_command(store, command_id, say_version_1, &reading, error);
}

static enum jangle_result visit_what_is_not_there(struct jangle_store *store,
                                                  const char *command_id,
                                                  jangle_stored_command_fn *visit,
                                                  void *context,
                                                  struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->read_command(store, command_id, visit, context, error);
    if (result != JANGLE_NOT_FOUND)
        return result;
    return visit(context, &(struct jangle_stored_command){.command_id = command_id});
}

/* ---- ST-34 ------------------------------------------------------------------- */

static enum jangle_result say_alive(void *context,
                                    const struct jangle_store_session *session)
{
    const struct reading *reading = context;
    struct jangle_store_session told = *session;

    told.alive = true;
    return reading->session(reading->context, &told);
}

static enum jangle_result show_the_dead_alive(struct jangle_store *store,
                                              jangle_store_session_fn *visit,
                                              void *context,
                                              struct jangle_error *error)
{
    struct reading reading = {.session = visit, .context = context};

    store = honest_store(store);
    return store->ops->read_sessions(store, say_alive, &reading, error);
}

static enum jangle_result say_pid_1(void *context,
                                    const struct jangle_store_session *session)
{
    const struct reading *reading = context;
    struct jangle_store_session told = *session;

    told.pid = 1;
    return reading->session(reading->context, &told);
}

static enum jangle_result forget_the_pid(struct jangle_store *store,
                                         jangle_store_session_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct reading reading = {.session = visit, .context = context};

    store = honest_store(store);
    return store->ops->read_sessions(store, say_pid_1, &reading, error);
}

/* ---- ST-35 ------------------------------------------------------------------- */

static void never_disown(struct jangle_store *store, const char *subscriber, bool unclean)
{
    bool was_unclean;

    store = honest_store(store);
    store->ops->disown(store, subscriber, unclean);
    store->ops->own(store, subscriber, &was_unclean, NULL);
}

static enum jangle_result say_session_1(void *context,
                                        const struct jangle_store_owner *owner)
{
    const struct reading *reading = context;
    struct jangle_store_owner told = *owner;

    told.session = 1;
    return reading->owner(reading->context, &told);
}

static enum jangle_result name_the_first_session(struct jangle_store *store,
                                                 jangle_store_owner_fn *visit,
                                                 void *context,
                                                 struct jangle_error *error)
{
    struct reading reading = {.owner = visit, .context = context};

    store = honest_store(store);
    return store->ops->read_owners(store, say_session_1, &reading, error);
}

static enum jangle_result visit_nobody(struct jangle_store *store,
                                       jangle_store_owner_fn *visit,
                                       void *context,
                                       struct jangle_error *error)
{
    (void)store, (void)visit, (void)context, (void)error;
    return JANGLE_OK;
}

/* ---- ST-36 ------------------------------------------------------------------- */

/* It comes and goes, each time, so that the store is written each time. */
static enum jangle_result write_each_time(struct jangle_store *store,
                                          const char *program,
                                          const struct jangle_catalogue_entry *entries,
                                          size_t count,
                                          jangle_time at,
                                          struct jangle_error *error)
{
    static const struct jangle_catalogue_entry other = {
        .kind = JANGLE_CATALOGUE_STRUCT, .name = "other", .facts = "{}"};
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->set_catalogue(store, program, &other, 1, at, error);
    return result ? result
                  : store->ops->set_catalogue(store, program, entries, count, at, error);
}

static enum jangle_result say_nothing_is_gone(void *context,
                                              const struct jangle_catalogue_entry *entry)
{
    const struct reading *reading = context;
    struct jangle_catalogue_entry told = *entry;

    told.gone_at = (jangle_time){0};
    return reading->entry(reading->context, &told);
}

static enum jangle_result show_what_is_gone_as_there(struct jangle_store *store,
                                                     jangle_catalogue_fn *visit,
                                                     void *context,
                                                     struct jangle_error *error)
{
    struct reading reading = {.entry = visit, .context = context};

    store = honest_store(store);
    return store->ops->read_catalogue(store, say_nothing_is_gone, &reading, error);
}

static enum jangle_result file_all_under_one(struct jangle_store *store,
                                             const char *program,
                                             const struct jangle_catalogue_entry *entries,
                                             size_t count,
                                             jangle_time at,
                                             struct jangle_error *error)
{
    (void)program;
    store = honest_store(store);
    return store->ops->set_catalogue(store, "bank", entries, count, at, error);
}

/* ---- ST-37 ------------------------------------------------------------------- */

static enum jangle_result visit_on(void *context,
                                   const struct jangle_catalogue_entry *entry)
{
    const struct reading *reading = context;

    (void)reading->entry(reading->context, entry);
    return JANGLE_OK;
}

static enum jangle_result never_stop(struct jangle_store *store,
                                     jangle_catalogue_fn *visit,
                                     void *context,
                                     struct jangle_error *error)
{
    struct reading reading = {.entry = visit, .context = context};

    store = honest_store(store);
    return store->ops->read_catalogue(store, visit_on, &reading, error);
}

static enum jangle_result visit_messages(void *context,
                                         const struct jangle_catalogue_entry *entry)
{
    const struct reading *reading = context;

    return entry->kind <= JANGLE_CATALOGUE_QUERY ? reading->entry(reading->context, entry)
                                                 : JANGLE_OK;
}

static enum jangle_result leave_out_who_follows(struct jangle_store *store,
                                                jangle_catalogue_fn *visit,
                                                void *context,
                                                struct jangle_error *error)
{
    struct reading reading = {.entry = visit, .context = context};

    store = honest_store(store);
    return store->ops->read_catalogue(store, visit_messages, &reading, error);
}

const struct lie lies_catalogue[] = {
    {"ST-33", "forgets who sent a command", .store = {.commit = forget_the_sender}},
    {"ST-33", "forgets what led to a command", .store = {.commit = forget_the_cause}},
    {"ST-33", "says that each command is of version 1",
     .store = {.read_command = forget_the_version}},
    {"ST-33", "visits a command that was never stored",
     .store = {.read_command = visit_what_is_not_there}},
    {"ST-34", "shows a process that has died as alive", .in_file = true,
     .store = {.read_sessions = show_the_dead_alive}},
    {"ST-34", "says that process 1 has it open",
     .store = {.read_sessions = forget_the_pid}},
    {"ST-35", "keeps what was disowned", .store = {.disown = never_disown}},
    {"ST-35", "says that the first session owns all", .in_file = true,
     .store = {.read_owners = name_the_first_session}},
    {"ST-35", "says that nobody owns anything", .store = {.read_owners = visit_nobody}},
    {"ST-36", "writes it each time, with a trace of that",
     .store = {.set_catalogue = write_each_time}},
    {"ST-36", "shows what is gone as there",
     .store = {.read_catalogue = show_what_is_gone_as_there}},
    {"ST-36", "files all programs under one name",
     .store = {.set_catalogue = file_all_under_one}},
    {"ST-37", "visits on when told to stop", .store = {.read_catalogue = never_stop}},
    {"ST-37", "leaves out who follows events",
     .store = {.read_catalogue = leave_out_who_follows}},
    {0},
};
