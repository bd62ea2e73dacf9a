/* support.h - what the engine and the backends in this tree share: locks, memory, texts,
 * failpoints.
 *
 * Locks and memory go through these, so that a simulation or a test can stand behind
 * them. None of it is exported: a backend of your own brings its own. */
#ifndef JANGLE_PLUGIN_SUPPORT_H
#define JANGLE_PLUGIN_SUPPORT_H

#include <jangle/plugin/storage.h>

#include <pthread.h>
#include <stdarg.h>
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

/* ---- texts that people read --------------------------------------------------- */

/* Texts of others go into sentences: ids, names, SQL, the words of a handler. This is the
 * only place that makes them fit. Characters that steer a terminal or end a line (those
 * below 32, DEL, C1, U+2028 and U+2029, checkpoints that turn the direction of writing)
 * and bytes that are not UTF-8 are shown as \xNN. What finds no room is left out, from
 * between two characters on, and "..." stands there instead. Shown twice it stays as it
 * is. */

enum { JN_SENTENCE_MAX_SIZE = 1024 }; /* of one that is made with a format */

enum jn_sentence_style {
    JN_SENTENCE_PLAIN,
    JN_SENTENCE_QUOTED, /* a \ before each " and \ */
    JN_SENTENCE_JSON,   /* that, and \uNNNN in place of \xNN */
    JN_SENTENCE_RAW     /* everything stays as it is: for what is no sentence */
};

/* A sentence that grows in a buffer of yours. */
struct jn_sentence {
    char *text;
    size_t size;
    size_t used;
    size_t kept; /* this much stays if "..." must follow */
    bool full;   /* it ends with "...", and takes no more */
    enum jn_sentence_style style;
};

/* Empty. `size` is 5 at least. */
struct jn_sentence jn_sentence_in(char *text, size_t size);
void jn_sentence_put(struct jn_sentence *sentence, const char *text);
void jn_sentence_add(struct jn_sentence *sentence, const char *format, ...)
    JANGLE_PRINTF(2, 3);

/* False if the format cannot be followed: then nothing is added. */
JANGLE_PRINTF(2, 0)
bool jn_sentence_add_values(struct jn_sentence *sentence,
                            const char *format,
                            va_list values);

/* A sentence of one text; NULL is shown as "?". Returns the buffer. */
const char *jn_text_show(char *buffer, size_t size, const char *text);

/* The same in a buffer that lives as long as the block it stands in:
 *     jn_fail(error, JANGLE_INVALID, "there is no %s", JN_SHOWN(60, name)); */
#define JN_SHOWN(size, text) jn_text_show((char[size]){0}, size, text)

/* The text as it is, but for its end if there is no room. */
void jn_text_copy(char *to, size_t size, const char *text);

/* A sentence of one format. */
void jn_text_format(char *buffer, size_t size, const char *format, ...)
    JANGLE_PRINTF(3, 4);

/* jangle_error_set, with the values of a caller's "...". */
JANGLE_PRINTF(3, 0)
enum jangle_result jn_fail_values(struct jangle_error *error,
                                  enum jangle_result result,
                                  const char *format,
                                  va_list values);

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
