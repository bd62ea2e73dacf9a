/* lock.h - which process may write: byte ranges of FILE-lock, which is never
 * the database.
 *
 * The kernel frees a lock when its holder dies: no expiry, no heartbeat. Locks belong to
 * the opened file (F_OFD_SETLK), so two stores of one process exclude each other, too.
 * Except for the writer lock, calls need no order among threads. */
#ifndef JN_LOCK_H
#define JN_LOCK_H

#include <jangle/plugin/support.h>

enum { JN_LOCK_NONE = -1, JN_SESSIONS_MAX = 1 << 16 };

struct jn_lock {
    char *path;      /* of the sidecar */
    int file;        /* JN_LOCK_NONE: closed */
    bool stand_back; /* somebody waited when the lock was released */
};

/* Open or make the sidecar of `path`. On failure it stays closed. */
enum jangle_result jn_lock_open(struct jn_lock *lock,
                                const char *path,
                                const struct jangle_allocator *allocator,
                                struct jangle_error *error);
/* The same for one who will take nothing: it makes none, and writes nothing to it. */
enum jangle_result jn_lock_open_to_look(struct jn_lock *lock,
                                        const char *path,
                                        const struct jangle_allocator *allocator,
                                        struct jangle_error *error);

/* Has somebody died with the writer lock, or not known what became of its commit, and
 * has nobody taken that lock since? */
bool jn_lock_is_in_doubt(struct jn_lock *lock);

void jn_lock_close(struct jn_lock *lock, const struct jangle_allocator *allocator);

/* In a child that fork made: it has the descriptor, too, and with it would keep all locks
 * when its parent has died. They stay the parent's. Twice is once. */
void jn_lock_abandon(struct jn_lock *lock);

/* Take the writer lock, in at most `timeout_ms`; BUSY. `unclean`: the last who had it
 * died with it, or could not say what became of its commit. */
enum jangle_result jn_lock_take_writer(struct jn_lock *lock,
                                       int64_t timeout_ms,
                                       bool *unclean,
                                       struct jangle_error *error);

/* Give it back; `clean` unless what was written last is not known. */
void jn_lock_release_writer(struct jn_lock *lock, bool clean);

/* A session, or a subscriber, is somebody's: BUSY if another's. Taking twice is once. */
enum jangle_result jn_lock_take_session(struct jn_lock *lock, int64_t session);
bool jn_lock_session_lives(struct jn_lock *lock, int64_t session);
void jn_lock_release_session(struct jn_lock *lock, int64_t session);

/* Is there any, other than this lock's own? */
bool jn_lock_has_session(struct jn_lock *lock);

/* With the writer lock: what those who have a session say to those who come later; it is
 * not durable. False if there is none. STORAGE if it cannot be written. */
bool jn_lock_read_record(struct jn_lock *lock, void *record, size_t size);
enum jangle_result jn_lock_write_record(struct jn_lock *lock,
                                        const void *record,
                                        size_t size,
                                        struct jangle_error *error);

bool jn_lock_subscriber_is_taken(struct jn_lock *lock, int64_t subscriber);
enum jangle_result jn_lock_take_subscriber(struct jn_lock *lock, int64_t subscriber);
void jn_lock_release_subscriber(struct jn_lock *lock, int64_t subscriber);

#endif
