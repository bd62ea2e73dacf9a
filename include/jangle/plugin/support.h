/* support.h - what the engine and the backends in this tree share: locks, memory,
 * failpoints.
 *
 * Locks and memory go through these, so that a simulation or a test can stand behind
 * them. None of it is exported: a backend of your own brings its own. */
#ifndef JANGLE_PLUGIN_SUPPORT_H
#define JANGLE_PLUGIN_SUPPORT_H

#include <jangle/plugin/storage.h>

#include <pthread.h>
#include <string.h>

JANGLE_C_BEGIN

/* ---- locks: plain pthreads, which thread sanitizers understand --------------- */

struct jn_mutex {
    pthread_mutex_t raw;
};

/* Waits on the system's monotonic clock, whatever clock the host was given. */
struct jn_cond {
    pthread_cond_t raw;
};

/* NO_MEMORY when the system has none left; then there is nothing to finish. */
enum jangle_result jn_mutex_init(struct jn_mutex *mutex);
enum jangle_result jn_cond_init(struct jn_cond *cond);

/* The rest cannot fail: a misuse is an assert. */
void jn_mutex_finish(struct jn_mutex *mutex);
void jn_mutex_lock(struct jn_mutex *mutex);
void jn_mutex_unlock(struct jn_mutex *mutex);
void jn_cond_finish(struct jn_cond *cond);
void jn_cond_signal(struct jn_cond *cond);
void jn_cond_broadcast(struct jn_cond *cond);
void jn_cond_wait(struct jn_cond *cond, struct jn_mutex *mutex);

/* False when `us` microseconds have passed first. */
bool jn_cond_wait_for(struct jn_cond *cond, struct jn_mutex *mutex, int64_t us);

/* The same until a moment of jn_monotonic_us; a negative one never comes. */
bool jn_cond_wait_until(struct jn_cond *cond, struct jn_mutex *mutex, int64_t until_us);

/* The system's monotonic clock, which the waits above go by. */
int64_t jn_monotonic_us(void);

/* The moment of it so many ms from now: 0, long past, if they are negative, and the last
 * there is if they are too many. */
int64_t jn_monotonic_after_ms(int64_t ms);

/* Sleep until a moment of it: for a back-off between attempts. */
void jn_pause_until(int64_t until_us);

/* ---- memory: the configured allocator ---------------------------------------- */

/* NULL when out of memory; then `memory` is untouched. */
static inline void *
jn_resize(const struct jangle_allocator *allocator, void *memory, size_t size)
{
    return allocator->resize(allocator->context, memory, size);
}

static inline void jn_free(const struct jangle_allocator *allocator, void *memory)
{
    if (memory)
        allocator->free(allocator->context, memory);
}

/* Zeroed. */
static inline void *jn_new(const struct jangle_allocator *allocator, size_t size)
{
    void *memory = jn_resize(allocator, NULL, size);

    return memory ? memset(memory, 0, size) : NULL;
}

static inline void *
jn_copy(const struct jangle_allocator *allocator, const void *bytes, size_t size)
{
    void *copy = jn_resize(allocator, NULL, size ? size : 1);

    return copy && size ? memcpy(copy, bytes, size) : copy;
}

/* NULL stays NULL: ask for the text first. */
static inline char *jn_copy_text(const struct jangle_allocator *allocator,
                                 const char *text)
{
    return text ? (char *)jn_copy(allocator, text, strlen(text) + 1) : NULL;
}

/* ---- descriptions -------------------------------------------------------------- */

struct jangle_upsert;

/* INVALID, with a sentence, if that cannot be an upsert: it has no name, no table or no
 * columns, a column holds what a database cannot, or a member of the struct was left
 * out. The table itself is not looked at. */
enum jangle_result jn_upsert_check(const struct jangle_upsert *upsert,
                                   struct jangle_error *error);

/* ---- failpoints: places where a test stops the program ----------------------- */

/* Named "file.what", one word a place; tests/faults stops at each in turn. Compiled in
 * only for tests. */
#ifdef JANGLE_FAILPOINTS
void jn_failpoint_hit(const char *name);
#define JN_FAILPOINT(name) jn_failpoint_hit(name)
#else
#define JN_FAILPOINT(name) ((void)0)
#endif

JANGLE_C_END

#endif
