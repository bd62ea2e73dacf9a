/* state.h - an aggregate as it stands: its snapshot, and the events since, folded in.
 *
 * The state's texts and lists live in an arena of its own, into which events are
 * decoded; so what an event holds may stay where it is. When most of the arena is garbage
 * the state is copied, deeply, into a new one. A fold is never undone. */
#ifndef JN_STATE_H
#define JN_STATE_H

#include "base/hash.h"
#include "base/logger.h"
#include "core/registry.h"
#include "message/codec.h"

#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>

/* Whatever is needed to load one. */
struct jn_loader {
    struct jangle_store *store;
    struct jangle_snapshot_store *snapshots;
    const struct jn_registry *registry; /* NULL: any aggregate may be loaded */
    const struct jn_limits *limits;
    const struct jangle_allocator *allocator;
    const struct jn_log *log;
    unsigned char store_id[16];
};

struct jn_state {
    const struct jangle_aggregate *aggregate;
    const char *id; /* borrowed */
    void *data;     /* aggregate->state->size bytes */
    int64_t version;
    unsigned char event_id[JANGLE_ID_SIZE]; /* of the event at `version` */
    int64_t snapshot_version; /* where the snapshot stood; 0: there is none */
    struct jangle_arena arena;
    size_t kept; /* bytes of the arena that were alive when it was last made */
};

/* An aggregate before its first event. NO_MEMORY. */
enum jangle_result jn_state_init(struct jn_state *state,
                                 const struct jn_loader *loader,
                                 const struct jangle_aggregate *aggregate,
                                 const char *id,
                                 struct jangle_error *error);
void jn_state_finish(struct jn_state *state, const struct jn_loader *loader);

/* Bring it to the stream's end. A snapshot that does not fit is forgotten, with a log
 * line. INVALID names an event of an unknown type, of a newer version than its
 * descriptor, or malformed; STORAGE, NO_MEMORY as the stores have it. */
enum jangle_result jn_state_load(struct jn_state *state,
                                 const struct jn_loader *loader,
                                 struct jangle_error *error);

/* Fold one record of its stream in: the next one (asserted). */
enum jangle_result jn_state_fold(struct jn_state *state,
                                 const struct jn_loader *loader,
                                 const struct jangle_record *record,
                                 struct jangle_error *error);

/* Is it time for a snapshot? */
bool jn_state_snapshot_is_due(const struct jn_state *state, int64_t version);

/* Save what it is now; of committed state only. A newer one that is there stays. */
enum jangle_result jn_state_save(struct jn_state *state,
                                 const struct jn_loader *loader,
                                 struct jangle_error *error);

/* The hash of a snapshot: over all that it says but the hash itself. */
void jn_snapshot_hash(const struct jangle_snapshot *snapshot,
                      unsigned char hash[JN_HASH_SIZE]);

#endif
