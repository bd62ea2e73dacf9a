/* support.h - locks, memory, texts and failpoints, shared by the engine and the backends
 * in this source tree. It is not installed and libjangle exports none of it: a backend
 * outside the tree brings its own.
 *
 * Locks and memory go through these functions, so that a test can take their place. */
#ifndef JANGLE_PLUGIN_SUPPORT_H
#define JANGLE_PLUGIN_SUPPORT_H

#include <jangle/plugin/storage.h>

#include <pthread.h>
#include <stdarg.h>
#include <string.h>

JANGLE_C_BEGIN

/* ---- locks: pthreads, which thread sanitizers understand --------------------- */

struct jn_mutex {
    pthread_mutex_t raw;
};

/* A condition. Waits go by the system's monotonic clock, whatever clock the host has. */
struct jn_cond {
    pthread_cond_t raw;
};

/* NO_MEMORY if the system has no room for one; then there is nothing to finish. */
enum jangle_result jn_mutex_init(struct jn_mutex *mutex);
enum jangle_result jn_cond_init(struct jn_cond *cond);

/* These cannot fail: a misuse is an assert. */
void jn_mutex_finish(struct jn_mutex *mutex);
void jn_mutex_lock(struct jn_mutex *mutex);
bool jn_mutex_try(struct jn_mutex *mutex); /* false: somebody has locked it */
void jn_mutex_unlock(struct jn_mutex *mutex);
void jn_cond_finish(struct jn_cond *cond);
void jn_cond_signal(struct jn_cond *cond);
void jn_cond_broadcast(struct jn_cond *cond);
void jn_cond_wait(struct jn_cond *cond, struct jn_mutex *mutex);

/* False if `us` microseconds pass before a signal. */
bool jn_cond_wait_for(struct jn_cond *cond, struct jn_mutex *mutex, int64_t us);

/* False if jn_monotonic_us reaches `until_us` before a signal. A negative `until_us`
 * waits without end. */
bool jn_cond_wait_until(struct jn_cond *cond, struct jn_mutex *mutex, int64_t until_us);

/* The system's monotonic clock, in microseconds. */
int64_t jn_monotonic_us(void);

/* The moment of that clock in `ms` milliseconds: 0, which is long past, if `ms` is
 * negative; the last possible moment if `ms` is too large. */
int64_t jn_monotonic_after_ms(int64_t ms);

/* Sleep until a moment of that clock. */
void jn_pause_until(int64_t until_us);

/* ---- memory: the configured allocator ---------------------------------------- */

/* NULL if there is no memory; then `memory` is as it was. */
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

/* Zeroed memory, or NULL. */
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

/* A copy of a text. NULL also if `text` is NULL, so a caller looks at `text` first. */
static inline char *jn_copy_text(const struct jangle_allocator *allocator,
                                 const char *text)
{
    return text ? (char *)jn_copy(allocator, text, strlen(text) + 1) : NULL;
}

/* Fill in what a host lacks: the system's clock and random bytes, malloc, and a logger
 * that writes to stderr. `random.id` stays as it is. */
void jn_host_fill_in(struct jangle_host *host);

/* ---- numbers --------------------------------------------------------------------- */

enum { JN_DIGITS_SIZE = 24 };

/* Write a whole number in decimal, with zeros in front if it has fewer digits than
 * `width`, which is 22 at most. Returns the length of the text. */
size_t jn_digits_write(char text[JN_DIGITS_SIZE], int64_t value, int width);

/* ---- texts that people read --------------------------------------------------- */

/* Sentences hold texts of others, such as ids, names, SQL, and reasons of handlers. These
 * functions are the only place that makes such texts harmless and cuts them. Characters
 * that steer a terminal or end a line (those below 32, DEL, C1, U+2028, U+2029, and those
 * that change the direction of writing) and bytes that are not UTF-8 are shown as \xNN. A
 * sentence that is too long is cut between two characters and ends with "...". A text
 * that goes through them twice is the same as after the first time. */

enum { JN_SENTENCE_MAX_SIZE = 1024 }; /* of a sentence that is made with a format */

enum jn_sentence_style {
    JN_SENTENCE_PLAIN,
    JN_SENTENCE_QUOTED, /* each " and \ gets a \ before it */
    JN_SENTENCE_JSON,   /* as QUOTED, with \uNNNN in place of \xNN */
    JN_SENTENCE_RAW     /* nothing is changed: for a text that nobody reads */
};

/* A sentence that grows in a buffer of the caller. */
struct jn_sentence {
    char *text;
    size_t size;
    size_t used;
    size_t kept; /* how much of it stays if "..." must follow */
    bool full;   /* it ends with "..." and takes no more text */
    enum jn_sentence_style style;
};

/* An empty sentence. `size` is at least 5. */
struct jn_sentence jn_sentence_in(char *text, size_t size);
void jn_sentence_put(struct jn_sentence *sentence, const char *text);
void jn_sentence_add(struct jn_sentence *sentence, const char *format, ...)
    JANGLE_PRINTF(2, 3);

/* False if the format is wrong: then nothing is added. */
JANGLE_PRINTF(2, 0)
bool jn_sentence_add_values(struct jn_sentence *sentence,
                            const char *format,
                            va_list values);

/* Make a sentence of one text; NULL is shown as "?". Returns the buffer. */
const char *jn_text_show(char *buffer, size_t size, const char *text);

/* The same, in a buffer that lives as long as the block in which it is used:
 *     jn_fail(error, JANGLE_INVALID, "there is no %s", JN_SHOWN(60, name)); */
#define JN_SHOWN(size, text) jn_text_show((char[size]){0}, size, text)

/* Copy a text unchanged. If it is too long, its end is left out. */
void jn_text_copy(char *to, size_t size, const char *text);

/* Make a sentence of one format. */
void jn_text_format(char *buffer, size_t size, const char *format, ...)
    JANGLE_PRINTF(3, 4);

/* jangle_error_set, for a caller that has a va_list. */
JANGLE_PRINTF(3, 0)
enum jangle_result jn_fail_values(struct jangle_error *error,
                                  enum jangle_result result,
                                  const char *format,
                                  va_list values);

/* ---- descriptions -------------------------------------------------------------- */

struct jangle_upsert;

/* Check the description of an upsert. INVALID if it has no name, no table or no columns,
 * if a column holds what a database cannot, or if a member of the struct has no column.
 * The table itself is not read. */
enum jangle_result jn_upsert_check(const struct jangle_upsert *upsert,
                                   struct jangle_error *error);

/* ---- failpoints: where a test stops the program ------------------------------ */

/* A failpoint has a name of its own, "file.what". tests/faults stops at each of them in
 * turn. They are compiled in only for tests. */
#ifdef JANGLE_FAILPOINTS
void jn_failpoint_hit(const char *name);
#define JN_FAILPOINT(name) jn_failpoint_hit(name)
#else
#define JN_FAILPOINT(name) ((void)0)
#endif

JANGLE_C_END

#endif
