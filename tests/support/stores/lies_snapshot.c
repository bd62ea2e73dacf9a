/* lies_snapshot.c - lies about snapshots: SS-1 to SS-5. */
#include "support/stores/lying_store.h"

struct visited {
    jangle_snapshot_fn *visit;
    void *context;
};

static enum jangle_result hide_the_hash(void *context,
                                        const struct jangle_snapshot *snapshot)
{
    struct visited *visited = context;
    struct jangle_snapshot changed = *snapshot;

    memset(changed.state_hash, 0, sizeof changed.state_hash);
    return visited->visit(visited->context, &changed);
}

static enum jangle_result lose_the_hash(struct jangle_snapshot_store *snapshots,
                                        const char *stream,
                                        jangle_snapshot_fn *visit,
                                        void *context,
                                        struct jangle_error *error)
{
    struct visited visited = {visit, context};

    snapshots = honest_snapshots(snapshots);
    return snapshots->ops->load(snapshots, stream, hide_the_hash, &visited, error);
}

static enum jangle_result say_ok_to_nothing(struct jangle_snapshot_store *snapshots,
                                            const char *stream,
                                            jangle_snapshot_fn *visit,
                                            void *context,
                                            struct jangle_error *error)
{
    enum jangle_result result;

    snapshots = honest_snapshots(snapshots);
    result = snapshots->ops->load(snapshots, stream, visit, context, error);
    return result == JANGLE_NOT_FOUND ? JANGLE_OK : result;
}

static enum jangle_result let_the_older_win(struct jangle_snapshot_store *snapshots,
                                            const struct jangle_snapshot *snapshot,
                                            struct jangle_error *error)
{
    enum jangle_result result;

    snapshots = honest_snapshots(snapshots);
    result = snapshots->ops->forget(snapshots, snapshot->stream, error);
    return result ? result : snapshots->ops->save(snapshots, snapshot, error);
}

static enum jangle_result look(void *context, const struct jangle_snapshot *snapshot)
{
    (void)context;
    (void)snapshot;
    return JANGLE_OK;
}

static enum jangle_result keep_the_first(struct jangle_snapshot_store *snapshots,
                                         const struct jangle_snapshot *snapshot,
                                         struct jangle_error *error)
{
    snapshots = honest_snapshots(snapshots);
    if (snapshots->ops->load(snapshots, snapshot->stream, look, NULL, NULL) == JANGLE_OK)
        return JANGLE_OK;
    return snapshots->ops->save(snapshots, snapshot, error);
}

static enum jangle_result forget_nothing(struct jangle_snapshot_store *snapshots,
                                         const char *stream,
                                         struct jangle_error *error)
{
    (void)snapshots;
    (void)stream;
    (void)error;
    return JANGLE_OK;
}

static enum jangle_result miss_what_is_gone(struct jangle_snapshot_store *snapshots,
                                            const char *stream,
                                            struct jangle_error *error)
{
    snapshots = honest_snapshots(snapshots);
    if (snapshots->ops->load(snapshots, stream, look, NULL, NULL) != JANGLE_OK)
        return jangle_error_set(error, JANGLE_NOT_FOUND, "stream %s: no snapshot",
                                stream);
    return snapshots->ops->forget(snapshots, stream, error);
}

static void leave_it_open(struct jangle_snapshot_store *snapshots)
{
    (void)snapshots;
}

static void keep_the_locks(struct jangle_snapshot_store *snapshots)
{
    (void)snapshots;
}

const struct lie lies_snapshot[] = {
    {"SS-1", "loses the hash of the state", .snapshots = {.load = lose_the_hash}},
    {"SS-1", "says OK to nothing", .snapshots = {.load = say_ok_to_nothing}},
    {"SS-2", "lets the older win", .snapshots = {.save = let_the_older_win}},
    {"SS-2", "keeps the first", .snapshots = {.save = keep_the_first}},
    {"SS-3", "forgets nothing", .snapshots = {.forget = forget_nothing}},
    {"SS-3", "misses what is gone", .snapshots = {.forget = miss_what_is_gone}},
    {"SS-4", "leaves it open", .snapshots = {.close = leave_it_open}},
    {"SS-5", "keeps the locks of its parent", .in_file = true,
     .snapshots = {.abandon = keep_the_locks}},
    {0},
};
