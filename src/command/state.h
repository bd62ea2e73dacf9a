/* state.h - the state of one aggregate: its snapshot, and the events since, applied.
 *
 * The texts and lists of the state live in an arena of its own. Events are decoded into
 * the same arena, so that an applier may keep what an event points to. When most of the
 * arena is garbage, the state is copied, deeply, into a new one. An event that was
 * applied is never taken back. */
#ifndef JN_STATE_H
#define JN_STATE_H

#include "base/hash.h"
#include "base/logger.h"
#include "core/registry.h"
#include "message/codec.h"

#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>

/* What is needed to load a state: the same for all of an instance. */
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
    const struct jn_loader *loader; /* from where it is loaded, and saved */
    const struct jangle_aggregate *aggregate;
    const char *id; /* borrowed */
    void *data;     /* aggregate->state->size bytes */
    int64_t version;
    unsigned char event_id[JANGLE_ID_SIZE]; /* of the event at `version` */
    int64_t snapshot_version; /* of the snapshot it was loaded from; 0: none */
    struct jangle_arena arena;
    size_t kept; /* bytes of the arena that were in use when that was last counted */
};

/* One thread at a time may use a state; nothing here locks. A state belongs to its caller
 * until jn_state_finish, which must be called after a failure, too. The loader's store
 * and snapshots may be used by any number of threads. */

/* The state of an aggregate before its first event. NO_MEMORY. */
enum jangle_result jn_state_init(struct jn_state *state,
                                 const struct jn_loader *loader,
                                 const struct jangle_aggregate *aggregate,
                                 const char *id,
                                 struct jangle_error *error);
void jn_state_finish(struct jn_state *state);

/* Load the state from its snapshot and the events since. A snapshot that does not fit is
 * deleted, with a line in the log, and all events are read instead. INVALID: an event has
 * an unknown type, a newer version than its description, or a malformed payload; the
 * error names the event. STORAGE, BUSY, NO_MEMORY: the store failed. After a failure the
 * state may be loaded again, but must not be read. */
enum jangle_result jn_state_load(struct jn_state *state, struct jangle_error *error);

/* The same, but at most to that version. CANCELLED: the stream goes on behind it. */
enum jangle_result
jn_state_load_to(struct jn_state *state, int64_t version, struct jangle_error *error);

/* Bring the state up to the end of its stream, from its last event on, which is read
 * again. CANCELLED: that event is not in the stream any more, or another one is in its
 * place; then the state has not changed, and is of no use. The version is above 0. Other
 * failures, and what they mean for the state, are those of jn_state_load. */
enum jangle_result jn_state_follow(struct jn_state *state, struct jangle_error *error);

/* Apply one record, which must be the next one of the stream (asserted). INVALID and
 * NO_MEMORY as for jn_state_load; then the state must not be read, only loaded again. */
enum jangle_result jn_state_apply(struct jn_state *state,
                                  const struct jangle_record *record,
                                  struct jangle_error *error);

/* Is it time for a snapshot? */
bool jn_state_snapshot_is_due(const struct jn_state *state, int64_t version);

/* Save the state as a snapshot. All its events must be committed. A newer snapshot in the
 * store stays. After a failure nothing was saved. */
enum jangle_result jn_state_save(const struct jn_state *state,
                                 struct jangle_error *error);

/* The hash of a snapshot, over all its members but the hash. */
void jn_snapshot_hash(const struct jangle_snapshot *snapshot,
                      unsigned char hash[JN_HASH_SIZE]);

#endif
