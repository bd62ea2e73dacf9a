/* lock.h - locks among processes, on bytes of FILE-lock, which is never the database.
 *
 * The kernel frees a lock when its holder dies, so that no lock expires and no process
 * sends heartbeats. Locks belong to the open file (F_OFD_SETLK), so two stores of one
 * process exclude each other, too. All calls but those for the writer lock may come from
 * any thread at any time. */
#ifndef JN_LOCK_H
#define JN_LOCK_H

#include "sqlite/file/group.h"

enum { JN_LOCK_NONE = -1, JN_SESSIONS_MAX = 1 << 16 };

struct jn_lock {
    const char *path; /* of the lock file: borrowed from the group */
    int file;         /* JN_LOCK_NONE: closed */
    bool stand_back;  /* another process waited when the writer lock was released */
};

/* Open the lock file of a group. If there is none, `make` it, or `file` is JN_LOCK_NONE.
 * On failure it stays closed. */
enum jangle_result jn_lock_open(struct jn_lock *lock,
                                const struct jn_group *group,
                                bool make,
                                struct jangle_error *error);

/* Has the last process that had the writer lock died with it, or not known the outcome of
 * its commit? */
bool jn_lock_is_in_doubt(struct jn_lock *lock);

/* Close the descriptor. Also called in a child that fork made, which would keep all locks
 * with it after its parent has died: the locks stay the parent's. May be called twice. */
void jn_lock_close(struct jn_lock *lock);

/* Take the writer lock; BUSY after `timeout_ms`. `unclean` (out): the process that had it
 * last died with it, or did not know the outcome of its commit. */
enum jangle_result jn_lock_take_writer(struct jn_lock *lock,
                                       int64_t timeout_ms,
                                       bool *unclean,
                                       struct jangle_error *error);

/* Release the writer lock. `clean` is false if the outcome of a commit is unknown. */
void jn_lock_release_writer(struct jn_lock *lock, bool clean);

/* The bytes of sessions and of subscribers. Taking one is BUSY if another has it; this
 * process may take it twice. */
#define JN_SESSION_BYTE(session)   ((int64_t)(1 << 20) + (session))
#define JN_SUBSCRIBER_BYTE(number) (((int64_t)1 << 40) + (number))
enum jangle_result jn_lock_take(struct jn_lock *lock, int64_t byte);
bool jn_lock_is_taken(struct jn_lock *lock, int64_t byte);
void jn_lock_release(struct jn_lock *lock, int64_t byte);

/* Has anybody else a session? */
bool jn_lock_has_session(struct jn_lock *lock);

/* With the writer lock: read and write a record for processes that open the store later.
 * It is not durable. False if there is none. STORAGE if it cannot be written. */
bool jn_lock_read_record(struct jn_lock *lock, void *record, size_t size);
enum jangle_result jn_lock_write_record(struct jn_lock *lock,
                                        const void *record,
                                        size_t size,
                                        struct jangle_error *error);

#endif
