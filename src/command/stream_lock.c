/* stream_lock.c - which command holds the lock of which stream, and which ones wait. */
#include "command/stream_lock.h"

#include "base/error.h"
#include "base/pair.h"
#include "base/queue.h"
#include "command/stream_entry.h"

#include <assert.h>
#include <stdlib.h>

enum jangle_result jn_stream_locks_init(struct jn_stream_locks *locks,
                                        const struct jangle_allocator *allocator)
{
    *locks = (struct jn_stream_locks){.allocator = allocator};
    jn_map_init(&locks->map, allocator);
    return jn_mutex_init(&locks->mutex);
}

void jn_stream_locks_finish(struct jn_stream_locks *locks)
{
    assert(locks->waiting == 0);
    jn_cache_empty(locks);
    assert(locks->map.count == 0);
    jn_map_finish(&locks->map);
    jn_mutex_finish(&locks->mutex);
}

static bool still_waits(const struct jn_stream_waiter *waiter)
{
    return waiter->wait == JN_WAIT_IN_QUEUE || waiter->wait == JN_WAIT_TAKEN;
}

/* With the mutex held, which is free while this thread sleeps: until the command has the
 * lock or an answer. False if its time is over; then it is out of the queue. Whoever took
 * the command uses what lies on this thread's stack, so that its time counts no more. */
static bool sleep_in_queue(struct jn_stream_locks *locks,
                           struct jn_stream_lock *lock,
                           int64_t until_us,
                           struct jn_stream_waiter *waiter)
{
    while (still_waits(waiter)) {
        bool in_time = jn_cond_wait_until(&waiter->woken, &locks->mutex,
                                          waiter->was_taken ? -1 : until_us);

        if (in_time || !still_waits(waiter) || waiter->was_taken)
            continue;
        jn_queue_remove(&lock->waiters, &waiter->link);
        return false;
    }
    return true;
}

/* With the mutex held. Whoever gives the lock back makes the first waiter its holder, so
 * no other command can come in between; and a waiter whose time ends just then has the
 * lock all the same. */
static enum jangle_result wait_for_lock(struct jn_stream_locks *locks,
                                        struct jn_stream_lock *lock,
                                        int64_t until_us,
                                        struct jn_stream_waiter *waiter,
                                        struct jangle_error *error)
{
    bool in_time;

    if (jn_cond_init(&waiter->woken))
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is stored");
    waiter->wait = JN_WAIT_IN_QUEUE;
    jn_queue_put(&lock->waiters, &waiter->link);
    locks->waiting++;
    in_time = sleep_in_queue(locks, lock, until_us, waiter);
    locks->waiting--;
    jn_cond_finish(&waiter->woken);
    if (in_time)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_TIMEOUT, "%s was busy with other commands for too long",
                   lock->key);
}

static void write_key(char key[JN_STREAM_KEY_SIZE], const char *kind, const char *id)
{
    assert(jn_pair_size(kind, id) <= JN_STREAM_KEY_SIZE);
    jn_pair_write(key, kind, id);
}

/* With the mutex held: take a lock that is in the map. */
static enum jangle_result take_entry(struct jn_stream_locks *locks,
                                     struct jn_stream_lock *entry,
                                     int64_t until_us,
                                     struct jn_stream_waiter *waiter,
                                     struct jangle_error *error)
{
    if (entry->held)
        return wait_for_lock(locks, entry, until_us, waiter, error);
    jn_entry_begin(locks, entry);
    waiter->wait = JN_WAIT_HAS_LOCK;
    return JANGLE_OK;
}

/* With the mutex held. Memory is asked for without it, and meanwhile another command may
 * have made the entry. */
static enum jangle_result make_entry(struct jn_stream_locks *locks,
                                     const char *key,
                                     int64_t until_us,
                                     struct jn_stream_waiter *waiter,
                                     struct jn_stream_lock **entry,
                                     struct jangle_error *error)
{
    size_t size = strlen(key) + 1;
    struct jn_stream_lock *fresh, *found;

    jn_mutex_unlock(&locks->mutex);
    fresh = jn_new(locks->allocator, sizeof *fresh + size);
    if (fresh)
        memcpy(fresh->key, key, size);
    jn_mutex_lock(&locks->mutex);
    found = jn_map_find(&locks->map, key);
    if (!found && (!fresh || jn_map_put(&locks->map, fresh->key, fresh))) {
        jn_free(locks->allocator, fresh);
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is stored");
    }
    *entry = found ? found : fresh;
    if (found)
        jn_free(locks->allocator, fresh);
    return take_entry(locks, *entry, until_us, waiter, error);
}

enum jangle_result jn_stream_locks_join(struct jn_stream_locks *locks,
                                        const char *kind,
                                        const char *id,
                                        int64_t until_us,
                                        struct jn_stream_waiter *waiter,
                                        struct jn_stream_lock **lock,
                                        struct jangle_error *error)
{
    char key[JN_STREAM_KEY_SIZE];
    struct jn_stream_lock *entry;
    enum jangle_result result;

    write_key(key, kind, id);
    jn_mutex_lock(&locks->mutex);
    entry = jn_map_find(&locks->map, key);
    result = entry ? take_entry(locks, entry, until_us, waiter, error)
                   : make_entry(locks, key, until_us, waiter, &entry, error);
    jn_mutex_unlock(&locks->mutex);
    *lock = result || waiter->wait == JN_WAIT_ANSWERED ? NULL : entry;
    return result;
}

enum jangle_result jn_stream_locks_acquire(struct jn_stream_locks *locks,
                                           const char *kind,
                                           const char *id,
                                           int64_t until_us,
                                           struct jn_stream_lock **lock,
                                           struct jangle_error *error)
{
    struct jn_stream_waiter waiter = {0};

    return jn_stream_locks_join(locks, kind, id, until_us, &waiter, lock, error);
}

/* With the mutex held: the lock goes to the command that has waited longest. Without one
 * it ends, and what is returned is freed when the mutex is free. */
static struct jn_stream_lock *pass_lock_on(struct jn_stream_locks *locks,
                                           struct jn_stream_lock *lock)
{
    struct jn_stream_waiter *next = jn_queue_take(&lock->waiters);

    locks->kept -= lock->kept;
    lock->kept = false;
    lock->next_held = NULL;
    if (!next)
        return jn_entry_end(locks, lock);
    next->wait = JN_WAIT_HAS_LOCK;
    jn_cond_signal(&next->woken);
    return NULL;
}

void jn_stream_locks_release(struct jn_stream_locks *locks, struct jn_stream_lock *lock)
{
    while (lock) {
        struct jn_stream_lock *next_held = lock->next_held;
        struct jn_stream_lock *removed;

        jn_mutex_lock(&locks->mutex);
        removed = pass_lock_on(locks, lock);
        jn_mutex_unlock(&locks->mutex);
        jn_entries_free(locks, removed);
        lock = next_held;
    }
}

/* ---- commands that are taken out of the queue --------------------------------- */

struct jn_stream_waiter *jn_stream_lock_take(struct jn_stream_locks *locks,
                                             struct jn_stream_lock *lock)
{
    struct jn_stream_waiter *waiter;

    jn_mutex_lock(&locks->mutex);
    waiter = (struct jn_stream_waiter *)lock->waiters.first;
    if (waiter && waiter->may_be_taken) {
        jn_queue_take(&lock->waiters);
        waiter->wait = JN_WAIT_TAKEN;
        waiter->was_taken = true;
    } else {
        waiter = NULL;
    }
    jn_mutex_unlock(&locks->mutex);
    return waiter;
}

/* It is signalled with the mutex held, because the condition is gone as soon as its
 * thread has seen the answer. */
void jn_stream_lock_answer(struct jn_stream_locks *locks, struct jn_stream_waiter *waiter)
{
    jn_mutex_lock(&locks->mutex);
    waiter->wait = JN_WAIT_ANSWERED;
    jn_cond_signal(&waiter->woken);
    jn_mutex_unlock(&locks->mutex);
}

void jn_stream_lock_put_back(struct jn_stream_locks *locks,
                             struct jn_stream_lock *lock,
                             struct jn_queue *waiters)
{
    jn_mutex_lock(&locks->mutex);
    for (struct jn_link *link = waiters->first; link; link = link->next) {
        struct jn_stream_waiter *waiter = (struct jn_stream_waiter *)link;

        waiter->wait = JN_WAIT_IN_QUEUE;
        waiter->may_be_taken = false;
    }
    jn_queue_put_before(&lock->waiters, waiters);
    jn_mutex_unlock(&locks->mutex);
}

/* ---- locks that are kept ------------------------------------------------------ */

static int compare_names(const void *one, const void *other)
{
    const struct jn_stream_name *a = one, *b = other;
    int order = strcmp(a->kind, b->kind);

    return order ? order : strcmp(a->id, b->id);
}

struct jn_stream_lock *
jn_stream_lock_of(struct jn_stream_lock *lock, const char *kind, const char *id)
{
    char key[JN_STREAM_KEY_SIZE];

    write_key(key, kind, id);
    while (lock && strcmp(lock->key, key) != 0)
        lock = lock->next_held;
    return lock;
}

static bool holds(struct jn_stream_lock *lock, const struct jn_stream_name *name)
{
    return jn_stream_lock_of(lock, name->kind, name->id) != NULL;
}

static bool holds_all(struct jn_stream_lock *lock, const struct jn_stream_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (!holds(lock, &names->items[i]))
            return false;
    return true;
}

/* In the order of the names, each once: the order keeps two commands from waiting for
 * each other. On failure `*held` has what was taken, for the caller to give back. */
static enum jangle_result acquire_all(struct jn_stream_locks *locks,
                                      struct jn_stream_names *names,
                                      int64_t until_us,
                                      struct jn_stream_lock **held,
                                      struct jangle_error *error)
{
    qsort(names->items, names->count, sizeof *names->items, compare_names);
    for (size_t i = 0; i < names->count; i++) {
        const struct jn_stream_name *name = &names->items[i];
        struct jn_stream_lock *lock;
        enum jangle_result result;

        if (i && compare_names(name - 1, name) == 0)
            continue;
        result =
            jn_stream_locks_acquire(locks, name->kind, name->id, until_us, &lock, error);
        if (result)
            return result;
        lock->next_held = *held;
        *held = lock;
    }
    return JANGLE_OK;
}

enum jangle_result jn_stream_locks_keep(struct jn_stream_locks *locks,
                                        struct jn_stream_names *names,
                                        int64_t until_us,
                                        struct jn_stream_lock **lock,
                                        struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (!holds_all(*lock, names)) {
        jn_stream_locks_release(locks, *lock);
        *lock = NULL;
        result = acquire_all(locks, names, until_us, lock, error);
    }
    if (result) {
        jn_stream_locks_release(locks, *lock);
        *lock = NULL;
        return result;
    }
    jn_mutex_lock(&locks->mutex);
    for (struct jn_stream_lock *held = *lock; held; held = held->next_held) {
        locks->kept += !held->kept;
        held->kept = true;
    }
    jn_mutex_unlock(&locks->mutex);
    return JANGLE_OK;
}

bool jn_stream_locks_is_kept(struct jn_stream_locks *locks,
                             const struct jn_stream_name *name,
                             struct jn_stream_lock *lock)
{
    const struct jn_stream_lock *found;
    char key[JN_STREAM_KEY_SIZE];
    bool kept;

    if (!atomic_load(&locks->kept) || holds(lock, name))
        return false;
    write_key(key, name->kind, name->id);
    jn_mutex_lock(&locks->mutex);
    found = jn_map_find(&locks->map, key);
    kept = found && found->kept;
    jn_mutex_unlock(&locks->mutex);
    return kept;
}
