/* lock.h - locks among processes, on bytes of FILE-lock, which is never the database.
 *
 * The kernel frees a lock when its holder dies, so that no lock expires and no process
 * sends heartbeats. Locks belong to the open file (F_OFD_SETLK), so two stores of one
 * process exclude each other, too. All calls but those for the writer lock may come from
 * any thread at any time. */
#ifndef JN_LOCK_H
#define JN_LOCK_H

#include <jangle/plugin/support.h>

enum { JN_LOCK_NONE = -1, JN_SESSIONS_MAX = 1 << 16 };

struct jn_lock {
    char *path;      /* of the lock file */
    int file;        /* JN_LOCK_NONE: closed */
    bool stand_back; /* another process waited when the writer lock was released */
};

/* Open or make the lock file of the database at `path`. On failure it stays closed. */
enum jangle_result jn_lock_open(struct jn_lock *lock,
                                const char *path,
                                const struct jangle_allocator *allocator,
                                struct jangle_error *error);

/* Open it to look only: if there is none, it is not made and `file` is JN_LOCK_NONE. */
enum jangle_result jn_lock_open_to_look(struct jn_lock *lock,
                                        const char *path,
                                        const struct jangle_allocator *allocator,
                                        struct jangle_error *error);

/* Has the last process that had the writer lock died with it, or not known the outcome of
 * its commit? */
bool jn_lock_is_in_doubt(struct jn_lock *lock);

void jn_lock_close(struct jn_lock *lock, const struct jangle_allocator *allocator);

/* In a child that fork made: close the descriptor, with which the child would keep all
 * locks after its parent has died. The locks stay the parent's. May be called twice. */
void jn_lock_abandon(struct jn_lock *lock);

/* Take the writer lock; BUSY after `timeout_ms`. `unclean` (out): the process that had it
 * last died with it, or did not know the outcome of its commit. */
enum jangle_result jn_lock_take_writer(struct jn_lock *lock,
                                       int64_t timeout_ms,
                                       bool *unclean,
                                       struct jangle_error *error);

/* Release the writer lock. `clean` is false if the outcome of a commit is unknown. */
void jn_lock_release_writer(struct jn_lock *lock, bool clean);

/* Lock the byte of a session, or below that of a subscriber; BUSY if another has it. May
 * be taken twice. */
enum jangle_result jn_lock_take_session(struct jn_lock *lock, int64_t session);
bool jn_lock_session_lives(struct jn_lock *lock, int64_t session);
void jn_lock_release_session(struct jn_lock *lock, int64_t session);

/* Has anybody else a session? */
bool jn_lock_has_session(struct jn_lock *lock);

/* With the writer lock: read and write a record for processes that open the store later.
 * It is not durable. False if there is none. STORAGE if it cannot be written. */
bool jn_lock_read_record(struct jn_lock *lock, void *record, size_t size);
enum jangle_result jn_lock_write_record(struct jn_lock *lock,
                                        const void *record,
                                        size_t size,
                                        struct jangle_error *error);

bool jn_lock_subscriber_is_taken(struct jn_lock *lock, int64_t subscriber);
enum jangle_result jn_lock_take_subscriber(struct jn_lock *lock, int64_t subscriber);
void jn_lock_release_subscriber(struct jn_lock *lock, int64_t subscriber);

#endif
