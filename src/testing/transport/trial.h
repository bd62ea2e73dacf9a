/* trial.h - what a test of a transport works in: its connections, the names
 * that it declares, and the first thing that did not hold.
 *
 * The first failure stays: from then on all functions here and in line.h do
 * nothing, so that a test is written without a check behind each call. */
#ifndef JN_TRANSPORT_TRIAL_H
#define JN_TRANSPORT_TRIAL_H

#include "base/arena.h"
#include "base/host.h"

#include <jangle/testing_transport.h>

enum {
    JN_TRIAL_TRANSPORTS = 6,  /* as many are open at once */
    JN_TRIAL_NAMES = 24,      /* as many queues or topics does one test declare */
    JN_TRIAL_LIMIT_MS = 60000 /* what has not happened by then does not happen */
};

/* The memory that transports have: how much of it is in use, and when it runs out. */
struct jn_trial_memory {
    struct jangle_allocator inner;
    _Atomic int64_t blocks;  /* in use */
    _Atomic int64_t fail_at; /* the allocation that fails, counted from now; 0: none */
};

struct jn_trial {
    const struct jangle_transport_trial *given;
    struct jn_host own;      /* of the tests */
    struct jangle_host host; /* of the transports: memory and log lines are watched */
    struct jn_trial_memory memory;
    const char *secret; /* which no text may hold; or NULL */
    _Atomic bool shown; /* one did */
    struct jangle_arena arena;
    struct jangle_transport *transports[JN_TRIAL_TRANSPORTS];
    struct jangle_queue queues[JN_TRIAL_NAMES];
    size_t queue_count;
    const char *topics[JN_TRIAL_NAMES];
    size_t topic_count;
    unsigned counter; /* of names: none comes twice in a trial */
    bool stopped;     /* the broker is */
    bool is_log;      /* the queues of the broker are logs */
    const char *skip; /* NULL; or why the test that runs says nothing */
    bool failed;
    char failure[600];
};

/* ---- a trial and its tests ----------------------------------------------------- */

enum jangle_result jn_trial_init(struct jn_trial *trial,
                                 const struct jangle_transport_trial *given);
void jn_trial_finish(struct jn_trial *trial);

/* Before and after each test. After it, all that it declared is removed. */
void jn_trial_begin(struct jn_trial *trial);
void jn_trial_end(struct jn_trial *trial);

/* ---- what does not hold -------------------------------------------------------- */

void jn_trial_fail(struct jn_trial *trial, const char *format, ...) JANGLE_PRINTF(2, 3);

/* Fail unless that holds. Returns whether it does, and nothing has failed before. */
bool jn_trial_check(struct jn_trial *trial, bool holds, const char *format, ...)
    JANGLE_PRINTF(3, 4);

/* Fail unless the result is that. An error must have a sentence, and hold no secret. */
bool jn_trial_is(struct jn_trial *trial,
                 const char *what,
                 enum jangle_result result,
                 enum jangle_result expected,
                 const struct jangle_error *error);

/* Does a text hold the secret? Then the trial remembers it. */
void jn_trial_read(struct jn_trial *trial, const char *text);

/* ---- connections --------------------------------------------------------------- */

/* NULL: it has failed. */
struct jangle_transport *jn_trial_open(struct jn_trial *trial);

/* NULL is allowed. */
void jn_trial_close(struct jn_trial *trial, struct jangle_transport *transport);

void jn_trial_stop(struct jn_trial *trial);
void jn_trial_start(struct jn_trial *trial);

/* ---- names --------------------------------------------------------------------- */

/* A topic and a queue that nobody has. The queue has a retry queue and a dead-letter
 * queue, and is bound to no topic. */
const char *jn_trial_topic(struct jn_trial *trial);
struct jangle_queue jn_trial_queue(struct jn_trial *trial);

/* Declare them, and remove them when the test ends. */
void jn_trial_declare_topic(struct jn_trial *trial,
                            struct jangle_transport *transport,
                            const char *topic);
void jn_trial_declare(struct jn_trial *trial,
                      struct jangle_transport *transport,
                      const struct jangle_queue *queue);

/* ---- time ---------------------------------------------------------------------- */

/* A wait for something that is looked for again and again. */
struct jn_trial_wait {
    int64_t limit_ms;
    int64_t passed_ms; /* by trial->given->pass */
    int64_t until_us;  /* of the system's clock */
};

struct jn_trial_wait jn_trial_wait_for(const struct jn_trial *trial, int64_t ms);

/* What a `receive` may wait: nothing if the trial lets time pass, because the host's
 * clock stands still meanwhile. */
int64_t jn_trial_patience_ms(const struct jn_trial *trial);

/* Is there time to look once more? Lets some pass if so. `idle`: nothing else waited. */
bool jn_trial_waits(struct jn_trial *trial, struct jn_trial_wait *wait, bool idle);

/* The clock of the host, in milliseconds. */
int64_t jn_trial_ms(const struct jn_trial *trial);

#endif
